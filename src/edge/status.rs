//! Looks at the deployment as a whole, through the cluster and through the real address.

use super::{
    endpoint::{Endpoint, Manner, Target},
    materials, pods, records,
    road::Road,
    world::World,
};
use crate::{
    release::Door,
    secret::Secret,
    status::{Health, Pod, Running, Status},
    step::ObjectRef,
    tls::Certificate,
};
use kube::api::DynamicObject;
use time::OffsetDateTime;

/// # Errors
/// The API server does not answer. A server that is not well is a fact.
pub async fn look(world: &World, door: &Door) -> anyhow::Result<Status> {
    let cluster = world.cluster().await?;
    let namespace = door.namespace.as_str();
    let history = records::history(&cluster, namespace).await?;
    let newest = history.newest().map(|release| (release.number(), release.state()));
    let release = history.last_proven().map(|release| Running {
        number: release.number(),
        image: release.head.image.reference.clone(),
        newer: newest
            .filter(|(number, _)| *number != release.number())
            .map(|(number, state)| format!("release {number} is {state}")),
    });
    let entry = async |kind: &str, name: &str, entry: &str| -> anyhow::Result<Option<String>> {
        let found = cluster.get(&ObjectRef::new("v1", kind, Some(namespace), name)).await?;
        Ok(found.and_then(|found| materials::entry(&found, entry)).and_then(|bytes| String::from_utf8(bytes).ok()))
    };
    let certificate = entry("Secret", "homelab-mcp-tls", "tls.crt").await?;
    let certificate = certificate.and_then(|pem| Certificate::read(&pem).ok());
    let ca = entry("ConfigMap", "homelab-ca", "ca.crt").await?;
    Ok(Status {
        version: 1,
        url: format!("https://{}/mcp", door.name),
        address: door.address.to_string(),
        release,
        pods: pods::of_server(&cluster, namespace).await?.iter().map(describe).collect(),
        certificate_days_left: certificate.map(|certificate| certificate.days_left(OffsetDateTime::now_utc())),
        health: health(world, door, ca).await,
    })
}

async fn health(world: &World, door: &Door, ca: Option<String>) -> Health {
    let bad = |why: String| Health { ok: false, why: Some(why) };
    let Some(ca) = ca else { return bad("there is no CA to know it by".into()) };
    let road = match Road::to(&world.host, door, 443).await {
        Ok(road) => road,
        Err(error) => return bad(format!("{error:#}")),
    };
    let target = Target {
        url: format!("https://{}/mcp", door.name),
        road,
        ca,
        // /health needs none
        key: Secret::new(""),
    };
    let endpoint = match Endpoint::new(&target, Manner::Client) {
        Ok(endpoint) => endpoint,
        Err(error) => return bad(format!("{error:#}")),
    };
    match endpoint.health().await {
        Ok(_) => Health { ok: true, why: None },
        Err(trouble) => bad(trouble.to_string()),
    }
}

fn describe(pod: &DynamicObject) -> Pod {
    let status = &pod.data["status"];
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let restarts = status["containerStatuses"][0]["restartCount"].as_u64().unwrap_or(0);
    Pod {
        name: pods::name(pod).to_owned(),
        ready: pods::is_ready(pod),
        phase: text(&status["phase"]).unwrap_or_default(),
        restarts: u32::try_from(restarts).unwrap_or(u32::MAX),
        address: text(&status["podIP"]),
        node: text(&pod.data["spec"]["nodeName"]),
    }
}
