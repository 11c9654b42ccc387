//! Taking back what homelabctl created, and nothing else: found by label, not by what would be created today.

use super::host::MICROK8S;
use super::objects::{HOST_FOLDER, advertisement, bare, ingress_service, pool};
use crate::{
    config::Config,
    facts::{ClusterFacts, Facts},
    step::{Action, Cmd, Edit, Object, ObjectRef, Plan, Probe, Step},
    store::Store,
};
use std::time::Duration;

/// What an uninstall leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    Nothing,
    /// Volumes, keys, certificates and the history, in the cluster and on this laptop.
    Data,
}

/// Everything of ours in the cluster and on this laptop. MicroK8s and its add-ons stay: others may run on them.
pub fn uninstall(config: &Config, facts: &Facts, store: &Store, keep: Keep) -> Plan {
    let mut steps = Vec::new();
    if let Some(cluster) = &facts.cluster {
        steps.extend(workloads(config, cluster, keep));
        steps.extend(ingress(cluster));
        steps.extend(addresses(cluster));
    }
    if keep == Keep::Nothing {
        steps.extend(images(facts));
    }
    steps.extend(laptop(facts, store, keep));
    Plan { steps }
}

fn workloads(config: &Config, cluster: &ClusterFacts, keep: Keep) -> Vec<Step> {
    let namespace = config.server.namespace.as_str();
    let others_live_there = cluster.foreign.iter().any(|workload| workload.contains(&format!(" {namespace}/")));
    let namespaces: Vec<ObjectRef> = cluster.ours.iter().filter(|object| object.kind == "Namespace").cloned().collect();
    let mut steps = Vec::new();
    if keep == Keep::Data || others_live_there {
        let kept = |object: &ObjectRef| keep == Keep::Data && DATA.contains(&object.kind.as_str());
        let inside = |object: &&ObjectRef| object.namespace.as_deref() == Some(namespace) && !kept(object);
        let objects: Vec<ObjectRef> = cluster.ours.iter().filter(inside).cloned().collect();
        if !objects.is_empty() {
            let title = format!("remove the MCP server from {namespace}");
            let workloads: Vec<ObjectRef> =
                objects.iter().filter(|object| object.api_version == "apps/v1").cloned().collect();
            steps.push(Step::new("server", title, Action::Delete { objects }));
            steps.extend(workloads.into_iter().map(gone));
        }
    }
    if keep == Keep::Nothing {
        let stays = |object: &ObjectRef| others_live_there && object.name == namespace;
        let going: Vec<ObjectRef> = namespaces.into_iter().filter(|object| !stays(object)).collect();
        if !going.is_empty() {
            let names: Vec<&str> = going.iter().map(|object| object.name.as_str()).collect();
            let title =
                format!("remove {} with all that is in them, volumes, releases and keys included", names.join(" and "));
            steps.push(Step::new("namespaces", title, Action::Delete { objects: going.clone() }));
            steps.extend(going.into_iter().map(gone));
        }
    }
    let rights: Vec<ObjectRef> =
        cluster.ours.iter().filter(|object| object.kind.starts_with("ClusterRole")).cloned().collect();
    if !rights.is_empty() {
        steps.push(Step::new("rights", "remove its rights in the cluster", Action::Delete { objects: rights }));
    }
    steps
}

/// What is being removed is there until its pods have ended.
fn gone(object: ObjectRef) -> Step {
    let title = format!("wait for {} to be gone", object.name);
    let id = format!("{}-gone", object.name);
    Step::new(id, title, Action::Wait { probe: Probe::Gone(object), within: Duration::from_secs(180) })
}

/// Kinds that hold what cannot be made again. `KINDS_IN_OUR_NAMESPACE` ends with them.
const DATA: [&str; 2] = ["Secret", "PersistentVolumeClaim"];

/// An apply without any field gives back those that we set.
fn ingress(cluster: &ClusterFacts) -> Option<Step> {
    let service = cluster.object(&ingress_service())?;
    let managers = service["metadata"]["managedFields"].as_array().into_iter().flatten();
    let is_ours = managers.clone().any(|entry| entry["manager"] == "homelabctl" && entry["operation"] == "Apply");
    let objects = vec![Object::new(bare(&ingress_service()))];
    is_ours.then(|| Step::new("ingress", "let the ingress' address go", Action::Apply { objects }))
}

/// The pool goes when it is ours and nobody else's Service lives on it.
fn addresses(cluster: &ClusterFacts) -> Option<Step> {
    let is_used = cluster.services.iter().any(|held| held.service != "ingress/traefik");
    let objects: Vec<ObjectRef> =
        [advertisement(), pool()].into_iter().filter(|object| cluster.ours.contains(object)).collect();
    (!is_used && !objects.is_empty())
        .then(|| Step::new("pool", "take the pool from MetalLB", Action::Delete { objects }))
}

/// The server's images, in containerd and as archives for a rollback.
fn images(facts: &Facts) -> Vec<Step> {
    let mut steps = Vec::new();
    let images = facts.microk8s.as_ref().map_or(&[][..], |snap| &snap.images);
    if !images.is_empty() {
        let words = [MICROK8S, "ctr", "image", "rm"].into_iter().chain(images.iter().map(String::as_str));
        let remove = Cmd::root(words).within(Duration::from_secs(120));
        steps.push(Step::new("images", "remove the server's images from the host", Action::Run(remove)));
    }
    if facts.host.archives {
        let remove = Cmd::root(["rm", "-rf", HOST_FOLDER]);
        steps.push(Step::new("archives", "remove their archives from the host", Action::Run(remove)));
    }
    steps
}

fn laptop(facts: &Facts, store: &Store, keep: Keep) -> Vec<Step> {
    let mut files = Vec::new();
    if facts.laptop.connection.is_some() {
        files.push(("connection".to_owned(), "the server's address".to_owned(), store.connection()));
    }
    if keep == Keep::Nothing {
        if facts.laptop.ca.is_some() {
            files.push(("trust".to_owned(), "the CA's certificate".to_owned(), store.ca()));
        }
        if facts.laptop.image {
            files.push(("image".to_owned(), "the image".to_owned(), store.image()));
        }
        let keys = facts.laptop.keys.keys();
        files.extend(keys.map(|name| (format!("key-{name}"), format!("the key {name}"), store.keys().join(name))));
    }
    let remove = |(id, what, file): (String, String, std::path::PathBuf)| {
        Step::new(id, format!("forget {what} on this machine"), Action::Edit { file, edit: Edit::Remove })
    };
    files.into_iter().map(remove).collect()
}
