//! What a certificate speaks for, and what a CA is allowed to speak for.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use serde::Serialize;

use crate::config::Lan;

/// The names and addresses in a leaf.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    pub dns: BTreeSet<String>,
    pub addresses: BTreeSet<IpAddr>,
}

impl Names {
    /// What the deployed server is reached by: its public name, the service address and, where it lies in the LAN
    /// (a host behind a VPN does not, and the CA may not speak for it), the host's own address.
    pub fn of_server(name: &str, service: Ipv4Addr, host: Option<Ipv4Addr>, lan: Lan) -> Self {
        let mut addresses = BTreeSet::from([IpAddr::V4(service)]);
        addresses.extend(host.filter(|host| lan.contains(*host)).map(IpAddr::V4));
        Self { dns: BTreeSet::from([name.to_ascii_lowercase()]), addresses }
    }

    /// From texts as a plan holds them: what parses as an address is one.
    pub fn of(texts: &[String]) -> Self {
        let mut names = Self::default();
        for text in texts {
            match text.parse() {
                Ok(address) => names.addresses.insert(address),
                Err(_) => names.dns.insert(text.to_ascii_lowercase()),
            };
        }
        names
    }

    /// All of them as text, names first.
    pub fn texts(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(ToString::to_string);
        self.dns.iter().cloned().chain(addresses).collect()
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.texts().join(", "))
    }
}

/// The name constraints of a CA: it may speak for these DNS names (and what is below them) and these networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Constraints {
    pub dns: Vec<String>,
    pub networks: Vec<Lan>,
}

impl Constraints {
    /// The narrowest that serve a homelab: its public name and its LAN.
    pub fn of_homelab(name: &str, lan: Lan) -> Self {
        Self { dns: vec![name.to_ascii_lowercase()], networks: vec![lan] }
    }

    /// The names that a CA with these constraints may not speak for.
    pub fn refused(&self, names: &Names) -> Vec<String> {
        let dns = names.dns.iter().filter(|name| !self.dns.iter().any(|allowed| is_within(name, allowed))).cloned();
        let addresses = names.addresses.iter().filter(|address| !self.admits(**address)).map(ToString::to_string);
        dns.chain(addresses).collect()
    }

    fn admits(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.networks.iter().any(|network| network.contains(address)),
            IpAddr::V6(_) => false,
        }
    }
}

impl fmt::Display for Constraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let networks = self.networks.iter().map(ToString::to_string);
        let all: Vec<_> = self.dns.iter().cloned().chain(networks).collect();
        f.write_str(&all.join(", "))
    }
}

/// RFC 5280, 4.2.1.10: a constraint admits itself and whatever has labels put in front of it.
fn is_within(name: &str, allowed: &str) -> bool {
    name.strip_suffix(allowed).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}
