//! What was seen on the host itself.

use crate::config::Lan;
use std::{collections::BTreeMap, net::Ipv4Addr};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFacts {
    pub hostname: String,
    /// As `uname -m` says it.
    pub architecture: String,
    pub memory_mib: u64,
    /// Free where MicroK8s keeps images and volumes.
    pub disk_free_mib: u64,
    /// Its own IPv4 addresses.
    pub addresses: Vec<Ipv4Addr>,
    pub routes: Vec<Route>,
    /// TCP sockets that wait for connections; `None` where the host has no `ss` to ask.
    pub listeners: Option<Vec<Listener>>,
    /// snapd's version.
    pub snapd: Option<String>,
    /// What the policy of the FORWARD chain is; `None` where there is no iptables.
    pub forward_policy: Option<String>,
    /// Whether sshd lets this user reach the API server through it; `None` where it does not say.
    pub forwarding: Option<bool>,
    pub inotify_instances: u64,
    /// Whether archives of our images lie there.
    pub archives: bool,
    /// Addresses of the pool that somebody on the LAN answers ARP for, with their hardware address.
    /// `None`: nobody could look, or there was no reason to.
    pub answering: Option<BTreeMap<Ipv4Addr, String>>,
}

/// A network that the host has a route to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub network: Lan,
    pub device: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub port: u16,
    /// Name of the program, where it could be seen.
    pub program: String,
}

/// The installed snap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Microk8sFacts {
    /// The channel that it tracks, such as `1.36/stable`.
    pub channel: String,
    pub version: String,
    pub held: bool,
    pub power: Power,
    /// Arguments of the API server, `--name=value`.
    pub api_server: Vec<String>,
    /// Our images in its containerd.
    pub images: Vec<String>,
    /// The launch configuration is ours: nobody had MicroK8s here before.
    pub installed_by_us: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    On,
    /// Somebody ran `microk8s stop`.
    Stopped,
    /// It belongs to another machine's cluster and has no API server of its own.
    Worker,
}

impl HostFacts {
    /// The host's address in the LAN.
    pub fn lan_address(&self, lan: Lan) -> Option<Ipv4Addr> {
        self.addresses.iter().copied().find(|address| lan.contains(*address))
    }
}

impl Microk8sFacts {
    /// The value of an argument of the API server.
    pub fn api_argument(&self, name: &str) -> Option<&str> {
        self.api_server.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }

    /// The minor version of a channel or of what is installed: `36` of `1.36/stable`.
    pub fn minor(channel: &str) -> Option<u32> {
        channel.split('/').next()?.strip_prefix("1.")?.parse().ok()
    }
}
