//! containerd's configuration file.

use std::fs;

use anyhow::Result;

use super::{files, images, paths};

/// Shows whether this boot of the node has already met containerd.
const BOOTED: &str = "/run/homelab/containerd-booted";

/// Writes `$SNAP_DATA/args/containerd.toml` and clears what the last boot left.
pub fn prepare() -> Result<()> {
    let sandbox = images::name("pause")?;
    files::write(paths::data("args/containerd.toml"), config(&sandbox), 0o660)?;
    if fs::metadata(BOOTED).is_err() {
        // The state folder lies on the disk, as in MicroK8s: shims and sandboxes of the last boot are gone, their folders are not.
        files::remove(paths::common("run"))?;
        files::write(BOOTED, "", 0o644)?;
    }
    files::folder(paths::common("run"))
}

/// `restrict_oom_score_adj` and `netns_mounts_under_state_dir`: the bed has no CAP_SYS_RESOURCE, and no /var/run of its own.
fn config(sandbox: &str) -> String {
    paths::expand(&format!(
        r#"version = 3

[plugins.'io.containerd.cri.v1.images']
  snapshotter = 'overlayfs'
  [plugins.'io.containerd.cri.v1.images'.pinned_images]
    sandbox = '{sandbox}'
  [plugins.'io.containerd.cri.v1.images'.registry]
    config_path = '${{SNAP_DATA}}/args/certs.d'

[plugins.'io.containerd.cri.v1.runtime']
  netns_mounts_under_state_dir = true
  restrict_oom_score_adj = true
  [plugins.'io.containerd.cri.v1.runtime'.containerd]
    default_runtime_name = 'runc'
    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
      runtime_type = 'io.containerd.runc.v2'
      [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
        BinaryName = 'runc'
        SystemdCgroup = false
  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ['${{SNAP_DATA}}/opt/cni/bin']
    conf_dir = '${{SNAP_DATA}}/args/cni-network'

[plugins.'io.containerd.internal.v1.opt']
  path = '${{SNAP_COMMON}}/var/lib/containerd/opt'
"#
    ))
}
