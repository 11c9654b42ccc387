//! From what is wanted and what there is to a release: claim, switch under watch, prove, record. Rollback and undo are the same.

use super::MICROK8S;
use crate::{
    manifests,
    release::{Claim, Content, Door, Entry, Gate, Git, History, Kind, REPLICAS_MANAGER, Release, Who, drift},
    step::{Action, Cmd, Object, ObjectRef, Plan, Shipment, Step},
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// Where the host keeps the archives of images that a rollback may need.
pub const ARCHIVES: &str = "/var/lib/homelabctl/images";

/// What shall run, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub content: Content,
    pub kind: Kind,
    pub reason: String,
    pub who: Who,
    pub git: Option<Git>,
    /// The image's archive, when it is on this machine.
    pub archive: Option<Shipment>,
    /// A release although nothing changed.
    pub force: bool,
    pub door: Door,
    /// How many proven releases are kept.
    pub keep: u32,
}

/// What there is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    pub history: History,
    /// The content of the last proven release.
    pub current: Option<Content>,
    /// Objects of the wanted content and of recorded ones, as far as they exist.
    pub live: BTreeMap<ObjectRef, Value>,
    /// Objects of contents that were recorded since the last proven release, that one included.
    pub recorded: Vec<ObjectRef>,
    /// The digest that the node knows behind the wanted tag.
    pub held: Option<String>,
    /// The host keeps the wanted image's archive.
    pub archived: bool,
    /// Pods that serve now.
    pub serving: u32,
    /// The number of pods when it is ours to say, and homelabctl is recorded as who said it.
    pub own_replicas: Option<i64>,
    /// Entries of keys that earlier gates left behind.
    pub leftovers: Vec<String>,
}

/// Why no plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    #[error("the image {0} is neither on the node nor in the host's archive nor on this machine")]
    NoImage(String),
}

/// The whole release, or what little there is to tidy up when nothing would change.
pub fn plan(wanted: &Wanted, facts: &Facts) -> Result<Plan, Impossible> {
    let namespace = &wanted.door.namespace;
    let mut steps = Vec::new();
    let unfinished = facts.history.unfinished();
    if !unfinished.is_empty() {
        let title = format!("mark release {} as abandoned: its run was killed", list(&unfinished));
        steps.push(record("abandon", title, Entry::Abandon { namespace: namespace.clone(), numbers: unfinished }));
    }
    if !facts.leftovers.is_empty() {
        let close = Action::Gate(Gate::Close { namespace: namespace.clone() });
        steps.push(Step::new("sweep", "remove keys that killed gates left behind", close));
    }
    if !changes_anything(wanted, facts) {
        return Ok(Plan { steps });
    }
    steps.extend(bring_image(wanted, facts)?);
    let number = facts.history.next_number();
    let claim = Claim {
        namespace: namespace.clone(),
        number,
        kind: wanted.kind,
        reason: wanted.reason.clone(),
        who: wanted.who.clone(),
        git: wanted.git.clone(),
        content: wanted.content.clone(),
    };
    steps.push(record("claim", format!("record release {number}"), Entry::Claim(Box::new(claim))));
    steps.extend(switch(wanted, facts));
    steps.push(record(
        "proven",
        format!("record that release {number} is proven"),
        Entry::Proven { namespace: namespace.clone() },
    ));
    steps.extend(tidy(wanted, facts));
    Ok(Plan { steps })
}

/// Whether the cluster is not yet, or no longer, as wanted.
fn changes_anything(wanted: &Wanted, facts: &Facts) -> bool {
    let same = facts.current.as_ref().is_some_and(|current| current.same_effect(&wanted.content));
    wanted.force
        || !same
        || !differences(wanted, facts).is_empty()
        || facts.held.as_deref() != Some(&wanted.content.image.digest)
}

/// What in the cluster is not as wanted: objects that are missing, or fields that somebody changed.
pub fn differences(wanted: &Wanted, facts: &Facts) -> Vec<String> {
    let mut found = Vec::new();
    for object in &wanted.content.objects {
        let reference = Object::new(object.clone()).reference();
        match facts.live.get(&reference) {
            None => found.push(format!("{reference} is missing")),
            // a claim cannot be changed, only made
            Some(_) if reference.kind == "PersistentVolumeClaim" => (),
            Some(live) => found.extend(drift(object, live).into_iter().map(|path| format!("{reference}: {path}"))),
        }
    }
    found.extend(surplus(wanted, facts).iter().map(|reference| format!("{reference} is no longer needed")));
    found
}

fn bring_image(wanted: &Wanted, facts: &Facts) -> Result<Vec<Step>, Impossible> {
    let image = &wanted.content.image;
    let kept = archive_path(&image.digest);
    if facts.held.as_deref() == Some(&image.digest) {
        return Ok(Vec::new());
    }
    if let Some(shipment) = &wanted.archive {
        return Ok(vec![Step::new(
            "send",
            format!("send the image {}", image.reference),
            Action::Send(shipment.clone()),
        )]);
    }
    if facts.archived {
        let import = Cmd::root([MICROK8S, "ctr", "image", "import", "--no-unpack=false", &kept]);
        let import = Action::Run(import.within(Duration::from_secs(300)));
        return Ok(vec![Step::new(
            "restore",
            format!("bring back the image {} from the host's archive", image.reference),
            import,
        )]);
    }
    Err(Impossible::NoImage(image.reference.clone()))
}

/// From the first key to the closed gate.
fn switch(wanted: &Wanted, facts: &Facts) -> Vec<Step> {
    let door = &wanted.door;
    let namespace = &door.namespace;
    let gate = |id: &str, title: &str, gate: Gate| Step::new(id, title, Action::Gate(gate));
    let mut steps = vec![gate(
        "mint",
        "make a key for the gate that ends after 15 minutes",
        Gate::Mint { namespace: namespace.clone() },
    )];
    if facts.serving > 0 {
        steps.push(gate("watch", "watch every call from now on", Gate::Watch { door: door.clone() }));
    }
    let deployment = manifests::deployment(namespace);
    let counted = wanted.content.objects.iter().any(|object| object["kind"] == "HorizontalPodAutoscaler");
    if let (true, Some(replicas)) = (counted, facts.own_replicas) {
        let title = format!("hand the number of pods ({replicas}) over to the autoscaler");
        let action = Action::HandOver { deployment: deployment.clone(), replicas, to: REPLICAS_MANAGER.into() };
        steps.push(Step::new("hand-over", title, action));
    }
    let is_claim = |object: &&Value| object["kind"] == "PersistentVolumeClaim";
    let exists = |object: &&Value| facts.live.contains_key(&Object::new((*object).clone()).reference());
    let objects = wanted.content.objects.iter().filter(|object| !(is_claim(object) && exists(object)));
    let objects: Vec<Object> = objects.cloned().map(Object::new).collect();
    steps.push(Step::new("apply", format!("apply {} objects", objects.len()), Action::Apply { objects }));
    // an autoscaler that is not wanted any more would count against us
    let surplus = surplus(wanted, facts);
    let (scalers, others): (Vec<_>, Vec<_>) =
        surplus.into_iter().partition(|object| object.kind == "HorizontalPodAutoscaler");
    if !scalers.is_empty() {
        steps.push(Step::new("unscale", "remove the autoscaler", Action::Delete { objects: scalers }));
    }
    steps.push(gate(
        "roll",
        "roll out, one pod at a time",
        Gate::Roll { deployment, image: wanted.content.image.clone() },
    ));
    let title = format!("call it through the real address{}", door.stand.words());
    steps.push(gate("prove", &title, Gate::Prove { door: door.clone() }));
    let job = Box::new(Object::new(manifests::attack_job(door, &wanted.content.image.reference)));
    steps.push(gate("attack", "attack the allow-list and port 80", Gate::Attack { door: door.clone(), job }));
    if !others.is_empty() {
        steps.push(Step::new(
            "remove",
            "remove objects that this release does not have",
            Action::Delete { objects: others },
        ));
    }
    steps.push(gate("close", "remove the gate's key", Gate::Close { namespace: namespace.clone() }));
    steps
}

/// Recorded objects that are still there and not wanted. Volume claims are never removed; settings and credentials of kept
/// releases are in their records, and come back from there.
fn surplus(wanted: &Wanted, facts: &Facts) -> Vec<ObjectRef> {
    let kept = manifests::references(&wanted.content.objects);
    let gone = |object: &&ObjectRef| {
        object.kind != "PersistentVolumeClaim" && !kept.contains(object) && facts.live.contains_key(object)
    };
    let mut found: Vec<ObjectRef> = facts.recorded.iter().filter(gone).cloned().collect();
    found.sort();
    found.dedup();
    found
}

/// Records and images that no kept release needs.
fn tidy(wanted: &Wanted, facts: &Facts) -> Option<Step> {
    let gone: Vec<&Release> = facts.history.prunable(wanted.keep);
    if gone.is_empty() {
        return None;
    }
    let content = &wanted.content;
    let objects = facts.history.objects_of(&wanted.door.namespace, &gone, &content.hash());
    let images = facts.history.images_of(&gone, &content.image.reference);
    let numbers: Vec<u32> = gone.iter().map(|release| release.number()).collect();
    Some(record(
        "forget",
        format!("forget release {}: {} are kept", list(&numbers), wanted.keep),
        Entry::Forget { objects, images },
    ))
}

/// Where the host keeps the archive of an image.
pub fn archive_path(digest: &str) -> String {
    format!("{ARCHIVES}/{}.tar", digest.trim_start_matches("sha256:"))
}

fn record(id: &str, title: String, entry: Entry) -> Step {
    Step::new(id, title, Action::Record(entry))
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[path = "deploy_tests.rs"]
mod tests;
