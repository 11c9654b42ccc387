//! The real programs of the bed: built from public Go modules into the cache, and packed as images where they run as pods.

mod build;
mod crds;
mod images;
mod oci;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

pub use images::BUSYBOX;

use crate::tree::Tree;
use crate::{cache, say};

/// A Go module below `parts/`. With a `main.go` it is built itself, else the programs that its `tool` lines name.
pub struct Part {
    pub name: &'static str,
    /// Further names of its programs, as the programs look at the name they go by: (name, program).
    pub links: &'static [(&'static str, &'static str)],
    /// Seconds it takes on two cores with nothing in Go's cache, to say what is to be expected.
    pub patience: u32,
}

pub static PARTS: &[Part] = &[
    Part {
        name: "kubernetes",
        links: &[
            ("kube-apiserver", "kubelite"),
            ("kube-controller-manager", "kubelite"),
            ("kube-scheduler", "kubelite"),
            ("kubelet", "kubelite"),
            ("kube-proxy", "kubelite"),
            ("kubectl", "kubelite"),
        ],
        patience: 310,
    },
    Part { name: "etcd", links: &[("etcd", "server")], patience: 21 },
    Part { name: "containerd", links: &[], patience: 47 },
    Part { name: "calico", links: &[("calico-ipam", "calico")], patience: 74 },
    Part { name: "coredns", links: &[], patience: 85 },
    Part { name: "hostpath", links: &[], patience: 10 },
    Part { name: "metrics-server", links: &[], patience: 98 },
    Part { name: "metallb", links: &[], patience: 72 },
    Part { name: "traefik", links: &[], patience: 233 },
    Part { name: "pause", links: &[], patience: 2 },
];

/// Where each result lies in the cache: what a node's `/opt/homelab` is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Parts {
    /// Part name to the folder of its programs.
    pub programs: BTreeMap<String, PathBuf>,
    /// `NAME` to an OCI archive that containerd imports.
    pub images: BTreeMap<String, PathBuf>,
    /// `NAME` to a YAML file of CRDs.
    pub crds: BTreeMap<String, PathBuf>,
}

/// Builds what the cache does not hold yet; an interrupted run goes on where it was.
pub fn ensure(cache: &Path, tree: &Tree) -> Result<Parts> {
    let toolchain = build::toolchain()?;
    let mut parts = Parts::default();
    let wanted: Vec<(&Part, PathBuf)> =
        PARTS.iter().map(|part| Ok((part, build::place(cache, part, &toolchain)?))).collect::<Result<_>>()?;
    announce(cache, &wanted);
    for (part, folder) in wanted {
        if !folder.exists() {
            build::part(cache, part, &folder).with_context(|| format!("cannot build the part {}", part.name))?;
        }
        parts.programs.insert(part.name.to_owned(), folder);
    }
    crds::ensure(cache, &mut parts).context("cannot make the CRDs")?;
    images::ensure(cache, tree, &mut parts).context("cannot pack the images")?;
    Ok(parts)
}

/// Says before the long first build what it is and how long it takes.
fn announce(cache: &Path, wanted: &[(&Part, PathBuf)]) {
    let missing: Vec<&Part> = wanted.iter().filter(|(_, folder)| !folder.exists()).map(|(part, _)| *part).collect();
    if missing.is_empty() {
        return;
    }
    let minutes = missing.iter().map(|part| part.patience).sum::<u32>().div_ceil(60);
    say::tell(&format!(
        "{} of {} parts to build into {}: up to {minutes} min on two cores, once; an interrupted build goes on where it was",
        missing.len(),
        wanted.len(),
        cache.display()
    ));
}

/// The folder of the parts' sources in this checkout.
pub(crate) fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("parts")
}

/// The version of a module that a part's go.mod requires, without the `v`.
pub(crate) fn version(part: &str, module: &str) -> Result<String> {
    let path = sources().join(part).join("go.mod");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in(&text, module).with_context(|| format!("{} requires no {module}", path.display()))
}

fn version_in(go_mod: &str, module: &str) -> Option<String> {
    go_mod.lines().map(|line| line.trim().trim_start_matches("require ")).find_map(|line| {
        let version = line.strip_prefix(module)?.strip_prefix(" v")?;
        Some(version.split_whitespace().next()?.to_owned())
    })
}

/// Cache key of anything that is made from a part and nothing else of the checkout.
pub(crate) fn derived_key(folder: &Path, recipe: &str) -> String {
    cache::key([folder.file_name().unwrap_or_default().as_encoded_bytes(), recipe.as_bytes()])
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_go_mod() {
        let text = "require github.com/a/b v1.2.3 // indirect\nrequire (\n\tk8s.io/kubernetes v1.36.3\n)\n";
        assert_eq!(version_in(text, "k8s.io/kubernetes").unwrap(), "1.36.3");
        assert_eq!(version_in(text, "github.com/a/b").unwrap(), "1.2.3");
        assert_eq!(version_in(text, "github.com/a"), None);
    }

    #[test]
    fn every_part_has_its_module() {
        for part in PARTS {
            assert!(sources().join(part.name).join("go.mod").exists(), "{}", part.name);
        }
    }
}
