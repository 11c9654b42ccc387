//! Downloads packages with apt, with a state of our own: the machine's lists, cache and installed packages stay as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Downloads the packages and all they depend on; returns the archives.
pub(super) fn download(cache: &Path, packages: &[&str]) -> Result<Vec<PathBuf>> {
    let apt = cache.join("apt");
    for folder in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(folder))?;
    }
    // Nothing is installed here, so every dependency is downloaded too.
    fs::write(apt.join("status"), "")?;
    run(&apt, &["update"])?;
    // A later release of a package would lie beside the earlier one.
    let archives = apt.join("cache/archives");
    let mut install = vec!["install", "--download-only", "--yes", "--no-install-recommends", "--reinstall"];
    install.extend(packages);
    run(&apt, &["clean"])?;
    run(&apt, &install)?;
    let mut found: Vec<PathBuf> = fs::read_dir(&archives)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .collect();
    found.sort();
    if found.is_empty() {
        bail!("apt-get downloaded nothing into {}", archives.display());
    }
    Ok(found)
}

fn run(apt: &Path, args: &[&str]) -> Result<()> {
    let setting = |key: &str, path: &str| format!("{key}={}", apt.join(path).display());
    let output = Command::new("apt-get")
        .arg("-q")
        .args(["-o", &setting("Dir::State", "state"), "-o", &setting("Dir::State::status", "status")])
        .args(["-o", &setting("Dir::Cache", "cache"), "-o", "Dir::Cache::pkgcache="])
        // The sandbox user cannot write into a private cache folder.
        .args(["-o", "APT::Sandbox::User=root"])
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .output()
        .context("cannot run apt-get: the test bed needs Debian or Ubuntu, its host is made of their packages")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        bail!("apt-get {} failed: {}", args.first().unwrap_or(&""), said.trim());
    }
    Ok(())
}
