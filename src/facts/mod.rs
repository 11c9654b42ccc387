//! Facts: what was seen on the host, in its cluster and on this laptop. `None` means looked and absent; could not look is an error.
//!
//! Pure: `edge::observe` fills them in, planners read them. A bare host, a half-installed and a stopped one are ordinary facts.

mod cluster;
mod covers;
mod host;
pub mod parse;

pub use cluster::{AddonState, ClusterFacts, HeldAddress, Node, Seen};
pub use covers::covers;
pub use host::{HostFacts, Listener, Microk8sFacts, Power, Route};

use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Everything that setup and its relatives decide on.
#[derive(Debug, Clone)]
pub struct Facts {
    pub host: HostFacts,
    /// The snap; `None` on a host without it.
    pub microk8s: Option<Microk8sFacts>,
    /// `None` while the API server does not answer.
    pub cluster: Option<ClusterFacts>,
    pub laptop: LaptopFacts,
    /// When they were gathered.
    pub now: OffsetDateTime,
}

/// What this machine keeps about the homelab.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaptopFacts {
    /// Text of `connection.json`.
    pub connection: Option<String>,
    /// Text of `ca.crt`.
    pub ca: Option<String>,
    /// An image's archive lies here.
    pub image: bool,
    /// Key ids by file name.
    pub keys: BTreeMap<String, String>,
}

impl Facts {
    /// What the person runs on the cluster beside us; steps that restart or cut something interrupt these.
    pub fn foreign(&self) -> &[String] {
        self.cluster.as_ref().map_or(&[], |cluster| &cluster.foreign)
    }
}
