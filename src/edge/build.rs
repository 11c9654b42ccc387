//! The server's program, built from the crate that is bundled in a checkout. Nothing is downloaded while the crates are there.

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
};

use anyhow::Context as _;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use super::files;
use crate::{
    failure::{Cause, Kind},
    image::Arch,
};

const PACKAGE: &str = "homelab-mcp";

/// A checkout of this repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    pub root: PathBuf,
    /// The bundled server's version.
    pub version: String,
}

/// The checkout that this folder lies in, if it lies in one.
///
/// # Errors
/// There is a checkout, and cargo does not understand it.
pub async fn checkout(folder: &Path) -> anyhow::Result<Option<Checkout>> {
    for root in folder.ancestors() {
        let bundled = files::read(&root.join("server/Cargo.toml"))?;
        if bundled.is_some_and(|text| text.lines().any(|line| line.trim() == format!("name = \"{PACKAGE}\""))) {
            return Ok(Some(Checkout { root: root.to_owned(), version: version(root).await? }));
        }
    }
    Ok(None)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

async fn version(root: &Path) -> anyhow::Result<String> {
    let mut cargo = cargo(root);
    cargo.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let output = cargo.output().await.map_err(|error| no_cargo(&error))?;
    anyhow::ensure!(
        output.status.success(),
        "cargo does not understand {}: {}",
        root.display(),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata printed something else")?;
    let found = metadata.packages.into_iter().find(|package| package.name == PACKAGE);
    Ok(found.with_context(|| format!("{PACKAGE} is no member of the workspace in {}", root.display()))?.version)
}

/// Builds the server for this machine type as one static program, telling each line that cargo writes.
///
/// # Errors
/// There is no toolchain, the machine type is another one than this machine's, or the build fails.
pub async fn server(checkout: &Checkout, arch: Arch, tell: &dyn Fn(&str)) -> anyhow::Result<Vec<u8>> {
    same_machine(arch)?;
    let target = format!("{}-unknown-linux-gnu", arch.machine());
    let folder = checkout.root.join("target/server");
    // Without the net first: a build then neither waits for it nor changes because of it.
    let mut last = Vec::new();
    for offline in [true, false] {
        let (status, lines) = build(checkout, &target, &folder, offline, tell).await?;
        if status.success() {
            let program = folder.join(&target).join("release").join(PACKAGE);
            return std::fs::read(&program).with_context(|| format!("cargo left no program at {}", program.display()));
        }
        let lacks_crates = lines.iter().any(|line| line.contains("--offline") || line.contains("offline mode"));
        last = lines;
        if !lacks_crates {
            break;
        }
        if offline {
            tell("some crates are not on this machine yet: cargo downloads them");
        }
    }
    let start = last.len().saturating_sub(20);
    anyhow::bail!("the server does not build\n{}", last[start..].join("\n"))
}

/// Builds the server for this machine the quick way, and says where it is. Not for shipping: it is linked as usual.
///
/// # Errors
/// There is no toolchain, or the build fails.
pub async fn for_this_machine(checkout: &Checkout, tell: &dyn Fn(&str)) -> anyhow::Result<PathBuf> {
    let mut cargo = cargo(&checkout.root);
    cargo.args(["build", "--locked", "--package", PACKAGE]);
    let (status, lines) = told(cargo, tell).await?;
    let start = lines.len().saturating_sub(20);
    anyhow::ensure!(status.success(), "the server does not build\n{}", lines[start..].join("\n"));
    Ok(checkout.root.join("target/debug").join(PACKAGE))
}

async fn build(
    checkout: &Checkout,
    target: &str,
    folder: &Path,
    offline: bool,
    tell: &dyn Fn(&str),
) -> anyhow::Result<(ExitStatus, Vec<String>)> {
    let mut cargo = cargo(&checkout.root);
    cargo
        .args(["build", "--release", "--locked", "--package", PACKAGE, "--target", target, "--target-dir"])
        .arg(folder);
    if offline {
        cargo.arg("--offline");
    }
    cargo.env(
        "CARGO_ENCODED_RUSTFLAGS",
        flags(&checkout.root, std::env::var_os("CARGO_HOME"), std::env::var_os("HOME")).join("\x1f"),
    );
    told(cargo, tell).await
}

/// Runs cargo and tells each line that it writes.
async fn told(mut cargo: Command, tell: &dyn Fn(&str)) -> anyhow::Result<(ExitStatus, Vec<String>)> {
    let mut child = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| no_cargo(&error))?;
    let mut lines = Vec::new();
    let mut stderr = BufReader::new(child.stderr.take().context("cargo has no stderr")?).lines();
    while let Some(line) = stderr.next_line().await.context("cannot read what cargo says")? {
        tell(&line);
        lines.push(line);
    }
    let status = child.wait().await.context("cannot wait for cargo")?;
    Ok((status, lines))
}

/// Static, and without a trace of the folder that it was built in: two checkouts give the same bytes.
fn flags(root: &Path, cargo_home: Option<std::ffi::OsString>, home: Option<std::ffi::OsString>) -> Vec<String> {
    let cargo_home = cargo_home.map(PathBuf::from).or_else(|| home.map(|home| PathBuf::from(home).join(".cargo")));
    let mut flags =
        vec!["-Ctarget-feature=+crt-static".to_owned(), format!("--remap-path-prefix={}=/homelab", root.display())];
    flags.extend(cargo_home.map(|folder| format!("--remap-path-prefix={}=/cargo", folder.display())));
    flags
}

/// Cargo as the person would run it there; what a surrounding cargo has set for its own build is not ours.
fn cargo(root: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    for name in
        ["RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_TARGET_DIR", "CARGO_MAKEFLAGS", "MAKEFLAGS", "CARGO_BUILD_RUSTFLAGS"]
    {
        cargo.env_remove(name);
    }
    // What a surrounding cargo says about its package would make build scripts run again, here and then there.
    let package = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];
    for (name, _) in std::env::vars_os() {
        if package.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
}

fn same_machine(arch: Arch) -> anyhow::Result<()> {
    if cfg!(target_os = "linux") && std::env::consts::ARCH == arch.machine() {
        return Ok(());
    }
    let here = format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH);
    let message = format!(
        "the host needs a server for linux/{arch}, and on {here} homelabctl does not build that \
         (neither does it carry a prebuilt one yet)"
    );
    let help = "build the image elsewhere (on a Linux machine of that type, or with cargo-zigbuild) and give it: homelabctl deploy --image FILE.tar";
    Err(Cause::new(Kind::Failed, message, help).into())
}

fn no_cargo(error: &std::io::Error) -> anyhow::Error {
    let help = "install Rust from https://rustup.rs, or give a ready image: homelabctl deploy --image FILE.tar";
    Cause::new(Kind::Failed, format!("cannot run cargo, which builds the server ({error})"), help).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_build_is_not_in_its_flags_result() {
        let flags = flags(Path::new("/home/kim/src/homelab tools"), None, Some("/home/kim".into()));
        assert_eq!(
            flags,
            [
                "-Ctarget-feature=+crt-static",
                "--remap-path-prefix=/home/kim/src/homelab tools=/homelab",
                "--remap-path-prefix=/home/kim/.cargo=/cargo"
            ]
        );
    }

    #[test]
    fn a_foreign_machine_type_names_the_ways_out() {
        let other = if Arch::Amd64.machine() == std::env::consts::ARCH { Arch::Arm64 } else { Arch::Amd64 };
        let cause = same_machine(other)
            .expect_err("it is another machine type")
            .downcast::<Cause>()
            .expect("it brings its cure");
        let help = cause.help.unwrap_or_default();
        assert!(help.contains("cargo-zigbuild") && help.contains("--image"), "{help}");
    }

    #[tokio::test]
    async fn a_checkout_is_found_from_any_folder_in_it() -> anyhow::Result<()> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let found = checkout(&root.join("src/edge")).await?.context("this is a checkout")?;
        assert_eq!((found.root.as_path(), found.version.as_str()), (root, env!("CARGO_PKG_VERSION")));
        assert_eq!(checkout(Path::new("/")).await?, None);
        Ok(())
    }
}
