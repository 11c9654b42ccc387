//! Pods as a person wants to see them: state, events, last words.

use super::cluster::Cluster;
use crate::{
    manifests::NAME,
    release::{Health, Pod},
    step::ObjectRef,
};
use anyhow::Context as _;
use k8s_openapi::api::core::v1::Pod as Typed;
use kube::{
    Api,
    api::{DynamicObject, LogParams},
};
use serde_json::Value;
use std::time::Duration;

/// Everything about the pods of a Deployment at one moment.
pub struct Seen {
    pub health: Health,
    pub pods: Vec<DynamicObject>,
}

/// Looks at the Deployment, its newest ReplicaSet and its pods.
///
/// # Errors
/// The API server does not answer, or there is no such Deployment.
pub async fn look(cluster: &Cluster, deployment: &ObjectRef) -> anyhow::Result<Seen> {
    let namespace = deployment.namespace.as_deref();
    let found = cluster.get(deployment).await?.with_context(|| format!("{deployment} does not exist"))?;
    let sets = cluster.list("apps/v1", "ReplicaSet", namespace, &selector()).await?;
    let pods = of_server(cluster, namespace.unwrap_or_default()).await?;
    let seen = found.data["status"]["observedGeneration"].as_i64() >= found.metadata.generation;
    let revision = annotation(&found, REVISION);
    let newest = sets.iter().find(|set| revision.is_some() && annotation(set, REVISION) == revision);
    // before the controller has seen the newest version, the newest set is still the one of before
    let hash = newest.filter(|_| seen).and_then(|set| label(set, TEMPLATE)).map(str::to_owned);
    let list: Vec<Pod> = pods.iter().map(|pod| describe(pod, hash.as_deref())).collect();
    let serving = list.iter().filter(|pod| pod.new && pod.ready && !pod.leaving).count();
    let health = Health {
        seen: seen && hash.is_some(),
        wanted: found.data["spec"]["replicas"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        serving: u32::try_from(serving)?,
        pods: list,
    };
    Ok(Seen { health, pods })
}

const REVISION: &str = "deployment.kubernetes.io/revision";
const TEMPLATE: &str = "pod-template-hash";

fn selector() -> String {
    format!("app.kubernetes.io/name={NAME}")
}

/// The server's pods.
///
/// # Errors
/// The API server does not answer.
pub async fn of_server(cluster: &Cluster, namespace: &str) -> anyhow::Result<Vec<DynamicObject>> {
    cluster.list("v1", "Pod", Some(namespace), &selector()).await
}

fn describe(pod: &DynamicObject, newest: Option<&str>) -> Pod {
    let status = &pod.data["status"];
    let container = &status["containerStatuses"][0];
    Pod {
        name: name(pod).to_owned(),
        new: newest.is_some() && label(pod, TEMPLATE) == newest,
        ready: is_ready(pod),
        leaving: pod.metadata.deletion_timestamp.is_some(),
        restarts: container["restartCount"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(0),
        trouble: trouble(status),
    }
}

/// Why a pod does not run; being created is no trouble.
fn trouble(status: &Value) -> Option<(String, String)> {
    let waiting = &status["containerStatuses"][0]["state"]["waiting"];
    let words = |place: &Value| {
        Some((place["reason"].as_str()?.to_owned(), place["message"].as_str().unwrap_or_default().to_owned()))
    };
    if let Some((word, explanation)) = words(waiting) {
        return (!["ContainerCreating", "PodInitializing"].contains(&word.as_str())).then_some((word, explanation));
    }
    let unscheduled = status["conditions"].as_array().into_iter().flatten();
    unscheduled.into_iter().find(|one| one["type"] == "PodScheduled" && one["status"] == "False").and_then(words)
}

/// What is wrong with the pods of a namespace, a line each.
///
/// # Errors
/// The API server does not answer.
pub async fn troubles(cluster: &Cluster, namespace: &str) -> anyhow::Result<Vec<String>> {
    let pods = cluster.list("v1", "Pod", Some(namespace), "").await?;
    let line = |pod: &DynamicObject| {
        let (word, explanation) = trouble(&pod.data["status"])?;
        Some(format!("pod {}: {word} {explanation}", name(pod)).trim_end().to_owned())
    };
    Ok(pods.iter().filter_map(line).collect())
}

pub fn is_ready(pod: &DynamicObject) -> bool {
    let conditions = pod.data["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
}

pub fn name(object: &DynamicObject) -> &str {
    object.metadata.name.as_deref().unwrap_or_default()
}

fn label<'a>(object: &'a DynamicObject, label: &str) -> Option<&'a str> {
    object.metadata.labels.as_ref()?.get(label).map(String::as_str)
}

fn annotation<'a>(object: &'a DynamicObject, annotation: &str) -> Option<&'a str> {
    object.metadata.annotations.as_ref()?.get(annotation).map(String::as_str)
}

/// The events about objects whose name begins so, oldest first, one line each.
///
/// # Errors
/// The API server does not answer.
pub async fn events(cluster: &Cluster, namespace: &str, prefix: &str) -> anyhow::Result<Vec<String>> {
    let events = cluster.list("v1", "Event", Some(namespace), "").await?;
    let mut lines: Vec<(String, String)> = events
        .iter()
        .filter(|event| event.data["involvedObject"]["name"].as_str().is_some_and(|name| name.starts_with(prefix)))
        .map(|event| {
            let text = |field: &str| event.data[field].as_str().unwrap_or_default();
            let when = [text("lastTimestamp"), text("eventTime")]
                .into_iter()
                .find(|when| !when.is_empty())
                .unwrap_or_default()
                .to_owned();
            let about = &event.data["involvedObject"];
            let (kind, name) = (about["kind"].as_str().unwrap_or_default(), about["name"].as_str().unwrap_or_default());
            let line =
                format!("{} {} {kind} {name}: {}", text("type"), text("reason"), text("message").replace('\n', " "));
            (when, line)
        })
        .collect();
    lines.sort();
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// The last lines of a pod's log, of the run before its last restart if wanted. A pod that has said nothing has none.
pub async fn tail(cluster: &Cluster, namespace: &str, pod: &str, lines: i64, previous: bool) -> Vec<String> {
    let api: Api<Typed> = Api::namespaced(cluster.patient(), namespace);
    let wanted = LogParams { tail_lines: Some(lines), previous, ..LogParams::default() };
    match tokio::time::timeout(Duration::from_secs(10), api.logs(pod, &wanted)).await {
        Ok(Ok(text)) => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
