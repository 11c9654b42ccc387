//! The add-ons of MicroK8s: one row each. What they do is judged by their objects; their words and exit codes cannot be relied on.

use super::host::{MICROK8S, disrupting, interruption};
use crate::{
    config::Config,
    facts::{AddonState, Facts},
    step::{Action, Cmd, ObjectRef, Probe, Step},
};
use std::time::Duration;

/// One add-on.
pub struct Addon {
    /// Its name for `microk8s enable`.
    pub name: &'static str,
    /// What it is for, in the person's words.
    pub about: &'static str,
    pub wanted: fn(&Config) -> bool,
    /// What follows its name.
    pub argument: fn(&Config) -> Option<String>,
    /// It works when all of these hold; it is there when all of their objects exist.
    pub probes: fn() -> Vec<Probe>,
    /// How long it may take to work after it was enabled.
    pub patience: Duration,
    /// What enabling it interrupts for others.
    pub interrupts: Option<&'static str>,
}

/// In the order in which they are enabled: RBAC before anything can use the lack of it.
pub static ADDONS: &[Addon] = &[
    Addon {
        name: "rbac",
        about: "access control",
        wanted: |_| true,
        argument: |_| None,
        probes: || vec![Probe::Exists(ObjectRef::new(RBAC, "ClusterRole", None, "cluster-admin"))],
        patience: Duration::from_secs(120),
        interrupts: Some("which can do from then on only what their roles allow"),
    },
    Addon {
        name: "dns",
        about: "names inside of the cluster",
        wanted: |_| true,
        argument: |_| None,
        probes: || vec![deployment("kube-system", "coredns"), exists("v1", "Service", "kube-system", "kube-dns")],
        patience: Duration::from_secs(180),
        interrupts: None,
    },
    Addon {
        name: "hostpath-storage",
        about: "volumes on the host's disk",
        wanted: |_| true,
        argument: |_| None,
        probes: || {
            let class = ObjectRef::new("storage.k8s.io/v1", "StorageClass", None, "microk8s-hostpath");
            vec![deployment("kube-system", "hostpath-provisioner"), Probe::Exists(class)]
        },
        patience: Duration::from_secs(180),
        interrupts: None,
    },
    Addon {
        name: "metrics-server",
        about: "load figures for autoscaling",
        wanted: |config| config.server.autoscaling.enabled,
        argument: |_| None,
        probes: || {
            let name = "v1beta1.metrics.k8s.io".to_owned();
            vec![deployment("kube-system", "metrics-server"), Probe::ApiService { name }]
        },
        patience: Duration::from_secs(240),
        interrupts: None,
    },
    Addon {
        name: "ingress",
        about: "the way in for HTTPS",
        wanted: |_| true,
        argument: |_| None,
        probes: || {
            let class = ObjectRef::new("networking.k8s.io/v1", "IngressClass", None, "public");
            let daemon = ObjectRef::new("apps/v1", "DaemonSet", Some("ingress"), "traefik");
            vec![Probe::Exists(class), exists("v1", "Service", "ingress", "traefik"), Probe::Workload(daemon)]
        },
        patience: Duration::from_secs(300),
        interrupts: None,
    },
    Addon {
        name: "metallb",
        about: "addresses of the LAN for services",
        wanted: |_| true,
        argument: |config| Some(config.network.pool.to_string()),
        probes: || {
            let speaker = ObjectRef::new("apps/v1", "DaemonSet", Some("metallb-system"), "speaker");
            vec![deployment("metallb-system", "controller"), Probe::Workload(speaker)]
        },
        patience: Duration::from_secs(240),
        interrupts: None,
    },
    Addon {
        name: "cert-manager",
        about: "certificates from elsewhere",
        wanted: |config| config.addons.cert_manager,
        argument: |_| None,
        probes: || {
            ["cert-manager", "cert-manager-cainjector", "cert-manager-webhook"]
                .map(|name| deployment("cert-manager", name))
                .into()
        },
        patience: Duration::from_secs(300),
        interrupts: None,
    },
    Addon {
        name: "registry",
        about: "a container registry",
        wanted: |config| config.addons.registry,
        argument: |_| None,
        probes: || vec![deployment("container-registry", "registry")],
        patience: Duration::from_secs(300),
        interrupts: None,
    },
    Addon {
        name: "observability",
        about: "Prometheus, Grafana and Loki",
        wanted: |config| config.addons.observability,
        argument: |_| None,
        probes: || {
            let name = "prometheus-kube-prom-stack-kube-prome-prometheus";
            vec![Probe::Workload(ObjectRef::new("apps/v1", "StatefulSet", Some("observability"), name))]
        },
        patience: Duration::from_secs(600),
        interrupts: None,
    },
];

const RBAC: &str = "rbac.authorization.k8s.io/v1";
/// Some scripts wait in loops without a limit; this is theirs.
const ENABLING: Duration = Duration::from_secs(420);

fn deployment(namespace: &str, name: &str) -> Probe {
    Probe::Workload(ObjectRef::new("apps/v1", "Deployment", Some(namespace), name))
}

fn exists(version: &str, kind: &str, namespace: &str, name: &str) -> Probe {
    Probe::Exists(ObjectRef::new(version, kind, Some(namespace), name))
}

/// All are enabled first, one call each, and then waited for: they start at the same time.
pub(super) fn steps(config: &Config, facts: &Facts) -> Vec<Step> {
    let wanted: Vec<(&Addon, AddonState)> =
        ADDONS.iter().filter(|addon| (addon.wanted)(config)).map(|addon| (addon, state(addon, facts))).collect();
    let mut steps: Vec<Step> = wanted.iter().flat_map(|(addon, state)| enabling(addon, state, config, facts)).collect();
    for (addon, state) in &wanted {
        if *state != AddonState::Ready {
            steps.extend(waits(addon));
        }
    }
    steps
}

/// On a bare host the launch configuration brings RBAC, so that only its roles are waited for.
fn state(addon: &Addon, facts: &Facts) -> AddonState {
    match &facts.cluster {
        None if addon.name == "rbac" => AddonState::Settling(String::new()),
        None => AddonState::Absent,
        Some(cluster) => cluster.addons.get(addon.name).cloned().unwrap_or(AddonState::Absent),
    }
}

fn enabling(addon: &Addon, state: &AddonState, config: &Config, facts: &Facts) -> Vec<Step> {
    let name = addon.name;
    let mut words = vec![MICROK8S.to_owned(), "enable".into(), name.into()];
    words.extend((addon.argument)(config));
    let enable = Action::Run(Cmd::root(words).within(ENABLING));
    let enable = Step::new(format!("enable-{name}"), format!("enable {name}: {}", addon.about), enable);
    match state {
        AddonState::Absent => {
            let interrupts = addon.interrupts.and_then(|what| interruption(facts, what));
            vec![disrupting(enable, interrupts)]
        }
        // enabled halfway reads as enabled, and then `enable` does nothing: what is there goes first. Not by `disable`,
        // which takes volumes, kinds and other people's objects of these kinds along
        AddonState::Partial => {
            let objects: Vec<ObjectRef> = (addon.probes)().iter().filter_map(subject).collect();
            let workloads: Vec<ObjectRef> = objects.iter().filter(|o| o.api_version == "apps/v1").cloned().collect();
            let delete = Step::new(
                format!("clear-{name}"),
                format!("clear the half of {name} that is there"),
                Action::Delete { objects },
            );
            let mut steps = vec![disrupting(delete, interruption(facts, &format!("as far as they use {name}")))];
            for (at, workload) in workloads.into_iter().enumerate() {
                let title = format!("wait for {workload} to be gone");
                let gone = Action::Wait { probe: Probe::Gone(workload), within: Duration::from_secs(120) };
                steps.push(Step::new(format!("{name}-gone-{}", at + 1), title, gone));
            }
            steps.push(enable);
            steps
        }
        AddonState::Settling(_) | AddonState::Ready => Vec::new(),
    }
}

/// The object that a probe asks about.
pub fn subject(probe: &Probe) -> Option<ObjectRef> {
    match probe {
        Probe::Workload(object) | Probe::Exists(object) | Probe::Gone(object) => Some(object.clone()),
        Probe::ServiceAddress { service, .. } => Some(service.clone()),
        Probe::ApiService { name } => Some(ObjectRef::new("apiregistration.k8s.io/v1", "APIService", None, name)),
        Probe::Api | Probe::Nodes => None,
    }
}

fn waits(addon: &Addon) -> Vec<Step> {
    let all = (addon.probes)();
    // what works exists: bare existence is only waited for where nothing runs
    let working: Vec<Probe> = all.iter().filter(|probe| !matches!(probe, Probe::Exists(_))).cloned().collect();
    let probes = if working.is_empty() { all } else { working };
    let several = probes.len() > 1;
    let step = |(at, probe): (usize, Probe)| {
        let number = if several { format!("-{}", at + 1) } else { String::new() };
        let what = subject(&probe).map_or_else(|| probe.to_string(), |object| object.name);
        let title = format!("wait for {}: {what}", addon.name);
        Step::new(format!("{}-works{number}", addon.name), title, Action::Wait { probe, within: addon.patience })
    };
    probes.into_iter().enumerate().map(step).collect()
}
