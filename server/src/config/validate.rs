//! Settings that parse and yet cannot be meant.

use std::{
    collections::BTreeSet,
    path::{Component, Path, PathBuf},
};

use super::{Limits, PROOF_CALLS_PER_SECOND, Settings};

/// A setting that parses and yet cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, as in `limits.per_key.burst` or `files[1].name`
    pub path: String,
    /// What is wrong, and what to write
    pub message: String,
}

impl Settings {
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
        if let Some(folder) = &self.secrets {
            found.check(folder.is_absolute(), || ("secrets".to_owned(), "must be an absolute path".to_owned()));
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
            let holds_secrets = |folder: &PathBuf| {
                let (root, folder) = (plain(&root.path), plain(folder));
                folder.starts_with(&root) || root.starts_with(&folder)
            };
            // The root that is the whole file system has been told already.
            found.check(root.path.parent().is_none() || !self.secrets.as_ref().is_some_and(holds_secrets), || {
                (at("path"), "would show the server's credentials: name another folder".to_owned())
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

/// The path without `.` and `..`, as far as its words tell.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
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
    fn no_folder_of_files_shows_the_credentials() {
        let secrets = "/run/secrets/homelab-mcp";
        for (folder, refused) in [
            (secrets, true),
            ("/run/secrets/homelab-mcp/deeper", true),
            ("/run", true),
            ("/run/../run/./secrets", true),
            ("/data/../../run", true),
            ("/run/secrets/homelab-mcp-not", false),
            ("/data/files", false),
        ] {
            let text = format!("secrets: {secrets}\nfiles: [{{name: a, path: {folder}}}]");
            let found = Settings::parse(&text).unwrap().validate();
            assert_eq!(!found.is_empty(), refused, "{folder}: {found:?}");
        }
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
