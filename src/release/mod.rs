//! Releases: what was deployed, by whom and why, whether it is proven, and what a rollback brings back. Pure.
//!
//! A release is three kinds of Secrets in the server's namespace that kubectl can read: its content (immutable, named by
//! its hash, shared by releases that are alike), its number (immutable, claimed by creating it), and its state.

mod content;
mod diff;
mod drift;
mod history;
mod listing;
mod record;
mod rollout;
mod stand;
mod words;

pub use content::{Content, Pinned};
pub use diff::{Change, changes};
pub use drift::drift;
pub use history::{History, Release};
pub use listing::Listing;
pub use record::{
    CONTENT, Git, Head, Kind, Outcome, RECORD, RELEASE, STATE, State, Who, content_name, name, objects_of_content,
    state_name,
};
pub use rollout::{Health, Move, Pod, Rollout};
pub use stand::{Stand, Whereabouts, address_kept};

use crate::step::{Object, ObjectRef};
use serde::Serialize;

/// A change of the history, as a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Entry {
    /// Write the content, then take the next free number. Output `number`.
    Claim(Box<Claim>),
    /// The release of this run is proven; its proof is the gate's.
    Proven { namespace: String },
    /// These were started and never came to an end: their runs were killed.
    Abandon { namespace: String, numbers: Vec<u32> },
    /// No rollback needs these any more.
    Forget { objects: Vec<ObjectRef>, images: Vec<String> },
}

/// A release that is about to begin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    pub namespace: String,
    /// The number it will have unless somebody else takes it first.
    pub number: u32,
    pub kind: Kind,
    pub reason: String,
    #[serde(flatten)]
    pub who: Who,
    pub git: Option<Git>,
    #[serde(serialize_with = "shown")]
    pub content: Content,
}

/// A plan shows the content by its hash; its objects are in the step that applies them.
fn shown<S: serde::Serializer>(content: &Content, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&content.hash())
}

/// Who holds the number of pods while it passes to the autoscaler.
pub const REPLICAS_MANAGER: &str = "homelabctl-replicas";

/// What a gate does, as a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "gate", rename_all = "snake_case")]
pub enum Gate {
    /// A read-only key of its own that ends after 15 minutes.
    Mint { namespace: String },
    /// Calls through the real address from now on: what the switch costs.
    Watch { door: Door },
    /// New pods take over one by one.
    Roll { deployment: ObjectRef, image: Pinned },
    /// MCP through the real address; then the calls since `Watch` are judged.
    Prove { door: Door },
    /// The address must refuse a client outside of the LAN, and port 80 must not serve the application.
    Attack { door: Door, job: Box<Object> },
    /// The key is removed, and those of gates that were killed.
    Close { namespace: String },
}

/// Where clients come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Door {
    pub name: String,
    pub address: std::net::Ipv4Addr,
    pub namespace: String,
    /// Who calls during the gate.
    pub stand: Stand,
}

impl Door {
    pub fn of(config: &crate::config::Config, whereabouts: Whereabouts) -> Self {
        Self {
            name: config.server.name.to_string(),
            address: config.network.service_address(),
            namespace: config.server.namespace.to_string(),
            stand: Stand::of(whereabouts, &config.network.lan),
        }
    }
}
