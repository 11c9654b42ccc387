//! The programs that a bed is started with: the driver's own, and what is first on the laptop's PATH.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use super::{Bed, Plan};
use crate::progress;
use crate::tree::Tree;

/// Where the laptop's `homelabctl` comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Homelabctl {
    /// `$HOMELAB_HOMELABCTL` (a path, or `none`), else a release build of this checkout.
    Checkout,
    Given(PathBuf),
    None,
}

/// The program `homelab`: this one, or for a test that `$HOMELAB_DRIVER` names or cargo has built beside it.
pub(super) fn driver() -> Result<PathBuf> {
    let ours = std::env::current_exe()?;
    if ours.file_name().is_some_and(|name| name == "homelab") {
        return Ok(ours);
    }
    let given = std::env::var_os("HOMELAB_DRIVER").map(PathBuf::from);
    let built = ours.ancestors().nth(2).map(|folder| folder.join("homelab"));
    given
        .into_iter()
        .chain(built)
        .find(|path| path.exists())
        .ok_or_else(|| anyhow!("the program `homelab` is not built\nhelp: cargo build --package homelab"))
}

/// What is first on the laptop's PATH: homelabctl, kubectl, and the tree's ssh, whatever this machine has.
pub(super) fn laptop(bed: &Bed, tree: &Tree, plan: &Plan, homelabctl: Option<&Path>) -> Result<()> {
    let bin = bed.folder.join("bin");
    for program in ["ssh", "ssh-keygen", "ssh-keyscan", "scp", "sftp", "curl"] {
        let words: Vec<String> =
            tree.argv(&format!("usr/bin/{program}"))?.iter().map(|word| format!("'{}'", word.display())).collect();
        let path = bin.join(program);
        // These two would look for ssh in /usr/bin, where this machine may have none.
        let more = match program {
            "scp" | "sftp" => format!(" -S '{}'", bin.join("ssh").display()),
            _ => String::new(),
        };
        fs::write(&path, format!("#!/bin/sh\nexec {}{more} \"$@\"\n", words.join(" ")))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    std::os::unix::fs::symlink(plan.parts.programs["kubernetes"].join("kubectl"), bin.join("kubectl"))?;
    if let Some(homelabctl) = homelabctl {
        fs::copy(homelabctl, bin.join("homelabctl"))
            .with_context(|| format!("cannot copy {}", homelabctl.display()))?;
    }
    Ok(())
}

/// The program itself, built first where that is asked for.
pub(super) fn homelabctl(wanted: &Homelabctl) -> Result<Option<PathBuf>> {
    match (wanted, std::env::var_os("HOMELAB_HOMELABCTL")) {
        (Homelabctl::Given(path), _) => return Ok(Some(path.clone())),
        (Homelabctl::None, _) => return Ok(None),
        (Homelabctl::Checkout, Some(given)) if given == "none" => return Ok(None),
        (Homelabctl::Checkout, _) => (),
    }
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // `deploy` builds the server on the laptop, where no registry can be reached
    let machine = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    progress::step("crates", "a minute the first time", || {
        cargo(&workspace, &["fetch", "--quiet", "--locked", "--target", &machine], "the crates cannot be fetched")
    })?;
    if let Some(given) = std::env::var_os("HOMELAB_HOMELABCTL") {
        return Ok(Some(PathBuf::from(given)));
    }
    progress::step("homelabctl, release build", "minutes the first time", || {
        let build = ["build", "--quiet", "--release", "--package", "homelabctl", "--bin", "homelabctl"];
        cargo(&workspace, &build, "homelabctl does not build, and the laptop needs it")
    })?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    Ok(Some(target.join("release/homelabctl")))
}

/// Runs cargo in the checkout; what it says is part of the error.
fn cargo(workspace: &Path, words: &[&str], trouble: &str) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(cargo)
        .args(words)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .output()
        .context("cannot run cargo")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("{trouble}:\n{}\nhelp: HOMELAB_HOMELABCTL=none leaves it out", said.trim());
    }
    Ok(())
}
