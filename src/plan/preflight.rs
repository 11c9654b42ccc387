//! Can this host become what is configured, and what of the person's lives there already? A conflict names its cure.

use super::{identity, is_in_the_dark, network, objects::ca};
use crate::{
    config::{Config, Lan},
    facts::{Facts, Microk8sFacts, Power},
    failure::Failure,
    tls::Certificate,
};
use std::net::Ipv4Addr;

/// Something that the person should know, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub what: String,
    pub cure: String,
}

/// What stands in the way, and what does not but may hurt later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    pub conflicts: Vec<Finding>,
    pub warnings: Vec<Finding>,
}

impl Findings {
    fn conflict(&mut self, what: impl Into<String>, cure: impl Into<String>) {
        self.conflicts.push(Finding { what: what.into(), cure: cure.into() });
    }

    fn warn(&mut self, what: impl Into<String>, cure: impl Into<String>) {
        self.warnings.push(Finding { what: what.into(), cure: cure.into() });
    }

    /// # Errors
    /// There are conflicts: all of them in one go.
    pub fn pass(&self) -> Result<(), Failure> {
        let Some(first) = self.conflicts.first() else { return Ok(()) };
        let help = first.cure.clone();
        if self.conflicts.len() == 1 {
            return Err(Failure::failed(&first.what).help(help));
        }
        let lines: Vec<String> = self.conflicts.iter().map(|one| format!("{} ({})", one.what, one.cure)).collect();
        let source = anyhow::Error::msg(lines.join("\n"));
        let failure = Failure::from(source.context(format!("{} things stand in the way", lines.len())));
        Err(failure.help(help))
    }
}

/// Networks that MicroK8s gives to pods and services.
const CLUSTER_NETWORKS: [(&str, Lan); 2] = [
    ("pods", Lan { address: Ipv4Addr::new(10, 1, 0, 0), prefix: 16 }),
    ("services", Lan { address: Ipv4Addr::new(10, 152, 183, 0), prefix: 24 }),
];
/// What MicroK8s itself listens on.
const MICROK8S_PORTS: [u16; 6] = [10250, 10257, 10259, 16443, 19001, 25000];
const WEB_PORTS: [u16; 2] = [80, 443];

/// Judged before the first step. A host where nothing has to change is not stopped by a conflict: it works as it is.
pub fn preflight(config: &Config, facts: &Facts) -> Findings {
    let mut findings = Findings::default();
    machine(facts, &mut findings);
    snap(config, facts, &mut findings);
    ports(facts, &mut findings);
    networks(config, facts, &mut findings);
    if !is_in_the_dark(facts) {
        pool(config, facts, &mut findings);
        certificate_authority(config, facts, &mut findings);
    }
    findings
}

fn machine(facts: &Facts, findings: &mut Findings) {
    let host = &facts.host;
    if !["x86_64", "aarch64"].contains(&host.architecture.as_str()) {
        findings.conflict(format!("the host is a {} machine", host.architecture), "use a host of amd64 or arm64");
    }
    if host.hostname.contains('_') {
        let what = format!("Kubernetes takes no node with the name `{}`", host.hostname);
        findings.conflict(what, "give the host a name without `_`: sudo hostnamectl set-hostname NAME");
    } else if host.hostname.chars().any(char::is_uppercase) {
        let what = format!("the host's name `{}` has capitals; Kubernetes calls it by small letters", host.hostname);
        findings.warn(what, "sudo hostnamectl set-hostname NAME");
    }
    match host.memory_mib {
        0..1024 => findings.conflict(
            format!("the host has {} MiB of memory", host.memory_mib),
            "MicroK8s with its add-ons needs 2 GiB",
        ),
        1024..3072 => {
            findings
                .warn(format!("the host has only {} MiB of memory", host.memory_mib), "3 GiB and more serve better");
        }
        _ => (),
    }
    let (needed, why) = match facts.microk8s {
        None => (4096, "MicroK8s and its images need 4 GiB"),
        Some(_) => (1024, "below 1 GiB the kubelet throws pods out"),
    };
    if host.disk_free_mib < needed {
        let what = format!("only {} MiB are free in /var on the host", host.disk_free_mib);
        findings.conflict(what, format!("{why}: make room there (du -xh /var | sort -h)"));
    }
    if host.forwarding == Some(false) {
        findings.conflict(
            "sshd on the host does not forward, and the API server is reached through it",
            "write `AllowTcpForwarding local` into /etc/ssh/sshd_config there and reload it: sudo systemctl reload ssh",
        );
    }
    if host.inotify_instances < 128 {
        let what = format!("the host allows only {} inotify instances", host.inotify_instances);
        findings.warn(what, "sudo sysctl fs.inotify.max_user_instances=1024");
    }
    if host.forward_policy.as_deref() == Some("DROP") && facts.microk8s.is_none() {
        findings.warn(
            "the host's firewall drops what it forwards (Docker sets this)",
            "if pods reach nothing: sudo iptables -P FORWARD ACCEPT",
        );
    }
}

fn snap(config: &Config, facts: &Facts, findings: &mut Findings) {
    let wanted = &config.microk8s.channel;
    let Some(wanted_minor) = Microk8sFacts::minor(wanted) else { return };
    if wanted_minor < 35 {
        let what = format!("the ingress add-on of MicroK8s {wanted} is not Traefik yet, and homelabctl needs that");
        findings.conflict(what, "set microk8s.channel to 1.35/stable or later");
    }
    if let Some(version) = &facts.host.snapd {
        let number = |at: usize| version.split(['.', '+', '~']).nth(at).and_then(|part| part.parse::<u32>().ok());
        if let (Some(major), Some(minor)) = (number(0), number(1))
            && (major, minor) < (2, 58)
        {
            let what = format!("snapd {version} on the host cannot hold a snap's refreshes");
            findings.conflict(what, "sudo apt-get update && sudo apt-get install snapd");
        }
    }
    let Some(snap) = &facts.microk8s else { return };
    if snap.power == Power::Worker {
        findings.conflict("the host belongs to another machine's cluster", "set host.address to that machine");
    }
    match Microk8sFacts::minor(&snap.channel) {
        Some(installed) if installed > wanted_minor => {
            let what = format!("MicroK8s {} is installed, and Kubernetes cannot go back to {wanted}", snap.channel);
            findings.conflict(what, format!("set microk8s.channel to {}", snap.channel));
        }
        Some(installed) if installed + 1 < wanted_minor => {
            let what =
                format!("MicroK8s {} is installed, and Kubernetes takes one minor version at a time", snap.channel);
            findings.conflict(what, format!("set microk8s.channel to 1.{}/stable first", installed + 1));
        }
        Some(_) => (),
        None => {
            let what = format!("MicroK8s follows {}, which moves between versions by itself", snap.channel);
            findings.conflict(what, format!("pin it yourself once: sudo snap refresh microk8s --channel={wanted}"));
        }
    }
}

fn ports(facts: &Facts, findings: &mut Findings) {
    let Some(listeners) = &facts.host.listeners else {
        findings.warn("whether the ports are free is not known: the host has no `ss`", "sudo apt-get install iproute2");
        return;
    };
    for listener in listeners {
        let is_ours = facts.microk8s.is_some() && MICROK8S_PORTS.contains(&listener.port);
        let is_needed = MICROK8S_PORTS.contains(&listener.port) || WEB_PORTS.contains(&listener.port);
        if is_needed && !is_ours {
            let program = if listener.program.is_empty() { "a program" } else { &listener.program };
            let what = format!("{program} on the host listens on port {}, which the homelab needs", listener.port);
            findings.conflict(
                what,
                format!("stop it there, or give it another port: sudo ss -ltnp sport = :{}", listener.port),
            );
        }
    }
}

fn networks(config: &Config, facts: &Facts, findings: &mut Findings) {
    let host = &facts.host;
    let lan = config.network.lan;
    if host.lan_address(lan).is_none() {
        let own: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
        let what = format!("the host has no address in the LAN {lan}, only {}", own.join(", "));
        findings.conflict(what, "set network.lan (and network.pool) to the network that the host is in");
    }
    for address in host.addresses.iter().filter(|address| config.network.pool.contains(**address)) {
        let what = format!("the pool {} contains the host's own address {address}", config.network.pool);
        findings.conflict(what, "set network.pool to a range without it");
    }
    for (what, network) in CLUSTER_NETWORKS {
        for route in host.routes.iter().filter(|route| route.network.overlaps(network)) {
            let what = format!(
                "the host reaches {} through {}, and MicroK8s gives {network} to {what}",
                route.network, route.device
            );
            let cure = "move that network; MicroK8s' own cannot be changed by homelabctl yet";
            if facts.microk8s.is_none() { findings.conflict(what, cure) } else { findings.warn(what, cure) }
        }
    }
}

fn pool(config: &Config, facts: &Facts, findings: &mut Findings) {
    let (pool, service) = (config.network.pool, config.network.service_address());
    let mut held: Vec<Ipv4Addr> = Vec::new();
    if let Some(cluster) = &facts.cluster {
        let is_changing = !network::pool_is_right(config, facts.cluster.as_ref());
        for other in cluster.services.iter().filter(|held| held.service != "ingress/traefik") {
            if other.addresses.contains(&service) {
                let what = format!("the Service {} holds {service}, the address of the MCP server", other.service);
                findings.conflict(what, "set network.service_address to another one of the pool");
            }
            for address in other.addresses.iter().filter(|address| is_changing && !pool.contains(**address)) {
                let what =
                    format!("the Service {} holds {address}, which is outside of the pool {pool}", other.service);
                findings.conflict(what, "set network.pool to a range with it: MetalLB keeps its old pool as long as a Service holds an address of it");
            }
        }
        held.extend(cluster.services.iter().flat_map(|service| service.addresses.iter().copied()));
        for (name, ranges) in cluster.pools.iter().filter(|(name, _)| *name != "default-addresspool") {
            for range in ranges.iter().filter(|range| overlaps(range, pool)) {
                let what = format!("MetalLB gives {range} away already, as pool `{name}`, which overlaps {pool}");
                findings.conflict(what, "set network.pool to another range");
            }
        }
    }
    match &facts.host.answering {
        Some(answering) => {
            for (address, hardware) in answering.iter().filter(|(address, _)| !held.contains(address)) {
                let what = format!(
                    "somebody on the LAN answers for {address} of the pool {pool} (hardware address {hardware})"
                );
                findings.conflict(
                    what,
                    "set network.pool to a range that nobody uses and that your router does not give away",
                );
            }
        }
        None if !network::pool_is_right(config, facts.cluster.as_ref()) => {
            findings.warn(
                "whether somebody on the LAN uses an address of the pool is not known: the host has no `ping`",
                "sudo apt-get install iputils-ping",
            );
        }
        None => (),
    }
}

/// Whether a range as MetalLB writes it (`a-b` or `a/n`) shares an address with the pool.
fn overlaps(range: &str, pool: crate::config::Pool) -> bool {
    let (first, last) = match (range.split_once('-'), range.parse::<Lan>()) {
        (Some((first, last)), _) => match (first.trim().parse::<Ipv4Addr>(), last.trim().parse::<Ipv4Addr>()) {
            (Ok(first), Ok(last)) => (first, last),
            _ => return false,
        },
        (None, Ok(network)) => (network.address, network.broadcast()),
        (None, Err(_)) => match range.split('/').next().unwrap_or_default().parse() {
            Ok(address) => (address, address),
            Err(_) => return false,
        },
    };
    first <= pool.last && pool.first <= last
}

fn certificate_authority(config: &Config, facts: &Facts, findings: &mut Findings) {
    let known = facts.cluster.as_ref().and_then(|cluster| cluster.secret_text(&ca(), "tls.crt"));
    let Some(Ok(certificate)) = known.map(|pem| Certificate::read(&pem)) else { return };
    if let Err(refusal) = certificate.admits(&identity::names(config, facts)) {
        findings.conflict(refusal.to_string(), refusal.help().unwrap_or("set server.name or network.lan as they were"));
    }
}
