//! The server's image: assembled here from one static binary, or read from a given archive; the same bytes every time.
//!
//! Values in, values out. There is no Docker on either side: an OCI archive is a tar with a few JSON documents in it.
//! A tag is immutable and contains the digest, because the kubelet knows an imported image by its tag alone.

mod arch;
mod archive;
mod delivery;
mod given;
mod layer;
mod oci;
mod server;

pub use arch::{Arch, NotRunnable, inspect};
pub use delivery::{Held, held};
pub use given::{BadArchive, read};
pub use oci::Blob;
pub use server::assemble;

/// What every image of ours is called on a node; `localhost` is a registry that nobody asks.
pub const REPOSITORY: &str = "localhost/homelab-mcp";

/// A whole image: its documents and layers, and what they say about it.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    pub version: String,
    pub arch: Arch,
    pub(crate) manifest: Blob,
    pub(crate) config: Blob,
    pub(crate) layers: Vec<Blob>,
}

impl Image {
    /// The manifest's digest: what the image is, whatever it is called.
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// The config's digest, which the kubelet reports as the id of an imported image.
    pub fn config_digest(&self) -> &str {
        &self.config.digest
    }

    /// Name and immutable tag: the version for people, the digest's beginning for certainty.
    pub fn reference(&self) -> String {
        let hex = self.digest().trim_start_matches("sha256:");
        format!("{REPOSITORY}:{}-{}", tag(&self.version), &hex[..12])
    }

    /// The archive that goes to the host. Its name is in the index alone, so it does not change the digest.
    pub fn archive(&self) -> Vec<u8> {
        archive::write(self)
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.reference(), self.arch, self.digest())
    }
}

/// A version as a part of a tag: other characters become `_`, and a tag has 128 of them at most.
fn tag(version: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '-' { c } else { '_' };
    let text: String = version.chars().map(allowed).take(100).collect();
    if text.starts_with(|c: char| c.is_ascii_alphanumeric()) { text } else { format!("v{text}") }
}

#[cfg(test)]
mod tests;
