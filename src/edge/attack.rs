//! The attack on the way in: a client outside of the LAN must be refused, and port 80 must not serve the application.

use super::{cluster::Cluster, pods, road::Road, world::World};
use crate::{
    manifests::ATTACKER,
    release::Door,
    step::{Object, ObjectRef},
    ui::Event,
};
use anyhow::Context as _;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(120);

/// # Errors
/// The way in is open to somebody it should be shut for.
pub async fn run(world: &World, door: &Door, job: &Object, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    no_application_in_clear(world, door).await?;
    let cluster = world.cluster().await?;
    let reference = job.reference();
    remove(&cluster, &reference).await?;
    cluster.create(&job.manifest).await?;
    let ended = wait(&cluster, &reference, tell).await;
    let said = last_words(&cluster, &door.namespace).await;
    // whoever looks for what went wrong finds its words in the evidence
    if ended.is_ok() {
        cluster.delete(&reference).await?;
    }
    if !ended? {
        anyhow::bail!(
            "the allow-list admits a client outside of the LAN: a pod of the cluster called https://{}/health and was not refused with 403\n{said}",
            door.name
        );
    }
    tell(&Event::Said { line: format!("a client outside of the LAN is refused: {said}") });
    Ok(())
}

/// True when the Job got its refusal.
async fn wait(cluster: &Cluster, job: &ObjectRef, tell: &dyn Fn(&Event)) -> anyhow::Result<bool> {
    let started = Instant::now();
    loop {
        let found = cluster.get(job).await?.with_context(|| format!("{job} vanished"))?;
        for condition in found.data["status"]["conditions"].as_array().into_iter().flatten() {
            match (condition["type"].as_str(), condition["status"].as_str()) {
                (Some("Complete"), Some("True")) => return Ok(true),
                (Some("Failed"), Some("True")) => return Ok(false),
                _ => (),
            }
        }
        anyhow::ensure!(
            started.elapsed() < PATIENCE,
            "{job} did not end within {} s: nobody knows whether the allow-list holds",
            PATIENCE.as_secs()
        );
        tell(&Event::Waiting { what: format!("for {job} to end") });
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn last_words(cluster: &Cluster, namespace: &str) -> String {
    let selector = format!("app.kubernetes.io/name={ATTACKER}");
    let pods = cluster.list("v1", "Pod", Some(namespace), &selector).await.unwrap_or_default();
    let mut words = Vec::new();
    for pod in &pods {
        words.extend(pods::tail(cluster, namespace, pods::name(pod), 3, false).await);
        let ended = &pod.data["status"]["containerStatuses"][0]["state"]["terminated"]["message"];
        words.extend(ended.as_str().map(str::to_owned));
    }
    words.dedup();
    words.join("; ")
}

/// An earlier attack, or one whose run was killed.
async fn remove(cluster: &Cluster, job: &ObjectRef) -> anyhow::Result<()> {
    cluster.delete(job).await?;
    for _ in 0..60 {
        if cluster.get(job).await?.is_none() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    anyhow::bail!("{job} of an earlier run does not go away")
}

/// Answers that say nothing of the application: nobody there, go elsewhere, go away.
const HARMLESS: [u16; 7] = [301, 302, 307, 308, 403, 404, 421];

async fn no_application_in_clear(world: &World, door: &Door) -> anyhow::Result<()> {
    let road = Road::to(&world.host, door, 80).await?;
    let client = road
        .lead(reqwest::Client::builder(), &door.name)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()
        .context("cannot prepare HTTP")?;
    for path in ["health", "mcp"] {
        // a port that nobody listens on serves nothing either
        let Ok(answer) = client.get(format!("http://{}/{path}", door.name)).send().await else { continue };
        let status = answer.status().as_u16();
        anyhow::ensure!(
            HARMLESS.contains(&status),
            "port 80 serves the application in clear: http://{}/{path} answers {status}",
            door.name
        );
    }
    Ok(())
}
