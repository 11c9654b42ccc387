//! Addresses of the LAN: MetalLB's pool, and the ingress on one of them with the clients' real addresses kept.

use super::{
    host::{disrupting, interruption},
    objects::{advertisement, bare, ingress_service, labelled, pool},
};
use crate::{
    config::Config,
    facts::{ClusterFacts, Facts},
    step::{Action, Object, ObjectRef, Probe, Step},
};
use serde_json::{Value, json};
use std::time::Duration;

pub(super) fn steps(config: &Config, facts: &Facts) -> Vec<Step> {
    let cluster = facts.cluster.as_ref();
    let mut steps = Vec::new();
    let address = config.network.service_address();
    let service = service_object(config);
    let is_pinned = !is_due(cluster, &service);
    let has_it = cluster.is_some_and(|cluster| {
        cluster.services.iter().any(|held| held.service == "ingress/traefik" && held.addresses.contains(&address))
    });
    if !is_pinned {
        let title = format!("let the ingress answer at {address} and see who calls");
        let step = Step::new("service-address", title, Action::Apply { objects: vec![service] });
        let moves = !has_it && cluster.is_some_and(|cluster| cluster.object(&ingress_service()).is_some());
        let interrupts = interruption(facts, "as far as they are reached through the ingress at its old address");
        steps.push(if moves { disrupting(step, interrupts) } else { step });
    }
    // the pool comes second: MetalLB refuses a pool as long as a Service holds an address outside of it, and the pin lets go
    let pools: Vec<Object> = [pool_object(config, cluster), advertisement_object(cluster)]
        .into_iter()
        .filter(|object| is_due(cluster, object))
        .collect();
    if !pools.is_empty() {
        let step = Step::new(
            "pool",
            format!("give MetalLB the addresses {}", config.network.pool),
            Action::Apply { objects: pools },
        );
        let is_changed = cluster.is_some_and(|cluster| cluster.object(&pool()).is_some());
        let interrupts = interruption(facts, "as far as they have an address of the old pool");
        steps.push(if is_changed { disrupting(step, interrupts) } else { step });
    }
    if !is_pinned || !has_it {
        let probe = Probe::ServiceAddress { service: ingress_service(), address: address.to_string() };
        let wait = Action::Wait { probe, within: Duration::from_secs(90) };
        steps.push(Step::new("service-address-given", format!("wait for {address}"), wait));
    }
    steps
}

/// Whether MetalLB has the configured pool already, so that its addresses are nobody else's business.
pub fn pool_is_right(config: &Config, cluster: Option<&ClusterFacts>) -> bool {
    !is_due(cluster, &pool_object(config, cluster))
}

fn is_due(cluster: Option<&ClusterFacts>, object: &Object) -> bool {
    !cluster.is_some_and(|cluster| cluster.has(object))
}

/// We apply it ourselves: the add-on ignores its argument once it is enabled, and it forgets the pool when its webhook is slow.
fn pool_object(config: &Config, cluster: Option<&ClusterFacts>) -> Object {
    let mut manifest = head(&pool(), cluster);
    manifest["spec"] = json!({"addresses": [config.network.pool.to_string()]});
    Object::new(manifest)
}

fn advertisement_object(cluster: Option<&ClusterFacts>) -> Object {
    Object::new(head(&advertisement(), cluster))
}

/// What was there before us keeps its owner, and an uninstall leaves it alone.
fn head(reference: &ObjectRef, cluster: Option<&ClusterFacts>) -> Value {
    match cluster.and_then(|cluster| cluster.object(reference)) {
        Some(seen) if seen["metadata"]["labels"]["app.kubernetes.io/managed-by"] != "homelabctl" => bare(reference),
        _ => labelled(reference),
    }
}

/// With policy Cluster the ingress would see the node's own address for every client, and an allow-list of the LAN would
/// admit everybody.
fn service_object(config: &Config) -> Object {
    let mut manifest = bare(&ingress_service());
    let address = config.network.service_address().to_string();
    manifest["metadata"]["annotations"] = json!({"metallb.io/loadBalancerIPs": address});
    manifest["spec"] = json!({"externalTrafficPolicy": "Local"});
    Object::new(manifest)
}
