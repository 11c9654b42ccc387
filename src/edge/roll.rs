//! The rollout's loop: looks, asks the state machine, waits; events and last words are shown as they come.

use super::{
    cluster::Cluster,
    pods::{self, Seen},
    world::World,
};
use crate::{
    release::{Move, Pinned, Rollout},
    step::ObjectRef,
    ui::Event,
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

const BETWEEN_LOOKS: Duration = Duration::from_millis(700);
/// An API server that is away so long is a failure of the rollout.
const AWAY: Duration = Duration::from_secs(60);

/// Waits until every pod is new and the old ones are gone.
///
/// # Errors
/// The state machine gave it up, or a pod runs another image than it was told.
pub async fn out(world: &World, deployment: &ObjectRef, image: &Pinned, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let cluster = world.cluster().await?;
    let started = Instant::now();
    let mut rollout = Rollout::default();
    let mut told = Told::of(&cluster, deployment).await;
    let mut answered = started;
    loop {
        match pods::look(&cluster, deployment).await {
            Ok(seen) => {
                answered = Instant::now();
                told.news(&cluster, deployment, &seen, tell).await;
                match rollout.next(&seen.health, started.elapsed()) {
                    Move::Done => return same_image(&seen, image),
                    Move::Hold { what } => tell(&Event::Waiting { what }),
                    Move::Abort { why } => anyhow::bail!("{why}"),
                }
            }
            Err(error) if answered.elapsed() > AWAY => return Err(error),
            Err(error) => tell(&Event::Waiting { what: format!("{error:#}") }),
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// What was shown already.
struct Told {
    lines: BTreeSet<String>,
}

impl Told {
    /// Events of the past are no news.
    async fn of(cluster: &Cluster, deployment: &ObjectRef) -> Self {
        let namespace = deployment.namespace.as_deref().unwrap_or_default();
        let lines = pods::events(cluster, namespace, &deployment.name).await.unwrap_or_default();
        Self { lines: lines.into_iter().collect() }
    }

    /// Shows events and the last words of pods that are not ready. What cannot be had is left out: the rollout goes on.
    async fn news(&mut self, cluster: &Cluster, deployment: &ObjectRef, seen: &Seen, tell: &dyn Fn(&Event)) {
        let namespace = deployment.namespace.as_deref().unwrap_or_default();
        for line in pods::events(cluster, namespace, &deployment.name).await.unwrap_or_default() {
            self.say(format!("event: {line}"), tell);
        }
        for pod in seen.health.pods.iter().filter(|pod| pod.new && !pod.ready && !pod.leaving) {
            let previous = pod.restarts > 0 && pod.trouble.is_some();
            if let Some(last) = pods::tail(cluster, namespace, &pod.name, 1, previous).await.pop() {
                self.say(format!("{}: {last}", pod.name), tell);
            }
        }
    }

    fn say(&mut self, line: String, tell: &dyn Fn(&Event)) {
        let known = line.trim_start_matches("event: ").to_owned();
        if self.lines.insert(known) {
            tell(&Event::Said { line });
        }
    }
}

/// The tag is ours to trust only as long as the pods say the same.
fn same_image(seen: &Seen, image: &Pinned) -> anyhow::Result<()> {
    let expected: Vec<&str> =
        [Some(image.digest.as_str()), image.config_digest.as_deref()].into_iter().flatten().collect();
    for pod in &seen.pods {
        let reported = pod.data["status"]["containerStatuses"][0]["imageID"].as_str().unwrap_or_default();
        let known = image.config_digest.is_none()
            || !reported.contains("sha256:")
            || expected.iter().any(|digest| reported.contains(digest));
        anyhow::ensure!(
            known,
            "{} runs {reported}, which is not {} ({})",
            pods::name(pod),
            image.reference,
            expected.join(" or ")
        );
    }
    Ok(())
}
