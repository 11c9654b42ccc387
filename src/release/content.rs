//! `Content`: everything a rollback brings back. Keys, certificates and the state key are not in it.

use crate::manifests::RESTARTED;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What runs in a release. Its name is the hash of its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub version: u32,
    pub image: Pinned,
    /// The config that the objects were rendered from, for whoever reads it later.
    pub config: Value,
    /// In the order of applying.
    pub objects: Vec<Value>,
}

/// An image that cannot become another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pinned {
    /// Name and immutable tag.
    pub reference: String,
    /// Manifest digest.
    pub digest: String,
    /// What a pod reports as its image, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_digest: Option<String>,
}

impl Content {
    pub fn new(image: Pinned, config: Value, objects: Vec<Value>) -> Self {
        Self { version: 1, image, config, objects }
    }

    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("content is plain data")
    }

    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// The beginning of the hash: enough among a household's releases.
    pub fn hash(&self) -> String {
        hex::encode(&Sha256::digest(self.bytes())[..8])
    }

    /// Whether deploying the other one would change nothing in the cluster.
    pub fn same_effect(&self, other: &Self) -> bool {
        self.image.reference == other.image.reference
            && self.image.digest == other.image.digest
            && self.objects == other.objects
    }

    /// The release that last rolled the pods by force; its successors keep the mark, or they would roll again.
    pub fn restarted(&self) -> Option<&str> {
        let deployment = self.objects.iter().find(|object| object["kind"] == "Deployment")?;
        deployment["spec"]["template"]["metadata"]["annotations"][RESTARTED].as_str()
    }
}
