//! The snap of MicroK8s: by snapd's list and its own files, because its own words cannot be relied on.

use crate::{
    edge::host::Host,
    facts::{Microk8sFacts, Power, parse},
    plan,
    step::Cmd,
    ui::Event,
};
use std::time::{Duration, Instant};

const DATA: &str = "/var/snap/microk8s/current";
/// A run that was cut short leaves snapd at work: the next one looks when that is over.
const CHANGE_PATIENCE: Duration = Duration::from_secs(900);

pub(super) async fn look(host: &Host, tell: &dyn Fn(&Event)) -> anyhow::Result<Option<Microk8sFacts>> {
    wait_for_snapd(host, tell).await?;
    let listed = host.run(&Cmd::root(["snap", "list", "microk8s"]).within(Duration::from_secs(30))).await?;
    let Some((version, channel, held)) = parse::snap(&listed.stdout) else { return Ok(None) };
    let list = Cmd::root([plan::MICROK8S, "ctr", "image", "ls", "-q"]).within(Duration::from_secs(30));
    let (images, stopped, worker, arguments, launch) = tokio::try_join!(
        host.run(&list),
        exists(host, "var/lock/stopped.lock"),
        exists(host, "var/lock/clustered.lock"),
        read(host, format!("{DATA}/args/kube-apiserver")),
        read(host, plan::LAUNCH_CONFIGURATION.to_owned()),
    )?;
    Ok(Some(Microk8sFacts {
        version,
        channel,
        held,
        power: if worker {
            Power::Worker
        } else if stopped {
            Power::Stopped
        } else {
            Power::On
        },
        api_server: arguments.unwrap_or_default().lines().map(|line| line.trim().to_owned()).collect(),
        images: parse::images(&images.stdout, crate::image::REPOSITORY),
        installed_by_us: launch.is_some_and(|text| text.starts_with(plan::LAUNCH_MARK)),
    }))
}

async fn wait_for_snapd(host: &Host, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let changes = host.run(&Cmd::root(["snap", "changes"]).within(Duration::from_secs(30))).await?;
        match parse::change_in_progress(&changes.stdout) {
            Some(change) if started.elapsed() < CHANGE_PATIENCE => {
                tell(&Event::Waiting { what: format!("snapd is still at it: {change}") });
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Some(change) => anyhow::bail!("snapd is at it for {} s: {change}", CHANGE_PATIENCE.as_secs()),
            None => return Ok(()),
        }
    }
}

async fn exists(host: &Host, path: &str) -> anyhow::Result<bool> {
    Ok(host.run(&Cmd::root(["test", "-e", &format!("{DATA}/{path}")])).await?.code == 0)
}

async fn read(host: &Host, path: String) -> anyhow::Result<Option<String>> {
    let output = host.run(&Cmd::root(["cat".to_owned(), path])).await?;
    Ok((output.code == 0).then_some(output.stdout))
}
