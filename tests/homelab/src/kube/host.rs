//! What a node knows of itself.

use std::fs;
use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use nix::ifaddrs::getifaddrs;

/// The node's name in Kubernetes: its host name in lower case.
pub fn name() -> Result<String> {
    let name = nix::unistd::gethostname().context("cannot read the host name")?;
    Ok(name.to_string_lossy().to_lowercase())
}

/// The first IPv4 address of the first interface with a default route; `None` without one.
pub fn address() -> Option<Ipv4Addr> {
    let routes = fs::read_to_string("/proc/net/route").ok()?;
    let interface = default_interface(&routes)?;
    addresses().into_iter().find(|(name, _)| *name == interface).map(|(_, address)| address)
}

/// What `hostname -I` lists, IPv4 only: no loopback, no addresses of the pod network's own interfaces.
pub fn own_addresses() -> Vec<Ipv4Addr> {
    addresses()
        .into_iter()
        .filter(|(name, address)| !address.is_loopback() && !address.is_link_local() && name != "vxlan.calico")
        .map(|(_, address)| address)
        .collect()
}

fn addresses() -> Vec<(String, Ipv4Addr)> {
    let Ok(all) = getifaddrs() else {
        return Vec::new();
    };
    all.filter_map(|row| {
        let address = row.address?.as_sockaddr_in()?.ip();
        Some((row.interface_name, address))
    })
    .collect()
}

/// The interface of the default route in the kernel's table of routes.
fn default_interface(routes: &str) -> Option<String> {
    routes.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let interface = fields.next()?;
        (fields.next()? == "00000000").then(|| interface.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_route_names_the_interface() {
        let routes = "Iface\tDestination\tGateway\nlan0\t0001A8C0\t00000000\neth0\t00000000\t0101A8C0\n";
        assert_eq!(default_interface(routes).as_deref(), Some("eth0"));
        assert_eq!(default_interface("Iface\tDestination\n"), None);
    }
}
