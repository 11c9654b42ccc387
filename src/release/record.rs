//! The stored form of a release: names, labels and JSON of its Secrets.

use super::{Content, Pinned};
use crate::{manifests::LABELS, proof::Proof, step::encode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt;
use time::OffsetDateTime;

/// The label that says what a Secret records.
pub const RECORD: &str = "homelabctl/record";
pub const RELEASE: &str = "release";
pub const STATE: &str = "state";
pub const CONTENT: &str = "content";

/// A Secret may have 1 MiB in base64; what is larger is cut.
const PART: usize = 700 << 10;

/// What never changes about a release once its number is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub version: u32,
    pub number: u32,
    #[serde(flatten)]
    pub kind: Kind,
    pub image: Pinned,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    pub reason: String,
    #[serde(flatten)]
    pub who: Who,
    pub git: Option<Git>,
    /// Hash of its content, and in how many parts that is stored.
    pub content: String,
    pub parts: usize,
}

/// How a release came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    Deploy,
    /// Somebody wanted an earlier release back.
    Rollback {
        to: u32,
    },
    /// A failed release was taken back.
    Undo {
        of: u32,
        to: u32,
    },
}

/// Who did it, and on which machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub by: String,
    pub from: String,
}

/// The checkout that the release came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Git {
    pub sha: String,
    /// There were changes that are in no commit.
    pub dirty: bool,
}

/// How far a release has come. Only one that is proven is ever rolled back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Started,
    Proven,
    Failed,
    /// Its run was killed.
    Abandoned,
}

/// What became of a release: the part that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub version: u32,
    pub state: State,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What the switch cost; a first release has nothing to switch from.
    pub proof: Option<Proof>,
    /// Where the gate stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven_from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Outcome {
    pub fn new(state: State, at: OffsetDateTime) -> Self {
        Self { version: 1, state, at, proof: None, proven_from: None, why: None }
    }

    /// The Secret to apply.
    pub fn object(&self, namespace: &str, number: u32) -> Value {
        let text = serde_json::to_vec(self).expect("an outcome is plain data");
        let mut secret = secret(namespace, &state_name(number), STATE, "state", &text);
        secret["metadata"]["labels"]["homelabctl/number"] = number.to_string().into();
        secret
    }
}

impl Head {
    /// The Secret whose creation takes the number.
    pub fn object(&self, namespace: &str) -> Value {
        let text = serde_json::to_vec(self).expect("a head is plain data");
        let mut secret = secret(namespace, &name(self.number), RELEASE, "release", &text);
        secret["immutable"] = true.into();
        secret["metadata"]["labels"]["homelabctl/number"] = self.number.to_string().into();
        secret
    }
}

/// The immutable Secrets that hold a content, part by part.
pub fn objects_of_content(namespace: &str, content: &Content) -> Vec<Value> {
    let (hash, bytes) = (content.hash(), content.bytes());
    let part = |(at, part): (usize, &[u8])| {
        let mut secret = secret(namespace, &content_name(&hash, at), CONTENT, "content", part);
        secret["immutable"] = true.into();
        secret
    };
    bytes.chunks(PART).enumerate().map(part).collect()
}

pub fn name(number: u32) -> String {
    format!("homelab-release-{number}")
}

pub fn state_name(number: u32) -> String {
    format!("homelab-release-{number}-state")
}

pub fn content_name(hash: &str, part: usize) -> String {
    format!("homelab-release-content-{hash}-{part}")
}

fn secret(namespace: &str, name: &str, record: &str, entry: &str, bytes: &[u8]) -> Value {
    let mut secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "homelabctl/release",
        "metadata": {"namespace": namespace, "name": name, "labels": {RECORD: record}},
        "data": {entry: encode(bytes)},
    });
    for (label, value) in LABELS {
        secret["metadata"]["labels"][label] = value.into();
    }
    secret
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            State::Started => "started",
            State::Proven => "proven",
            State::Failed => "failed",
            State::Abandoned => "abandoned",
        })
    }
}
