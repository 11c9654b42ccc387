//! MicroK8s on the host: installed at the pinned channel, refreshes held, started, its API server at one address.

use crate::{
    config::Config,
    facts::{Facts, Microk8sFacts, Power},
    step::{Action, Cmd, Content, ObjectRef, Probe, Step},
};
use std::{net::Ipv4Addr, time::Duration};

/// By absolute path: a non-login session does not know /snap/bin.
pub const MICROK8S: &str = "/snap/bin/microk8s";
/// Read once, by the install hook; it goes with `snap remove --purge`.
pub const LAUNCH_CONFIGURATION: &str = "/var/snap/microk8s/common/.microk8s.yaml";
/// Its first line: how homelabctl knows later that it was the one who installed MicroK8s.
pub const LAUNCH_MARK: &str = "# written by homelabctl before it installed MicroK8s";
const API_ARGUMENTS: &str = "/var/snap/microk8s/current/args/kube-apiserver";

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(super) fn steps(config: &Config, facts: &Facts) -> Vec<Step> {
    match &facts.microk8s {
        None => install(config, facts),
        Some(snap) => mend(config, facts, snap),
    }
}

fn install(config: &Config, facts: &Facts) -> Vec<Step> {
    let channel = format!("--channel={}", config.microk8s.channel);
    let mut steps = Vec::new();
    if facts.host.snapd.is_none() {
        let apt = |arguments: &[&str]| {
            let words = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"].iter().chain(arguments);
            Action::Run(Cmd::root(words.copied()).within(minutes(10)))
        };
        steps.push(Step::new("apt-update", "refresh the list of packages", apt(&["update"])));
        steps.push(Step::new("snapd", "install snapd", apt(&["install", "--yes", "snapd"])));
        let seeded = Cmd::root(["snap", "wait", "system", "seed.loaded"]).within(minutes(5));
        steps.push(Step::new("snapd-ready", "wait for snapd to be ready", Action::Run(seeded)));
    }
    let launch = Action::Write {
        path: LAUNCH_CONFIGURATION.into(),
        mode: 0o644,
        content: Content::Text(launch_configuration(advertise_address(config, facts))),
    };
    steps.push(Step::new("launch-configuration", "configure MicroK8s before its first start", launch));
    let install = Cmd::root(["snap", "install", "microk8s", "--classic", &channel]).within(minutes(20));
    steps.push(Step::new("install", format!("install MicroK8s {}", config.microk8s.channel), Action::Run(install)));
    steps.push(hold());
    steps.extend(answers());
    steps
}

/// What is installed already, brought to the configured state.
fn mend(config: &Config, facts: &Facts, snap: &Microk8sFacts) -> Vec<Step> {
    let mut steps = Vec::new();
    let others = interruption(facts, "for about a minute");
    if snap.channel != *config.microk8s.channel {
        let channel = format!("--channel={}", config.microk8s.channel);
        let refresh = Cmd::root(["snap", "refresh", "microk8s", &channel]).within(minutes(20));
        let title = format!("refresh MicroK8s from {} to {}", snap.channel, config.microk8s.channel);
        steps.push(disrupting(Step::new("channel", title, Action::Run(refresh)), others.clone()));
    }
    if !snap.held {
        steps.push(hold());
    }
    let address = advertise_address(config, facts);
    let is_pinned = snap.api_argument("--advertise-address").is_some() || snap.api_argument("--bind-address").is_some();
    let pin = address.filter(|_| !is_pinned && !snap.api_server.is_empty());
    if let Some(address) = pin {
        let mut lines: Vec<String> = snap.api_server.iter().filter(|line| !line.is_empty()).cloned().collect();
        lines.push(format!("--advertise-address={address}"));
        let content = Content::Text(lines.join("\n") + "\n");
        let write = Action::Write { path: API_ARGUMENTS.into(), mode: 0o660, content };
        steps.push(Step::new("advertise", "keep the API server at its address when another network appears", write));
        let owner = Cmd::root(["chgrp", "microk8s", API_ARGUMENTS]);
        steps.push(Step::new("advertise-owner", "leave the file to MicroK8s' group", Action::Run(owner)));
    }
    let is_stopped = snap.power == Power::Stopped;
    if pin.is_some() && !is_stopped {
        let stop = Step::new("stop", "stop MicroK8s", Action::Run(Cmd::root([MICROK8S, "stop"]).within(minutes(5))));
        steps.push(disrupting(stop, others));
    }
    if is_stopped || pin.is_some() {
        let start = Cmd::root([MICROK8S, "start"]).within(minutes(5));
        steps.push(Step::new("start", "start MicroK8s", Action::Run(start)));
    }
    let nodes_are_ready =
        facts.cluster.as_ref().is_some_and(|c| !c.nodes.is_empty() && c.nodes.iter().all(|n| n.ready));
    if !nodes_are_ready || steps.iter().any(|step| ["channel", "start"].contains(&step.id.as_str())) {
        steps.extend(answers());
    }
    steps
}

fn hold() -> Step {
    let hold = Cmd::root(["snap", "refresh", "--hold", "microk8s"]);
    Step::new("hold", "hold MicroK8s' automatic refreshes", Action::Run(hold))
}

fn answers() -> Vec<Step> {
    let system = ObjectRef::new("v1", "Namespace", None, "kube-system");
    let wait = |probe, within| Action::Wait { probe, within };
    vec![
        Step::new("api", "wait for the API server", wait(Probe::Api, minutes(5))),
        Step::new("system", "wait for the cluster's own namespaces", wait(Probe::Exists(system), minutes(2))),
        Step::new("nodes", "wait for the node", wait(Probe::Nodes, minutes(5))),
    ]
}

/// The LAN's address of the API server. Without it a new interface (a VPN, a Docker bridge) makes MicroK8s renew its
/// certificate and restart every container (mk#2096, mk#4317).
pub(super) fn advertise_address(config: &Config, facts: &Facts) -> Option<Ipv4Addr> {
    let configured = config.host.address.parse().ok().filter(|address| facts.host.addresses.contains(address));
    configured.or_else(|| facts.host.lan_address(config.network.lan))
}

/// MicroK8s' built-in default, but for three things: the address, RBAC from the first second on (without it every pod is
/// cluster-admin), and no add-on, because those that it enables come at a time of their own.
fn launch_configuration(address: Option<Ipv4Addr>) -> String {
    let advertise = address.map(|address| format!("\n  --advertise-address: {address}")).unwrap_or_default();
    format!(
        "{LAUNCH_MARK}\nversion: 0.2.0\nextraKubeAPIServerArgs:\n  --authorization-mode: RBAC,Node{advertise}\nextraKubeletArgs:\n  --cluster-domain: cluster.local\n  --cluster-dns: 10.152.183.10\n"
    )
}

/// Whom a step interrupts; nobody when only MicroK8s and homelabctl run there.
pub(super) fn interruption(facts: &Facts, how: &str) -> Option<String> {
    let foreign = facts.foreign();
    let more = foreign.len().saturating_sub(3);
    let named: Vec<&str> = foreign.iter().take(3).map(String::as_str).collect();
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    (!foreign.is_empty()).then(|| format!("{}{rest} {how}", named.join(", ")))
}

pub(super) fn disrupting(step: Step, what: Option<String>) -> Step {
    match what {
        Some(what) => step.disrupts(what),
        None => step,
    }
}
