//! The shape of homelab.yaml and every built-in default. Doc comments are the texts of the schema.

use std::net::Ipv4Addr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parsed::built_in;
use super::{Channel, HostAddress, Label, Lan, Pool, Server, UserName};

/// homelab.yaml: one host, what runs on it, and the MCP server that is deployed there
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Version of this file's format
    #[schemars(range(min = 1, max = 1))]
    pub version: u32,
    /// The machine that runs MicroK8s
    pub host: Host,
    /// A second machine, for scaling; nothing touches it before it is added
    pub second_host: SecondHost,
    /// The home network and the addresses that may be given away in it
    pub network: Network,
    /// Kubernetes on the host
    pub microk8s: Microk8s,
    /// Optional add-ons; dns, hostpath-storage, ingress, metallb and rbac are always on
    pub addons: Addons,
    /// Certificates
    pub tls: Tls,
    /// The MCP server
    pub server: Server,
    /// The history of releases
    pub releases: Releases,
}

/// The machine that runs MicroK8s
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Host {
    /// What to call it; also the folder of its state on this machine
    pub name: Label,
    /// Address or name that ssh connects to
    pub address: HostAddress,
    /// User to log in as; needs sudo
    pub user: UserName,
    /// Port of the SSH server
    #[schemars(range(min = 1))]
    pub port: u16,
}

/// A second machine, for scaling
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SecondHost {
    /// Address or name that ssh connects to
    pub address: HostAddress,
    /// User to log in as; needs sudo
    pub user: UserName,
    /// Port of the SSH server
    #[schemars(range(min = 1))]
    pub port: u16,
}

/// The home network
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// The home network; only clients in it are let in
    pub lan: Lan,
    /// Addresses of the LAN that MetalLB may give away; your router must not
    pub pool: Pool,
    /// Address of the MCP server, one of the pool; the pool's first when left out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_address: Option<Ipv4Addr>,
}

/// Kubernetes on the host
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Microk8s {
    /// Snap channel, pinned to a version
    pub channel: Channel,
}

/// Optional add-ons
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Addons {
    /// Certificates from an ACME server or an issuer of your own
    pub cert_manager: bool,
    /// A container registry in the cluster
    pub registry: bool,
    /// Prometheus, Grafana and Loki
    pub observability: bool,
}

/// Certificates
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Where certificates come from
    pub mode: TlsMode,
    /// Days before its end at which a certificate is renewed
    #[schemars(range(min = 1, max = 180))]
    pub renew_before_days: u32,
}

/// Where certificates come from
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum TlsMode {
    /// A certificate authority of the homelab's own
    Own,
}

/// The history of releases
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Releases {
    /// How many proven releases are kept for rolling back
    #[schemars(range(min = 2, max = 100))]
    pub keep: u32,
}

impl Network {
    /// The address that the MCP server answers on.
    pub fn service_address(&self) -> Ipv4Addr {
        self.service_address.unwrap_or(self.pool.first)
    }
}

impl Default for Config {
    fn default() -> Self {
        Config {
            version: 1,
            host: Host::default(),
            second_host: SecondHost::default(),
            network: Network::default(),
            microk8s: Microk8s::default(),
            addons: Addons::default(),
            tls: Tls::default(),
            server: Server::default(),
            releases: Releases::default(),
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Host { name: built_in("homelab"), address: built_in("192.168.1.104"), user: built_in("henry"), port: 22 }
    }
}

impl Default for SecondHost {
    fn default() -> Self {
        SecondHost { address: built_in("192.168.1.101"), user: built_in("henry"), port: 22 }
    }
}

impl Default for Network {
    fn default() -> Self {
        Network {
            lan: built_in("192.168.1.0/24"),
            pool: built_in("192.168.1.200-192.168.1.210"),
            service_address: None,
        }
    }
}

impl Default for Microk8s {
    fn default() -> Self {
        Microk8s { channel: built_in("1.36/stable") }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Tls { mode: TlsMode::Own, renew_before_days: 30 }
    }
}

impl Default for Releases {
    fn default() -> Self {
        Releases { keep: 10 }
    }
}
