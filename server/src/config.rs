//! The server's settings: one YAML file, every value with a default.
//!
//! homelabctl carries the same type under `server.settings` of its own config, so the two cannot drift.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::network::Network;

/// How fast a release's proof may call; a limit below it would fail every release.
pub const PROOF_CALLS_PER_SECOND: u32 = 250;

/// Everything that can be set about the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address that serves MCP and the health checks
    pub listen: SocketAddr,
    /// Address that serves the metrics; they are never on the public one
    pub metrics_listen: SocketAddr,
    /// Host names by which clients may call; localhost is always among them
    pub allowed_hosts: Vec<String>,
    /// Web origins that may call, as scheme://host:port or scheme://host:*
    pub allowed_origins: Vec<String>,
    /// Networks of the proxies whose word about a client's address is believed
    pub trusted_proxies: Vec<Network>,
    /// Certificate and key, when no ingress ends TLS in front of the server
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Where the API keys are read from
    pub keys: Keys,
    /// Folders whose files can be read as resources
    pub files: Vec<FileRoot>,
    /// Namespaces whose pods and logs can be seen; all of them when left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// Least importance of what is logged
    pub log: Level,
    /// Bounds on everything a client can ask for
    pub limits: Limits,
}

/// A certificate and its key, both PEM.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// File with the certificate chain
    pub cert: PathBuf,
    /// File with the private key (PKCS#8)
    pub key: PathBuf,
}

/// Where the API keys are read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// Secret in the server's own namespace
    pub secret: String,
    /// Folder of `ID.json` files that takes the place of the Secret
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// A folder whose files can be read, and nothing outside of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRoot {
    /// Name in the address of a file: homelab://files/NAME/PATH
    pub name: String,
    /// The folder
    pub path: PathBuf,
    /// What lies in it
    #[serde(default)]
    pub about: String,
}

/// Least importance of what is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}

/// Bounds on everything a client can ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests of one client address, before its key is looked at
    pub per_address: Rate,
    /// Requests of one key
    pub per_key: Rate,
    /// Calls of one key to tools that cost much
    pub costly: Rate,
    /// Requests at work at the same time; more are told to come back
    pub concurrent: u32,
    /// Greatest request body in bytes
    pub body_bytes: u32,
    /// Greatest answer of a tool or resource in bytes
    pub output_bytes: u32,
    /// Greatest number of lines of a log
    pub log_lines: u32,
    /// Seconds after which a tool is stopped
    pub tool_seconds: u32,
    /// Seconds of silence after which a first byte is sent, so that no proxy gives up
    pub early_seconds: u32,
    /// Seconds that running calls get to end after SIGTERM
    pub drain_seconds: u32,
}

/// So many a second, and so many at once after a pause. Every replica counts for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls a second in the long run
    pub per_second: u32,
    /// Calls at once after a pause
    pub burst: u32,
}

/// A setting that parses and yet cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, as in `limits.per_key.burst` or `files[1].name`
    pub path: String,
    /// What is wrong, and what to write
    pub message: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::UNSPECIFIED, 8080).into(),
            metrics_listen: (Ipv4Addr::UNSPECIFIED, 9090).into(),
            allowed_hosts: vec!["mcp.homelab.local".to_owned()],
            allowed_origins: Vec::new(),
            // The pod network of MicroK8s: the ingress controller calls from there.
            trusted_proxies: vec!["10.1.0.0/16".parse().expect("a literal network")],
            tls: None,
            keys: Keys::default(),
            files: vec![FileRoot {
                name: "data".to_owned(),
                path: "/data/files".into(),
                about: "Files of the homelab".to_owned(),
            }],
            namespaces: None,
            log: Level::Info,
            limits: Limits::default(),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self { secret: crate::keys::SECRET.to_owned(), folder: None }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_address: Rate { per_second: 2000, burst: 4000 },
            per_key: Rate { per_second: 1000, burst: 2000 },
            costly: Rate { per_second: 2, burst: 20 },
            concurrent: 512,
            body_bytes: 1 << 20,
            output_bytes: 64 << 10,
            log_lines: 1000,
            tool_seconds: 30,
            early_seconds: 10,
            drain_seconds: 10,
        }
    }
}

impl Settings {
    /// Reads settings; what is left out has its default.
    pub fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_yaml::from_str(text)
    }

    /// Everything that parses and yet cannot be meant, all in one go.
    pub fn validate(&self) -> Vec<Problem> {
        let mut found = Problems::default();
        if self.listen == self.metrics_listen && self.listen.port() != 0 {
            found.add("metrics_listen", "is the same as `listen`: the metrics need a port of their own");
        }
        for (index, host) in self.allowed_hosts.iter().enumerate() {
            found.check(is_host(host), || {
                (format!("allowed_hosts[{index}]"), format!("`{host}` is no host name: write NAME or NAME:PORT"))
            });
        }
        for (index, origin) in self.allowed_origins.iter().enumerate() {
            found.check(is_origin(origin), || {
                let path = format!("allowed_origins[{index}]");
                (path, format!("`{origin}` is no origin: write https://HOST:PORT, or :* for any port"))
            });
        }
        if let Some(tls) = &self.tls {
            for (path, file) in [("tls.cert", &tls.cert), ("tls.key", &tls.key)] {
                found.check(file.is_absolute(), || (path.to_owned(), "must be an absolute path".to_owned()));
            }
        }
        found.check(is_dns_name(&self.keys.secret), || {
            ("keys.secret".to_owned(), format!("`{}` is no name of a Secret", self.keys.secret))
        });
        if let Some(folder) = &self.keys.folder {
            found.check(folder.is_absolute(), || ("keys.folder".to_owned(), "must be an absolute path".to_owned()));
        }
        self.validate_files(&mut found);
        for (index, namespace) in self.namespaces.iter().flatten().enumerate() {
            found.check(is_label(namespace), || {
                (format!("namespaces[{index}]"), format!("`{namespace}` is no name of a namespace"))
            });
        }
        self.limits.validate(&mut found);
        found.0
    }

    fn validate_files(&self, found: &mut Problems) {
        let mut names = BTreeSet::new();
        for (index, root) in self.files.iter().enumerate() {
            let at = |field: &str| format!("files[{index}].{field}");
            found.check(is_label(&root.name), || {
                (at("name"), format!("`{}` must be lower-case letters, digits and dashes", root.name))
            });
            found.check(names.insert(&root.name), || {
                (at("name"), format!("`{}` names two folders: names are unique", root.name))
            });
            found.check(root.path.is_absolute(), || (at("path"), "must be an absolute path".to_owned()));
            found.check(root.path.parent().is_some(), || {
                (at("path"), "is the whole file system: name a folder in it".to_owned())
            });
        }
    }
}

impl Limits {
    fn validate(&self, found: &mut Problems) {
        for (name, rate) in [("per_address", self.per_address), ("per_key", self.per_key)] {
            found.check(rate.per_second >= PROOF_CALLS_PER_SECOND, || {
                let message =
                    format!("is too small: the proof of a release makes {PROOF_CALLS_PER_SECOND} calls a second");
                (format!("limits.{name}.per_second"), message)
            });
        }
        found.check(self.costly.per_second > 0, || {
            ("limits.costly.per_second".to_owned(), "must be at least 1".to_owned())
        });
        for (name, rate) in [("per_address", self.per_address), ("per_key", self.per_key), ("costly", self.costly)] {
            found.check(rate.burst >= rate.per_second, || {
                let message = format!("is below per_second: write at least {}", rate.per_second);
                (format!("limits.{name}.burst"), message)
            });
        }
        for (name, value, least, most) in [
            ("concurrent", self.concurrent, 16, 65_536),
            ("body_bytes", self.body_bytes, 4096, 16 << 20),
            ("output_bytes", self.output_bytes, 1024, 4 << 20),
            ("log_lines", self.log_lines, 1, 100_000),
            ("tool_seconds", self.tool_seconds, 1, 300),
            ("early_seconds", self.early_seconds, 1, 50),
            ("drain_seconds", self.drain_seconds, 1, 300),
        ] {
            found.check((least..=most).contains(&value), || {
                (format!("limits.{name}"), format!("{value} is out of range: write {least} to {most}"))
            });
        }
    }
}

/// What was found so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: &str, message: &str) {
        self.0.push(Problem { path: path.to_owned(), message: message.to_owned() });
    }

    fn check(&mut self, holds: bool, otherwise: impl FnOnce() -> (String, String)) {
        if !holds {
            let (path, message) = otherwise();
            self.0.push(Problem { path, message });
        }
    }
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn is_dns_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

/// A name or an address, with or without a port.
fn is_host(text: &str) -> bool {
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.starts_with('[') => (name, Some(port)),
        Some(_) | None => (text, None),
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    (is_dns_name(&name.to_ascii_lowercase()) || bare.parse::<std::net::IpAddr>().is_ok())
        && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_origin(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else {
        return false;
    };
    match rest.strip_suffix(":*") {
        Some(host) => !host.contains(':') && is_host(host),
        None => rest.rsplit_once(':').is_some() && is_host(rest),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_defaults_have_no_problem_and_survive_a_round_trip() {
        let settings = Settings::default();
        assert_eq!(settings.validate(), []);
        let text = serde_yaml::to_string(&settings).unwrap();
        assert_eq!(Settings::parse(&text).unwrap(), settings);
        assert_eq!(Settings::parse("").unwrap(), settings);
        assert_eq!(Settings::parse("{}").unwrap(), settings);
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let error = Settings::parse("limits: {per_kee: 3}").unwrap_err().to_string();
        assert!(error.contains("per_kee"), "{error}");
    }

    #[test]
    fn every_problem_is_found_in_one_go() {
        let text = "
metrics_listen: 0.0.0.0:8080
allowed_hosts: [mcp.homelab.local, 'mcp.homelab.local:443', '127.0.0.1', '[::1]:80', 'no host', 'a:99999']
allowed_origins: ['https://a.example:443', 'http://localhost:*', '*', 'https://a.example']
files: [{name: Data, path: files}, {name: a, path: /}, {name: a, path: /b}]
namespaces: [default, 'kube_system']
keys: {secret: 'A', folder: keys}
tls: {cert: c.pem, key: /k.pem}
limits: {per_key: {per_second: 10, burst: 5}, early_seconds: 0}
";
        let paths: Vec<String> = Settings::parse(text).unwrap().validate().into_iter().map(|p| p.path).collect();
        assert_eq!(
            paths,
            [
                "metrics_listen",
                "allowed_hosts[4]",
                "allowed_hosts[5]",
                "allowed_origins[2]",
                "allowed_origins[3]",
                "tls.cert",
                "keys.secret",
                "keys.folder",
                "files[0].name",
                "files[0].path",
                "files[1].path",
                "files[2].name",
                "namespaces[1]",
                "limits.per_key.per_second",
                "limits.per_key.burst",
                "limits.early_seconds",
            ]
        );
    }
}
