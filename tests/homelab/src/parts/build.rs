//! Runs `go build`.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::{Part, sources, version};
use crate::{cache, progress};

/// Go's version and target: a part of every key.
pub(super) fn toolchain() -> Result<String> {
    let output = Command::new("go")
        .args(["env", "GOVERSION", "GOARCH"])
        .stdin(Stdio::null())
        .output()
        .context("cannot run go: the parts of the test bed are built with Go 1.26 or newer, https://go.dev/dl")?;
    if !output.status.success() {
        bail!("go env failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Where the programs of a part belong, by everything they are made of.
pub(super) fn place(cache: &Path, part: &Part, toolchain: &str) -> Result<PathBuf> {
    let source = sources().join(part.name);
    let mut inputs = vec![toolchain.as_bytes().to_vec(), link_flags(part)?.into_bytes()];
    for name in ["go.mod", "go.sum", "main.go"] {
        inputs.push(fs::read(source.join(name)).unwrap_or_default());
    }
    inputs.extend(part.links.iter().map(|(name, program)| format!("{name}={program}").into_bytes()));
    Ok(cache.join("parts").join(format!("{}-{}", part.name, cache::key(inputs))))
}

pub(super) fn part(cache: &Path, part: &Part, folder: &Path) -> Result<()> {
    let source = sources().join(part.name);
    let what = if source.join("main.go").exists() { "." } else { "tool" };
    let log = cache.join("log").join(format!("{}.log", part.name));
    fs::create_dir_all(cache.join("log"))?;
    let hint = format!("up to {} s", part.patience);
    progress::step(&format!("part {}", part.name), &hint, || {
        cache::atomically(folder, |folder| {
            fs::create_dir_all(folder)?;
            let errors = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
            let status = Command::new("go")
                .args(["build", "-trimpath", &format!("-ldflags={}", link_flags(part)?), "-o"])
                .arg(format!("{}/", folder.display()))
                .arg(what)
                .current_dir(&source)
                .env("CGO_ENABLED", "0")
                .env("GOWORK", "off")
                .stdin(Stdio::null())
                .stdout(errors.try_clone()?)
                .stderr(errors)
                .status()
                .context("cannot run go")?;
            if !status.success() {
                bail!("go build failed, its last lines ({}):\n{}", log.display(), tail(&log));
            }
            for (name, program) in part.links {
                symlink(program, folder.join(name))?;
            }
            Ok(())
        })
    })
}

/// `kubectl get nodes` and `/version` say what the linker is told here; without it v0.0.0-master.
fn link_flags(part: &Part) -> Result<String> {
    let mut flags = "-s -w".to_owned();
    if part.name == "kubernetes" {
        let version = version(part.name, "k8s.io/kubernetes")?;
        let minor = version.split('.').nth(1).unwrap_or_default().to_owned();
        for package in ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"] {
            flags.push_str(&format!(
                " -X {package}.gitVersion=v{version} -X {package}.gitMajor=1 -X {package}.gitMinor={minor}"
            ));
        }
    }
    Ok(flags)
}

/// What a failed build said last, without the downloads.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("go: downloading")).collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}
