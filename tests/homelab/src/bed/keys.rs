//! What is secret in a bed: the laptop's ssh key, the hosts' keys, and henry's password.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::lan;
use crate::tree::Tree;

/// henry's password, for beds where sudo asks for it.
pub(super) const PASSWORD: &str = "homelab";

/// Writes `keys/` and the laptop's `home/.ssh` into the bed's folder; the laptop knows the hosts already.
pub(super) fn make(tree: &Tree, folder: &Path, nodes: u8) -> Result<()> {
    let (keys, ssh) = (folder.join("keys"), folder.join("home/.ssh"));
    fs::create_dir_all(&keys)?;
    fs::create_dir_all(&ssh)?;
    key(tree, &ssh.join("id_ed25519"), "laptop")?;
    let mut known = String::new();
    for number in 1..=nodes {
        let (address, name) = lan::node(number);
        let path = keys.join(format!("host{number}"));
        key(tree, &path, name)?;
        let public = fs::read_to_string(path.with_extension("pub"))?;
        let words: Vec<&str> = public.split(' ').take(2).collect();
        known.push_str(&format!("{address} {}\n", words.join(" ")));
    }
    fs::write(ssh.join("known_hosts"), known)?;
    let output =
        tree.command("usr/bin/openssl")?.args(["passwd", "-6", PASSWORD]).output().context("cannot run openssl")?;
    if !output.status.success() {
        bail!("openssl failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(fs::write(keys.join("password"), output.stdout)?)
}

/// A key pair at `path` and `path.pub`, in place of one that is there.
pub(super) fn key(tree: &Tree, path: &Path, comment: &str) -> Result<()> {
    for old in [path.to_owned(), path.with_extension("pub")] {
        let _ = fs::remove_file(old);
    }
    let mut command = tree.command("usr/bin/ssh-keygen")?;
    let output = command.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]).arg(path).output();
    let output = output.context("cannot run ssh-keygen")?;
    if !output.status.success() {
        bail!("ssh-keygen failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
