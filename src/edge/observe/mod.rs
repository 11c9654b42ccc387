//! Looking: the facts of host, cluster and laptop, over one SSH connection, by commands that change nothing.

mod cluster;
mod host;
mod microk8s;

use super::{store, world::World};
use crate::{
    config::Config,
    facts::{Facts, LaptopFacts},
    ui::Event,
};
use time::OffsetDateTime;

/// Everything that setup and its relatives decide on.
///
/// # Errors
/// The connection was lost, or something that is there could not be read.
pub async fn all(world: &World, config: &Config, tell: &dyn Fn(&Event)) -> anyhow::Result<Facts> {
    tell(&Event::Phase { title: "looking at the host".into() });
    let (host, microk8s) = tokio::join!(host::look(&world.host), microk8s::look(&world.host, tell));
    let (mut host, microk8s) = (host?, microk8s?);
    let cluster = match &microk8s {
        Some(_) => cluster::look(world, config, microk8s.as_ref()).await?,
        None => None,
    };
    if !crate::plan::pool_is_right(config, cluster.as_ref()) {
        host.answering = host::who_answers(&world.host, config.network.pool).await?;
    }
    Ok(Facts { host, microk8s, cluster, laptop: laptop(config)?, now: OffsetDateTime::now_utc() })
}

fn laptop(config: &Config) -> anyhow::Result<LaptopFacts> {
    let folder = store::open(&config.host.name)?;
    let connection = super::files::read(&folder.connection())?;
    let image = folder.image().exists();
    Ok(LaptopFacts { connection, ca: store::ca(&folder)?, image, keys: store::keys_here(&folder)? })
}
