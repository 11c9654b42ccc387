//! Where things lie on a node.

/// The link to the running revision's programs.
pub const SNAP: &str = "/snap/microk8s/current";
/// The link to the running revision's data.
pub const SNAP_DATA: &str = "/var/snap/microk8s/current";
/// Data that all revisions share.
pub const SNAP_COMMON: &str = "/var/snap/microk8s/common";
/// The built parts, one folder each.
pub const PARTS: &str = "/opt/homelab/bin";
/// The image archives of the parts, one file each.
pub const IMAGES: &str = "/opt/homelab/images";
/// The CRDs of the add-ons, one file each.
pub const CRDS: &str = "/opt/homelab/crd";
/// What the bed itself keeps on a node; gone with a restart.
pub const RUN: &str = "/run/homelab";
/// One file for each fault that is switched on.
pub const FAULTS: &str = "/run/homelab/fault";
/// The API server's audit log, every write with who and what.
pub const AUDIT_LOG: &str = "/var/log/homelab/audit.log";

/// A path below [`SNAP_DATA`].
pub fn data(path: &str) -> String {
    format!("{SNAP_DATA}/{path}")
}

/// A path below [`SNAP_COMMON`].
pub fn common(path: &str) -> String {
    format!("{SNAP_COMMON}/{path}")
}

/// A program of a part.
pub fn part(part: &str, program: &str) -> String {
    format!("{PARTS}/{part}/{program}")
}

/// Replaces the variables that MicroK8s' files use for its folders.
pub fn expand(text: &str) -> String {
    text.replace("${SNAP_DATA}", SNAP_DATA)
        .replace("${SNAP_COMMON}", SNAP_COMMON)
        .replace("${SNAP}", SNAP)
        .replace("$SNAP_DATA", SNAP_DATA)
        .replace("$SNAP_COMMON", SNAP_COMMON)
}
