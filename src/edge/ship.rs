//! An image archive into the node's containerd, over the SSH connection, with its digest checked.

use super::world::World;
use crate::{
    image,
    plan::deploy::{ARCHIVES, archive_path},
    step::{Cmd, Shipment},
    ui::Event,
};
use anyhow::Context as _;
use std::time::Duration;

const MICROK8S: &str = "/snap/bin/microk8s";

/// Sends, imports, verifies. A failed import changes nothing, and the archive stays on the host for rollbacks.
///
/// # Errors
/// The connection was lost, the disk is full, or the node knows the image by another digest.
pub async fn send(world: &World, shipment: &Shipment, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    let bytes =
        std::fs::read(&shipment.archive).with_context(|| format!("cannot read {}", shipment.archive.display()))?;
    tell(&Event::Waiting { what: format!("sending {} bytes", bytes.len()) });
    let staged = world.host.stage(&bytes).await?;
    tell(&Event::Waiting { what: "importing".into() });
    let import =
        Cmd::root([MICROK8S, "ctr", "image", "import", "--no-unpack=false", &staged]).within(Duration::from_secs(300));
    let imported = world.host.run(&import).await?.success(&import).map(drop);
    let kept = match imported {
        Ok(()) => match verify(world, shipment).await {
            Ok(()) => keep(world, &staged, &shipment.digest).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    if kept.is_err() {
        world.host.run(&Cmd::root(["rm", "-f", &staged])).await?;
    }
    kept
}

/// An import that failed may print success (mk#4237, mk#4253): only the digest behind the tag counts.
async fn verify(world: &World, shipment: &Shipment) -> anyhow::Result<()> {
    match digest(world, &shipment.reference).await? {
        Some(digest) if digest == shipment.digest => Ok(()),
        Some(digest) => anyhow::bail!("{} is {digest} on the node, not {}", shipment.reference, shipment.digest),
        None => anyhow::bail!("{} is not on the node although the import succeeded", shipment.reference),
    }
}

/// The host keeps the archive: garbage collection may take the image, and a rollback must find it.
async fn keep(world: &World, staged: &str, digest: &str) -> anyhow::Result<()> {
    let path = archive_path(digest);
    for cmd in [
        Cmd::root(["install", "-d", "-m", "0700", ARCHIVES]),
        Cmd::root(["chown", "root:root", staged]),
        Cmd::root(["mv", "-T", "-f", staged, &path]),
    ] {
        world.host.run(&cmd).await?.success(&cmd).context("cannot keep the image's archive on the host")?;
    }
    Ok(())
}

/// Whether the host keeps the archive of this image.
///
/// # Errors
/// The connection was lost.
pub async fn is_kept(world: &World, digest: &str) -> anyhow::Result<bool> {
    Ok(world.host.run(&Cmd::root(["test", "-f", &archive_path(digest)])).await?.code == 0)
}

/// The digest behind a tag in the node's containerd.
///
/// # Errors
/// The connection was lost or containerd does not answer.
pub async fn digest(world: &World, reference: &str) -> anyhow::Result<Option<String>> {
    let list = Cmd::root([MICROK8S, "ctr", "image", "ls", &format!("name=={reference}")]);
    let table = world.host.run(&list).await?.success(&list)?.stdout;
    Ok(image::held(&table).remove(reference))
}
