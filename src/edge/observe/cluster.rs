//! The cluster: objects that setup has an opinion on, the state of the add-ons, and what else lives there.

use crate::{
    config::Config,
    edge::{cluster::Cluster, probe, world::World},
    facts::{AddonState, ClusterFacts, HeldAddress, Microk8sFacts, Node, Seen},
    plan::{self, ADDONS, Addon, subject},
    step::ObjectRef,
};
use kube::api::DynamicObject;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// Kinds of workloads that a person may run.
const WORKLOADS: [(&str, &str); 4] =
    [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "CronJob")];

/// `None` while the API server does not answer.
pub(super) async fn look(
    world: &World,
    config: &Config,
    microk8s: Option<&Microk8sFacts>,
) -> anyhow::Result<Option<ClusterFacts>> {
    let Some(cluster) = world.look_for_cluster().await? else { return Ok(None) };
    let mut facts = ClusterFacts {
        nodes: nodes(&cluster).await?,
        services: services(&cluster).await?,
        pools: pools(&cluster).await?,
        foreign: foreign(&cluster).await?,
        ours: ours(&cluster, config).await?,
        ..ClusterFacts::default()
    };
    for reference in plan::watched(config) {
        if let Some(found) = cluster.get(&reference).await? {
            facts.objects.insert(reference, Seen(serde_json::to_value(found)?));
        }
    }
    let rbac_is_on = microk8s
        .and_then(|snap| snap.api_argument("--authorization-mode"))
        .is_some_and(|modes| modes.split(',').any(|mode| mode == "RBAC"));
    for addon in ADDONS {
        let mut state = addon_state(world, &cluster, addon).await?;
        // roles stay behind when RBAC is switched off, and MicroK8s then calls it enabled
        if addon.name == "rbac" && !rbac_is_on && state != AddonState::Absent {
            state = AddonState::Partial;
        }
        facts.addons.insert(addon.name.to_owned(), state);
    }
    Ok(Some(facts))
}

async fn addon_state(world: &World, cluster: &Cluster, addon: &Addon) -> anyhow::Result<AddonState> {
    let probes = (addon.probes)();
    let (mut present, mut missing) = (0, None);
    for probe in &probes {
        let exists = match subject(probe) {
            Some(subject) => cluster.get(&subject).await?.is_some(),
            None => true,
        };
        present += usize::from(exists);
        if exists && missing.is_none() {
            missing = probe::look(world, probe).await?;
        }
    }
    Ok(match (present, missing) {
        (0, _) => AddonState::Absent,
        (some, _) if some < probes.len() => AddonState::Partial,
        (_, Some(what)) => AddonState::Settling(what),
        (_, None) => AddonState::Ready,
    })
}

async fn nodes(cluster: &Cluster) -> anyhow::Result<Vec<Node>> {
    let nodes = cluster.list("v1", "Node", None, "").await?;
    Ok(nodes
        .iter()
        .map(|node| Node {
            name: name(node),
            ready: node.data["status"]["conditions"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|condition| condition["type"] == "Ready" && condition["status"] == "True"),
            version: node.data["status"]["nodeInfo"]["kubeletVersion"].as_str().unwrap_or_default().to_owned(),
        })
        .collect())
}

async fn services(cluster: &Cluster) -> anyhow::Result<Vec<HeldAddress>> {
    let services = cluster.list("v1", "Service", None, "").await?;
    let balanced = services.iter().filter(|service| service.data["spec"]["type"] == "LoadBalancer");
    Ok(balanced
        .map(|service| {
            let entries = service.data["status"]["loadBalancer"]["ingress"].as_array().into_iter().flatten();
            let addresses: Vec<Ipv4Addr> = entries.filter_map(|entry| entry["ip"].as_str()?.parse().ok()).collect();
            HeldAddress { service: path(service), addresses }
        })
        .collect())
}

async fn pools(cluster: &Cluster) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let pools = cluster.list("metallb.io/v1beta1", "IPAddressPool", Some("metallb-system"), "").await?;
    let ranges = |pool: &DynamicObject| {
        let entries = pool.data["spec"]["addresses"].as_array().into_iter().flatten();
        entries.filter_map(|entry| entry.as_str().map(str::to_owned)).collect()
    };
    Ok(pools.iter().map(|pool| (name(pool), ranges(pool))).collect())
}

async fn foreign(cluster: &Cluster) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (version, kind) in WORKLOADS {
        for workload in cluster.list(version, kind, None, "").await? {
            let namespace = workload.metadata.namespace.as_deref().unwrap_or_default();
            if !plan::is_of_the_system(namespace) && !is_labelled(&workload) {
                found.push(format!("{kind} {}", path(&workload)));
            }
        }
    }
    Ok(found)
}

/// Everything outside of our namespaces, and these themselves, that carries our label.
async fn ours(cluster: &Cluster, config: &Config) -> anyhow::Result<Vec<ObjectRef>> {
    let mut found = Vec::new();
    for (version, kind, namespace) in plan::OUR_KINDS {
        for object in cluster.list(version, kind, *namespace, plan::OUR_LABEL).await? {
            found.push(ObjectRef::new(version, kind, *namespace, &name(&object)));
        }
    }
    for (version, kind) in plan::KINDS_IN_OUR_NAMESPACE {
        for object in cluster.list(version, kind, Some(&config.server.namespace), plan::OUR_LABEL).await? {
            found.push(ObjectRef::new(version, kind, Some(&config.server.namespace), &name(&object)));
        }
    }
    Ok(found)
}

fn is_labelled(object: &DynamicObject) -> bool {
    let labels = object.metadata.labels.as_ref();
    labels.and_then(|labels| labels.get("app.kubernetes.io/managed-by")).is_some_and(|by| by == "homelabctl")
}

fn name(object: &DynamicObject) -> String {
    object.metadata.name.clone().unwrap_or_default()
}

fn path(object: &DynamicObject) -> String {
    format!("{}/{}", object.metadata.namespace.as_deref().unwrap_or_default(), name(object))
}
