//! The facts of a deployment: what the planner of releases needs to know.

use super::{cluster::Cluster, gate, records, ship, world::World};
use crate::{
    failure::{Cause, Kind},
    manifests::{self, Controller, Site},
    plan::deploy::Facts,
    release::{Content, Door, Release},
    step::ObjectRef,
};
use anyhow::Context as _;
use homelab_mcp::keys::SECRET;
use kube::api::DynamicObject;
use serde_json::Value;
use std::{collections::BTreeSet, net::Ipv4Addr};

/// What manifests depend on, and that `setup` has been here.
///
/// # Errors
/// Something that setup makes is missing.
pub async fn site(cluster: &Cluster, door: &Door) -> anyhow::Result<Site> {
    let namespace = Some(door.namespace.as_str());
    for needed in [
        ObjectRef::new("v1", "Namespace", None, &door.namespace),
        ObjectRef::new("v1", "Secret", namespace, "homelab-mcp-tls"),
        ObjectRef::new("v1", "Secret", namespace, SECRET),
        ObjectRef::new("v1", "ConfigMap", namespace, "homelab-ca"),
    ] {
        if cluster.get(&needed).await?.is_none() {
            return Err(not_set_up(format!("{needed} is missing: the host is not set up")));
        }
    }
    let class = cluster.get(&ObjectRef::new("networking.k8s.io/v1", "IngressClass", None, "public")).await?;
    let class = class.ok_or_else(|| not_set_up("there is no IngressClass public: the ingress add-on is off".into()))?;
    let class = class.data["spec"]["controller"].as_str().unwrap_or_default().to_owned();
    let controller = Controller::of_class(&class);
    let controller = controller
        .with_context(|| format!("IngressClass public is served by `{class}`, which homelabctl does not know"))?;
    let nodes = cluster.list("v1", "Node", None, "").await?;
    let nodes: Vec<Ipv4Addr> = nodes.iter().flat_map(addresses).collect();
    anyhow::ensure!(!nodes.is_empty(), "no node has an address");
    Ok(Site { controller, nodes })
}

fn not_set_up(message: String) -> anyhow::Error {
    Cause::new(Kind::Failed, message, "homelabctl setup").into()
}

fn addresses(node: &DynamicObject) -> Vec<Ipv4Addr> {
    let entries = node.data["status"]["addresses"].as_array().into_iter().flatten();
    let internal = entries.filter(|entry| entry["type"] == "InternalIP");
    let mut found: Vec<Ipv4Addr> = internal.filter_map(|entry| entry["address"].as_str()?.parse().ok()).collect();
    found.sort_unstable();
    found
}

/// Looks at everything that decides what a release has to do.
///
/// # Errors
/// The host or the API server does not answer, or a record is damaged.
pub async fn facts(world: &World, wanted: &Content, door: &Door) -> anyhow::Result<Facts> {
    let cluster = world.cluster().await?;
    let namespace = door.namespace.as_str();
    let history = records::history(&cluster, namespace).await?;
    let proven = history.last_proven().map(Release::number);
    let mut current = None;
    let mut recorded = BTreeSet::new();
    // what came after the last proven release may have left objects too
    for release in history.releases.iter().take_while(|release| Some(release.number()) >= proven) {
        let content = records::content(&cluster, namespace, &release.head).await?;
        recorded.extend(manifests::references(&content.objects));
        if Some(release.number()) == proven {
            current = Some(content);
        }
    }
    let mut facts = Facts { history, current, ..Facts::default() };
    let wanted_ones = manifests::references(&wanted.objects);
    for object in wanted_ones.iter().chain(&recorded) {
        if !facts.live.contains_key(object)
            && let Some(found) = cluster.get(object).await?
            // on its way out: it has to be made anew
            && found.metadata.deletion_timestamp.is_none()
        {
            facts.live.insert(object.clone(), value(object, found)?);
        }
    }
    facts.recorded = recorded.into_iter().collect();
    facts.held = ship::digest(world, &wanted.image.reference).await?;
    facts.archived = facts.held.is_none() && ship::is_kept(world, &wanted.image.digest).await?;
    if let Some(deployment) = facts.live.get(&manifests::deployment(namespace)) {
        let available = deployment["status"]["availableReplicas"].as_u64().unwrap_or(0);
        facts.serving = u32::try_from(available).unwrap_or(u32::MAX);
        facts.own_replicas = own_replicas(deployment);
    }
    let keys = cluster.get(&ObjectRef::new("v1", "Secret", Some(namespace), SECRET)).await?;
    facts.leftovers = keys.map(|keys| gate::leftovers(&keys.data["data"])).unwrap_or_default();
    Ok(facts)
}

/// With apiVersion and kind, which the server leaves out of what it read into a type.
fn value(reference: &ObjectRef, found: DynamicObject) -> anyhow::Result<Value> {
    let mut value = serde_json::to_value(found)?;
    value["apiVersion"] = reference.api_version.as_str().into();
    value["kind"] = reference.kind.as_str().into();
    Ok(value)
}

/// The number of pods, if homelabctl is the one who set it.
fn own_replicas(deployment: &Value) -> Option<i64> {
    let managers = deployment["metadata"]["managedFields"].as_array()?;
    let ours = managers.iter().any(|entry| {
        entry["manager"] == super::cluster::MANAGER && !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null()
    });
    ours.then(|| deployment["spec"]["replicas"].as_i64()).flatten()
}
