//! How the steps of a release read in a dry run.

use super::{Entry, Gate};
use std::fmt;

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Entry::Claim(claim) => {
                let (image, content) = (&claim.content.image.reference, claim.content.hash());
                write!(f, "record   release {}: {image}, content {content}, because: {}", claim.number, claim.reason)
            }
            Entry::Proven { .. } => write!(f, "record   proven, with the numbers of the watch"),
            Entry::Abandon { numbers, .. } => write!(f, "record   {numbers:?} abandoned"),
            Entry::Forget { objects, images } => {
                let lines = objects.iter().map(|object| format!("delete   {object}"));
                let lines = lines.chain(images.iter().map(|image| format!("delete   image {image}")));
                write!(f, "{}", lines.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gate::Mint { namespace } => {
                write!(f, "set      Secret {namespace}/{}: a read-only key", homelab_mcp::keys::SECRET)
            }
            Gate::Watch { door } => {
                write!(f, "call     https://{}/mcp at {} without a pause; no call may fail", door.name, door.address)
            }
            Gate::Roll { deployment, image } => {
                write!(f, "wait     for every pod of {deployment} to be {}", image.reference)
            }
            Gate::Prove { door } => {
                write!(f, "call     https://{}/mcp at {}: discover, list, a harmless tool", door.name, door.address)
            }
            Gate::Attack { job, .. } => {
                write!(f, "run      {}, which must get 403; port 80 must not serve", job.reference())
            }
            Gate::Close { namespace } => {
                write!(f, "remove   Secret {namespace}/{}: the gate's key", homelab_mcp::keys::SECRET)
            }
        }
    }
}
