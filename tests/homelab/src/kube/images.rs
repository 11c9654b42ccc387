//! The images of the parts: where a real host pulls, the bed imports an archive that it has built.

use std::fs::{self, File};
use std::io::Read;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::fcntl::{Flock, FlockArg};

use super::{args, files, paths};

/// The reference that an archive's image has in containerd.
pub fn name(archive: &str) -> Result<String> {
    let path = format!("{}/{archive}.tar", paths::IMAGES);
    let read = || -> Result<String> {
        let mut tar = tar::Archive::new(File::open(&path)?);
        for entry in tar.entries_with_seek()? {
            let mut entry = entry?;
            if entry.path()?.ends_with("index.json") {
                let mut text = String::new();
                entry.read_to_string(&mut text)?;
                return reference(&text);
            }
        }
        bail!("it has no index.json")
    };
    read().with_context(|| format!("{path} is no image archive"))
}

/// The name in an OCI index.
fn reference(index: &str) -> Result<String> {
    let index: serde_json::Value = serde_json::from_str(index)?;
    let annotations = &index["manifests"][0]["annotations"];
    annotations["io.containerd.image.name"]
        .as_str()
        .or_else(|| annotations["org.opencontainers.image.ref.name"].as_str())
        .map(str::to_owned)
        .context("its index has no name")
}

/// Makes sure that containerd has the image of an archive, and returns its reference. Two callers never import the same one twice.
pub fn ensure(archive: &str) -> Result<String> {
    let name = name(archive)?;
    files::folder(paths::RUN)?;
    let lock = File::create(format!("{}/image-{archive}.lock", paths::RUN))?;
    let _held =
        Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error).context("cannot lock the image")?;
    if !is_there(&name)? {
        let path = format!("{}/{archive}.tar", paths::IMAGES);
        let output = ctr()?.args(["images", "import", "--local", &path]).output()?;
        if !output.status.success() {
            bail!("cannot import {path}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    Ok(name)
}

fn is_there(name: &str) -> Result<bool> {
    let output = ctr()?.args(["images", "ls", "-q", &format!("name=={name}")]).stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().any(|line| line == name))
}

/// The node's `ctr` with the arguments of its args file.
pub fn ctr() -> Result<Command> {
    let mut command = Command::new(paths::part("containerd", "ctr"));
    command.args(args::of("ctr")?);
    Ok(command)
}

/// True when containerd listens.
pub fn containerd_answers() -> bool {
    std::os::unix::net::UnixStream::connect(paths::common("run/containerd.sock")).is_ok()
}

/// The archives that the bed has.
pub fn archives() -> Vec<String> {
    let Ok(folder) = fs::read_dir(paths::IMAGES) else {
        return Vec::new();
    };
    folder
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(".tar").map(str::to_owned))
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_index_names_its_image() {
        let index = r#"{"manifests":[{"annotations":{"io.containerd.image.name":"localhost/pause:1"}}]}"#;
        assert_eq!(reference(index).unwrap(), "localhost/pause:1");
        assert!(reference(r#"{"manifests":[]}"#).is_err());
    }
}
