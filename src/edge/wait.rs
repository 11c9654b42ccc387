//! Waiting for a probe, and what to say when the time is over.

use super::{pods, probe, world::World};
use crate::{
    failure::{Cause, Kind},
    step::Probe,
    ui::Event,
};
use std::time::{Duration, Instant};

/// Looks until it is so.
///
/// # Errors
/// The time is over: with what is missing, what the pods say and where to look; or the connection was lost.
pub(super) async fn wait(world: &World, probe: &Probe, within: Duration, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let Some(missing) = probe::look(world, probe).await? else { return Ok(()) };
        if started.elapsed() > within {
            let missing = anyhow::Error::msg(missing_now(world, probe, missing).await);
            return Err(missing.context(Cause::new(
                Kind::Failed,
                format!("waited {} s {probe}", within.as_secs()),
                format!("look at it on the host: {}", look_closer(probe)),
            )));
        }
        tell(&Event::Waiting { what: missing });
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What is missing, and what the pods say about it.
async fn missing_now(world: &World, probe: &Probe, missing: String) -> String {
    let Probe::Workload(object) = probe else { return missing };
    let (Some(namespace), Ok(cluster)) = (&object.namespace, world.cluster().await) else { return missing };
    let mut lines = vec![missing];
    lines.extend(pods::troubles(&cluster, namespace).await.unwrap_or_default());
    lines.join("\n")
}

fn look_closer(probe: &Probe) -> String {
    let kubectl = "sudo microk8s kubectl";
    match probe {
        Probe::Api | Probe::Nodes => "sudo microk8s inspect".to_owned(),
        Probe::Workload(object) => {
            format!("{kubectl} -n {} describe pods", object.namespace.as_deref().unwrap_or("default"))
        }
        Probe::Exists(object) | Probe::Gone(object) | Probe::ServiceAddress { service: object, .. } => {
            let namespace = object.namespace.as_deref().map(|name| format!("-n {name} ")).unwrap_or_default();
            format!("{kubectl} {namespace}describe {} {}", object.kind.to_lowercase(), object.name)
        }
        Probe::ApiService { name } => format!("{kubectl} describe apiservice {name}"),
    }
}
