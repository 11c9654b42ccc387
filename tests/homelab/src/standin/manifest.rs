//! The objects of the add-ons: embedded YAML whose images are filled in from the built archives.

use anyhow::Result;

use crate::kube::{daemon, images, kubectl, paths};
use crate::standin::say::{grumble, tell_as_is};

/// An image that no registry and no archive has: pods with it never get ready.
const ABSENT: &str = "localhost/homelab/absent:1";

pub(super) const CERT_MANAGER: &str = include_str!("../../addons/cert-manager.yaml");
pub(super) const COREDNS: &str = include_str!("../../addons/coredns.yaml");
pub(super) const HOSTPATH: &str = include_str!("../../addons/hostpath-storage.yaml");
pub(super) const METALLB: &str = include_str!("../../addons/metallb.yaml");
pub(super) const METALLB_POOL: &str = include_str!("../../addons/metallb-pool.yaml");
pub(super) const METRICS_SERVER: &str = include_str!("../../addons/metrics-server.yaml");
pub(super) const OBSERVABILITY: &str = include_str!("../../addons/observability.yaml");
pub(super) const REGISTRY: &str = include_str!("../../addons/registry.yaml");
pub(super) const TRAEFIK: &str = include_str!("../../addons/traefik.yaml");

/// Fills in images and variables and applies the objects. As in the add-ons' scripts a refused object is printed and forgotten.
pub(super) fn apply(addon: &str, manifest: &str, variables: &[(&str, &str)]) {
    if let Err(error) = try_apply(addon, manifest, variables, &["apply", "-f", "-"]) {
        grumble!("{error:#}");
    }
}

/// The same, but whether it worked is the caller's business; `args` are kubectl's.
pub(super) fn try_apply(addon: &str, manifest: &str, variables: &[(&str, &str)], args: &[&str]) -> Result<()> {
    let mut filled = fill_images(addon, manifest)?;
    for (variable, value) in variables {
        filled = filled.replace(variable, value);
    }
    tell_as_is!("{}", kubectl::feed(args, &filled)?);
    Ok(())
}

/// Deletes the objects of a manifest; what is not there is no failure.
pub(super) fn delete(manifest: &str) {
    let args = ["delete", "--ignore-not-found", "--wait=false", "-f", "-"];
    match kubectl::feed(&args, manifest) {
        Ok(text) => tell_as_is!("{text}"),
        Err(error) => grumble!("{error:#}"),
    }
}

/// Applies the CRDs of a part and waits until the API server serves them.
pub(super) fn apply_crds(file: &str) -> Result<()> {
    let path = crds(file);
    let args = ["apply", "--server-side", "--force-conflicts", "-f", &path];
    tell_as_is!("{}", kubectl::output(&args)?);
    kubectl::output(&["wait", "--for=condition=Established", "--timeout=30s", "-f", &path])?;
    Ok(())
}

/// Deletes the CRDs of a part, and with them every object of their kinds.
pub(super) fn delete_crds(file: &str) {
    match kubectl::output(&["delete", "--ignore-not-found", "-f", &crds(file)]) {
        Ok(text) => tell_as_is!("{text}"),
        Err(error) => grumble!("{error:#}"),
    }
}

fn crds(file: &str) -> String {
    format!("{}/{file}.yaml", paths::CRDS)
}

/// `image: part:NAME` becomes the reference of the archive NAME, imported. With the fault `addon-ADDON` it becomes one that cannot be had.
fn fill_images(addon: &str, manifest: &str) -> Result<String> {
    let stuck = daemon::fault(&format!("addon-{addon}"));
    let mut lines = Vec::new();
    for line in manifest.lines() {
        match line.split_once("image: part:") {
            Some((before, archive)) => {
                let name = if stuck { ABSENT.to_owned() } else { images::ensure(archive.trim())? };
                lines.push(format!("{before}image: {name}"));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use serde::Deserialize as _;

    #[test]
    fn every_manifest_is_yaml_with_kind_and_name() {
        for manifest in
            [CERT_MANAGER, COREDNS, HOSTPATH, METALLB, METALLB_POOL, METRICS_SERVER, OBSERVABILITY, REGISTRY, TRAEFIK]
        {
            for document in serde_yaml::Deserializer::from_str(manifest) {
                let object = serde_yaml::Value::deserialize(document).unwrap();
                assert!(object["kind"].is_string(), "{object:?}");
                assert!(object["metadata"]["name"].is_string(), "{object:?}");
            }
        }
    }
}
