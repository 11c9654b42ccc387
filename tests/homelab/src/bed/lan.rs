//! Addresses of the bed, and the cables: everything that `ip` is told.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::tree::Tree;

pub const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 1);
pub const LAPTOP: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 10);
pub const HOST: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 104);
pub const SECOND_HOST: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 101);
/// The first address of MetalLB's pool: where the ingress answers.
pub const SERVICE: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 200);
pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 10);
pub const OUTSIDE_ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// Address and host name of a node, counted from 1.
pub fn node(number: u8) -> (Ipv4Addr, &'static str) {
    if number == 1 { (HOST, "homelab") } else { (SECOND_HOST, "homelab2") }
}

/// The switch of the LAN and its router, in the network namespace of the caller.
pub(crate) fn switch(tree: &Tree) -> Result<()> {
    ip(tree, &format!("link set lo up\nlink add lan type bridge\naddr add {ROUTER}/24 dev lan\nlink set lan up\n"))?;
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").context("cannot make the LAN's router forward")?;
    // Frames on the switch are no business of iptables, where the kernel asks it.
    let bridged = Path::new("/proc/sys/net/bridge/bridge-nf-call-iptables");
    if bridged.exists() {
        std::fs::write(bridged, "0")?;
    }
    Ok(())
}

/// A cable from the switch, or from the router's other side, into the network namespace of `pid`.
pub(crate) fn plug(tree: &Tree, name: &str, address: Ipv4Addr, pid: i32) -> Result<()> {
    // The MAC follows from the address: a node that is started again keeps it, and nobody's ARP table is stale.
    let [a, b, c, d] = address.octets();
    let mac = format!("02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}");
    let mut lines = format!("link add v-{name} type veth peer name eth0 address {mac} netns {pid}\n");
    if address == OUTSIDE {
        lines.push_str(&format!("addr add {OUTSIDE_ROUTER}/24 dev v-{name}\nlink set v-{name} up\n"));
    } else {
        lines.push_str(&format!("link set v-{name} master lan up\n"));
    }
    ip(tree, &lines)
}

/// The near end of a cable, in the network namespace of the caller.
pub(crate) fn connect(tree: &Tree, address: Ipv4Addr) -> Result<()> {
    let router = if address == OUTSIDE { OUTSIDE_ROUTER } else { ROUTER };
    ip(
        tree,
        &format!("link set lo up\naddr add {address}/24 dev eth0\nlink set eth0 up\nroute add default via {router}\n"),
    )
}

fn ip(tree: &Tree, lines: &str) -> Result<()> {
    let mut child = tree
        .command("usr/sbin/ip")?
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run ip")?;
    // What it says matters more than that it did not read to the end.
    let _ = child.stdin.take().context("ip takes no input")?.write_all(lines.as_bytes());
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("ip failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
