//! The server's settings: one YAML file, every value with a default.
//!
//! homelabctl carries the same type under `server.settings` of its own config, so the two cannot drift.

mod validate;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::network::Network;

pub use validate::Problem;

/// How fast a release's proof may call; a limit below it would fail every release.
pub const PROOF_CALLS_PER_SECOND: u32 = 250;

/// Header of every answer to MCP: the address that the server takes the caller's to be.
pub const CLIENT_ADDRESS: &str = "x-client-address";

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
    /// Folder of credentials, a file each, masked in everything that is said; a deployment names it by itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<PathBuf>,
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
            secrets: None,
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
}
