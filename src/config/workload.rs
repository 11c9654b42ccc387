//! The `server:` section: how the MCP server runs in the cluster.

use std::collections::BTreeMap;

use homelab_mcp::config::Settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parsed::built_in;
use super::{DnsName, Label, Quantity, SecretSource};

/// The MCP server
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Public name; clients connect to https://NAME/mcp
    pub name: DnsName,
    /// Namespace that it lives in
    pub namespace: Label,
    /// Number of pods when autoscaling is off
    #[schemars(range(min = 1, max = 20))]
    pub replicas: u32,
    /// What one pod is promised and what it may use at most
    pub resources: Resources,
    /// Number of pods by load
    pub autoscaling: Autoscaling,
    /// Size of its volume
    pub storage: Quantity,
    /// Credentials for the server, a name each; the values stay out of this file
    #[schemars(extend("propertyNames" = { "format": Label::FORMAT }))]
    pub secrets: BTreeMap<Label, SecretSource>,
    /// The server's own settings
    pub settings: Settings,
}

/// Where pods see the credentials, a file each.
pub const SECRETS_FOLDER: &str = "/run/secrets/homelab-mcp";

/// What one pod is promised and what it may use at most
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Resources {
    /// Promised to each pod
    pub requests: Amounts,
    /// The most a pod may use
    pub limits: Amounts,
}

/// CPU and memory of one pod
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Amounts {
    /// CPU, such as 250m
    pub cpu: Quantity,
    /// Memory, such as 512Mi
    pub memory: Quantity,
}

/// Number of pods by load
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Autoscaling {
    /// Let load decide the number of pods
    pub enabled: bool,
    /// Fewest pods
    #[schemars(range(min = 1, max = 20))]
    pub min: u32,
    /// Most pods
    #[schemars(range(min = 1, max = 20))]
    pub max: u32,
    /// Add a pod above this share of the requested CPU
    #[schemars(range(min = 1, max = 1000))]
    pub cpu_percent: u32,
    /// Add a pod above this share of the requested memory
    #[schemars(range(min = 1, max = 1000))]
    pub memory_percent: u32,
}

impl Server {
    /// The settings as deployed: clients may call by the public name, whatever else is listed, and credentials are masked.
    pub fn deployed_settings(&self) -> Settings {
        let mut settings = self.settings.clone();
        if !settings.allowed_hosts.iter().any(|host| *host == *self.name) {
            settings.allowed_hosts.push(self.name.to_string());
        }
        if !self.secrets.is_empty() {
            settings.secrets = Some(SECRETS_FOLDER.into());
        }
        settings
    }
}

impl Default for Server {
    fn default() -> Self {
        Server {
            name: built_in("mcp.homelab.local"),
            namespace: built_in("mcp-system"),
            replicas: 2,
            resources: Resources::default(),
            autoscaling: Autoscaling::default(),
            storage: built_in("1Gi"),
            secrets: BTreeMap::new(),
            settings: Settings::default(),
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        let amounts = |cpu, memory| Amounts { cpu: built_in(cpu), memory: built_in(memory) };
        Resources { requests: amounts("250m", "512Mi"), limits: amounts("1000m", "2Gi") }
    }
}

impl Default for Autoscaling {
    fn default() -> Self {
        Autoscaling { enabled: true, min: 1, max: 3, cpu_percent: 70, memory_percent: 80 }
    }
}
