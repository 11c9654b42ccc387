//! The cluster: objects that setup has an opinion on, the state of the add-ons, and what else lives there.

use crate::{
    config::Config,
    edge::{
        cluster::{self, Cluster},
        probe,
        world::World,
    },
    facts::{AddonState, ClusterFacts, HeldAddress, Microk8sFacts, Node, Seen},
    plan::{self, ADDONS, Addon, subject},
    step::ObjectRef,
};
use futures::future::try_join_all;
use kube::api::DynamicObject;
use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

/// Kinds of workloads that a person may run.
const WORKLOADS: [(&str, &str); 4] =
    [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"), ("batch/v1", "CronJob")];

/// A fresh kind or a fresh API server refuses lists for some seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until the API server answers every question, or for as long as it takes to believe that it will not.
pub(super) async fn look(
    world: &World,
    config: &Config,
    microk8s: Option<&Microk8sFacts>,
) -> anyhow::Result<Option<ClusterFacts>> {
    let started = Instant::now();
    loop {
        match look_once(world, config, microk8s).await {
            Err(error) if cluster::is_early(&error) && started.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            other => return other,
        }
    }
}

/// `None` while the API server does not answer, or says that it is not ready: what it lists then is not all.
async fn look_once(
    world: &World,
    config: &Config,
    microk8s: Option<&Microk8sFacts>,
) -> anyhow::Result<Option<ClusterFacts>> {
    let Some(cluster) = world.look_for_cluster().await? else { return Ok(None) };
    match cluster.raw("/readyz").await {
        Ok((200, _)) => (),
        Ok(_) => return Ok(None),
        Err(error) if cluster::is_unreachable(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let (nodes, services, pools, foreign, ours, objects, addons) = tokio::try_join!(
        nodes(&cluster),
        services(&cluster),
        pools(&cluster),
        foreign(&cluster),
        ours(&cluster, config),
        objects(&cluster, config),
        try_join_all(ADDONS.iter().map(|addon| addon_state(world, &cluster, addon))),
    )?;
    let rbac_is_on = microk8s
        .and_then(|snap| snap.api_argument("--authorization-mode"))
        .is_some_and(|modes| modes.split(',').any(|mode| mode == "RBAC"));
    let mut addons: BTreeMap<String, AddonState> =
        ADDONS.iter().map(|addon| addon.name.to_owned()).zip(addons).collect();
    // roles stay behind when RBAC is switched off, and MicroK8s then calls it enabled
    if let Some(state) = addons.get_mut("rbac").filter(|state| !rbac_is_on && **state != AddonState::Absent) {
        *state = AddonState::Partial;
    }
    Ok(Some(ClusterFacts { objects, addons, nodes, services, pools, foreign, ours }))
}

async fn objects(cluster: &Cluster, config: &Config) -> anyhow::Result<BTreeMap<ObjectRef, Seen>> {
    let look = async |reference: ObjectRef| -> anyhow::Result<Option<(ObjectRef, Seen)>> {
        let Some(found) = cluster.get(&reference).await? else { return Ok(None) };
        Ok(Some((reference, Seen(serde_json::to_value(found)?))))
    };
    let found = try_join_all(plan::watched(config).into_iter().map(look)).await?;
    Ok(found.into_iter().flatten().collect())
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
    let lists = WORKLOADS.iter().map(|(version, kind)| cluster.list(version, kind, None, ""));
    let mut found = Vec::new();
    for ((_, kind), workloads) in WORKLOADS.iter().zip(try_join_all(lists).await?) {
        for workload in workloads {
            let namespace = workload.metadata.namespace.as_deref().unwrap_or_default();
            if !plan::is_of_the_system(namespace) && !is_labelled(&workload) {
                found.push(format!("{kind} {}", path(&workload)));
            }
        }
    }
    Ok(found)
}

/// Everything that carries our label, as far as an uninstall may have to remove it one by one.
async fn ours(cluster: &Cluster, config: &Config) -> anyhow::Result<Vec<ObjectRef>> {
    let inside = plan::KINDS_IN_OUR_NAMESPACE
        .iter()
        .map(|(version, kind)| (*version, *kind, Some(config.server.namespace.as_str())));
    let kinds: Vec<(&str, &str, Option<&str>)> = plan::OUR_KINDS.iter().copied().chain(inside).collect();
    let lists = kinds.iter().map(|(version, kind, namespace)| cluster.list(version, kind, *namespace, plan::OUR_LABEL));
    let mut found = Vec::new();
    for ((version, kind, namespace), objects) in kinds.iter().zip(try_join_all(lists).await?) {
        found.extend(objects.iter().map(|object| ObjectRef::new(version, kind, *namespace, &name(object))));
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
