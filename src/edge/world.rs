//! `World`: the connections a command works with. Passed first, never stored.

use super::{
    cluster::{Cluster, Reach},
    host::Host,
};
use crate::failure::{Cause, Kind};

/// The host, and the cluster once somebody needed it.
pub struct World {
    pub host: Host,
    cluster: tokio::sync::Mutex<Option<Cluster>>,
}

impl World {
    pub fn new(host: Host) -> Self {
        Self { host, cluster: tokio::sync::Mutex::new(None) }
    }

    /// The cluster if it can be reached now.
    ///
    /// # Errors
    /// The connection to the host was lost, or the API server refuses us.
    pub async fn look_for_cluster(&self) -> anyhow::Result<Option<Cluster>> {
        let mut known = self.cluster.lock().await;
        if known.is_none()
            && let Reach::Cluster(cluster) = Cluster::connect(&self.host).await?
        {
            *known = Some(cluster);
        }
        Ok(known.clone())
    }

    /// The cluster, which has to be there by now.
    ///
    /// # Errors
    /// It is not.
    pub async fn cluster(&self) -> anyhow::Result<Cluster> {
        match self.look_for_cluster().await? {
            Some(cluster) => Ok(cluster),
            None => Err(Cause::new(
                Kind::Failed,
                "the Kubernetes API on the host does not answer",
                "bring the host to the configured state: homelabctl setup",
            )
            .into()),
        }
    }
}
