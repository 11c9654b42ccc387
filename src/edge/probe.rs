//! Looking once: is it so already, and if not, what is missing?

use super::{cluster::Cluster, world::World};
use crate::step::{ObjectRef, Probe};
use kube::api::DynamicObject;
use serde_json::Value;

/// `None` when it is so; otherwise what is missing, in words for the waiting person.
///
/// # Errors
/// The connection to the host was lost. An API server that is away is only "not yet".
pub async fn look(world: &World, probe: &Probe) -> anyhow::Result<Option<String>> {
    let Some(cluster) = world.look_for_cluster().await? else {
        return Ok(Some("the API server does not answer yet".into()));
    };
    Ok(ask(&cluster, probe).await.unwrap_or_else(|error| Some(format!("{error:#}"))))
}

async fn ask(cluster: &Cluster, probe: &Probe) -> anyhow::Result<Option<String>> {
    Ok(match probe {
        Probe::Api => match cluster.raw("/readyz").await? {
            (200, _) => None,
            (status, body) => Some(format!("/readyz answers {status}: {}", body.lines().next().unwrap_or_default())),
        },
        Probe::Nodes => {
            let nodes = cluster.list("v1", "Node", None, "").await?;
            let waiting: Vec<String> =
                nodes.iter().filter(|node| !is_true(node, "Ready")).map(|node| name(node).to_owned()).collect();
            if nodes.is_empty() {
                Some("there is no node yet".into())
            } else if waiting.is_empty() {
                None
            } else {
                Some(format!("not Ready: {}", waiting.join(", ")))
            }
        }
        Probe::Workload(object) => match cluster.get(object).await? {
            None => Some(format!("{object} does not exist yet")),
            Some(found) => missing(object, &found),
        },
        Probe::Exists(object) => cluster.get(object).await?.is_none().then(|| format!("{object} does not exist yet")),
        Probe::Gone(object) => cluster.get(object).await?.is_some().then(|| format!("{object} is still there")),
        Probe::ServiceAddress { service, address } => match cluster.get(service).await? {
            None => Some(format!("{service} does not exist yet")),
            Some(found) => {
                let addresses: Vec<&str> = found.data["status"]["loadBalancer"]["ingress"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| entry["ip"].as_str())
                    .collect();
                (!addresses.contains(&address.as_str())).then(|| {
                    format!(
                        "its address is {}",
                        if addresses.is_empty() { "pending".into() } else { addresses.join(", ") }
                    )
                })
            }
        },
        Probe::ApiService { name } => {
            match cluster.get(&ObjectRef::new("apiregistration.k8s.io/v1", "APIService", None, name)).await? {
                None => Some(format!("{name} is not registered yet")),
                Some(found) => (!is_true(&found, "Available")).then(|| format!("{name} is not available yet")),
            }
        }
    })
}

fn name(object: &DynamicObject) -> &str {
    object.metadata.name.as_deref().unwrap_or_default()
}

fn is_true(object: &DynamicObject, condition: &str) -> bool {
    object.data["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|entry| entry["type"] == condition && entry["status"] == "True")
}

/// What a workload still lacks: the controller has seen the newest version, every wanted pod is of it and available.
pub fn missing(object: &ObjectRef, found: &DynamicObject) -> Option<String> {
    let (spec, status) = (&found.data["spec"], &found.data["status"]);
    let count = |value: &Value| value.as_i64().unwrap_or(0);
    let (wanted, updated, available) = if object.kind == "DaemonSet" {
        (
            count(&status["desiredNumberScheduled"]),
            count(&status["updatedNumberScheduled"]),
            count(&status["numberAvailable"]),
        )
    } else {
        (spec["replicas"].as_i64().unwrap_or(1), count(&status["updatedReplicas"]), count(&status["availableReplicas"]))
    };
    if status["observedGeneration"].as_i64() < found.metadata.generation {
        return Some("its controller has not seen the newest version".into());
    }
    let total = if object.kind == "DaemonSet" { wanted } else { count(&status["replicas"]) };
    if object.kind == "DaemonSet" && wanted == 0 {
        return Some("no node is meant to run it yet".into());
    }
    (updated < wanted || available < wanted || total > wanted)
        .then(|| format!("{available} of {wanted} pods available, {updated} of them new"))
}

#[cfg(test)]
mod tests {
    use super::missing;
    use crate::step::ObjectRef;

    fn check(kind: &str, object: &serde_json::Value, expected: Option<&str>) {
        let mut whole =
            serde_json::json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "x", "generation": 2}});
        whole["spec"] = object["spec"].clone();
        whole["status"] = object["status"].clone();
        let found = serde_json::from_value(whole).expect("an object");
        assert_eq!(missing(&ObjectRef::new("apps/v1", kind, Some("n"), "x"), &found).as_deref(), expected, "{object}");
    }

    #[test]
    fn a_workload_is_done_when_only_new_pods_serve() {
        let json = |spec: i64, generation: i64, replicas: i64, updated: i64, available: i64| serde_json::json!({"spec": {"replicas": spec}, "status": {"observedGeneration": generation, "replicas": replicas, "updatedReplicas": updated, "availableReplicas": available}});
        check("Deployment", &json(2, 2, 2, 2, 2), None);
        check("Deployment", &json(2, 1, 2, 2, 2), Some("its controller has not seen the newest version"));
        check("Deployment", &json(2, 2, 3, 2, 3), Some("3 of 2 pods available, 2 of them new"));
        check("Deployment", &json(2, 2, 2, 1, 2), Some("2 of 2 pods available, 1 of them new"));
        check(
            "DaemonSet",
            &serde_json::json!({"spec": {}, "status": {"observedGeneration": 2}}),
            Some("no node is meant to run it yet"),
        );
    }
}
