//! Custom resource definitions, taken from the folders of the modules that the parts are built from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Parts, derived_key, sources};
use crate::{cache, progress};

/// One file of definitions: where its module keeps them.
struct Crds {
    name: &'static str,
    part: &'static str,
    module: &'static str,
    folder: &'static str,
    take: Take,
}

enum Take {
    /// Every file whose name starts so.
    Files(&'static str),
    /// What `kubectl kustomize` makes of the folder: it adds the conversion webhook that MetalLB's certificate rotation expects.
    Kustomization,
}

static CRDS: &[Crds] = &[
    Crds {
        name: "metallb",
        part: "metallb",
        module: "go.universe.tf/metallb",
        folder: "config/crd",
        take: Take::Kustomization,
    },
    Crds {
        name: "traefik",
        part: "traefik",
        module: "github.com/traefik/traefik/v3",
        folder: "docs/content/reference/dynamic-configuration",
        take: Take::Files("traefik.io_"),
    },
    Crds {
        name: "gateway-api",
        part: "traefik",
        module: "sigs.k8s.io/gateway-api",
        folder: "config/crd/standard",
        take: Take::Files(""),
    },
    Crds {
        name: "calico",
        part: "calico",
        module: "github.com/projectcalico/calico",
        folder: "libcalico-go/config/crd",
        take: Take::Files(""),
    },
];

pub(super) fn ensure(cache: &Path, parts: &mut Parts) -> Result<()> {
    for crds in CRDS {
        let key = derived_key(&parts.programs[crds.part], "1");
        let target = cache.join("crd").join(format!("{}-{key}.yaml", crds.name));
        if !target.exists() {
            progress::step(&format!("CRDs of {}", crds.name), "", || {
                let folder = module(crds)?.join(crds.folder);
                let text = match crds.take {
                    Take::Files(prefix) => join(&folder, prefix)?,
                    Take::Kustomization => kustomize(&parts.programs["kubernetes"].join("kubectl"), &folder)?,
                };
                cache::atomically(&target, |path| Ok(fs::write(path, &text)?))
            })
            .with_context(|| crds.name.to_owned())?;
        }
        parts.crds.insert(crds.name.to_owned(), target);
    }
    Ok(())
}

/// The module's folder in Go's own cache, downloaded if it is not there.
fn module(crds: &Crds) -> Result<PathBuf> {
    #[derive(Deserialize)]
    struct Download {
        #[serde(rename = "Dir")]
        folder: PathBuf,
    }
    let output = Command::new("go")
        .args(["mod", "download", "-json", crds.module])
        .current_dir(sources().join(crds.part))
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .output()
        .context("cannot run go")?;
    if !output.status.success() {
        bail!("go mod download {} failed: {}", crds.module, String::from_utf8_lossy(&output.stdout).trim());
    }
    let download: Download =
        serde_json::from_slice(&output.stdout).context("go mod download -json is not understood")?;
    Ok(download.folder)
}

fn join(folder: &Path, prefix: &str) -> Result<String> {
    let wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(".yaml")
    };
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(wanted).collect();
    paths.sort();
    let mut text = String::new();
    for path in &paths {
        text.push_str("---\n");
        text.push_str(&fs::read_to_string(path)?);
        text.push('\n');
    }
    if paths.is_empty() {
        bail!("no definitions in {}", folder.display());
    }
    Ok(text)
}

fn kustomize(kubectl: &Path, folder: &Path) -> Result<String> {
    let output = Command::new(kubectl)
        .arg("kustomize")
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .context("cannot run kubectl")?;
    if !output.status.success() {
        bail!("kubectl kustomize failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
