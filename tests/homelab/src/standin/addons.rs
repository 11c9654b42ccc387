//! The add-ons of MicroK8s 1.36, and when they count as enabled.

use anyhow::Result;

use crate::kube::{kubectl, paths};

/// A row of the add-on list. The order is alphabetical, as `status` prints it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Addon {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    /// Static text, often stale, as in the real list.
    pub(super) version: &'static str,
    /// A part of a line of `kubectl get`, or a file.
    check: &'static str,
}

pub(super) const REPOSITORY: &str = "core";

macro_rules! addon {
    ($name:literal, $description:literal, $version:literal, $check:literal) => {
        Addon { name: $name, description: $description, version: $version, check: $check }
    };
}

pub(super) const ADDONS: &[Addon] = &[
    addon!("cert-manager", "Cloud native certificate management", "1.20.2", "deployment.apps/cert-manager"),
    addon!("cis-hardening", "Apply CIS K8s hardening", "1.24", "${SNAP_DATA}/var/lock/cis-hardening"),
    addon!("community", "The community addons repository", "", "${SNAP_COMMON}/addons/community/addons.yaml"),
    addon!("dns", "CoreDNS", "1.13.1", "pod/coredns"),
    addon!("gpu", "Alias to nvidia add-on", "25.3.4", "daemonset.apps/nvidia-device-plugin-daemonset"),
    addon!(
        "ha-cluster",
        "Configure high availability on the current node",
        "0.1.0",
        "${SNAP_DATA}/var/lock/ha-cluster"
    ),
    addon!("helm", "Helm - the package manager for Kubernetes", "3.20.2", "${SNAP}/microk8s-helm.wrapper"),
    addon!("helm3", "Helm 3 - the package manager for Kubernetes", "3.20.2", "${SNAP}/microk8s-helm3.wrapper"),
    addon!(
        "host-access",
        "Allow Pods connecting to Host services smoothly",
        "1.0.0",
        "${SNAP_DATA}/var/lock/host-access-enabled"
    ),
    addon!(
        "hostpath-storage",
        "Storage class; allocates storage from host directory",
        "1.6.0",
        "deployment.apps/hostpath-provisioner"
    ),
    addon!("ingress", "Ingress controller for external access", "3.6.2", "ingressclass.networking.k8s.io/public"),
    addon!(
        "kube-ovn",
        "An advanced network fabric for Kubernetes",
        "1.13.13",
        "${SNAP_DATA}/var/lock/cni-loaded-kube-ovn"
    ),
    addon!("mayastor", "OpenEBS MayaStor", "2.7.3", "daemonset.apps/mayastor-csi-node"),
    addon!("metallb", "Loadbalancer for your Kubernetes cluster", "0.15.3", "pod/speaker"),
    addon!("metrics-server", "K8s Metrics Server for API access to service metrics", "0.8.1", "pod/metrics-server"),
    addon!("minio", "MinIO object storage", "4.5.1", "pod/minio-operator"),
    addon!(
        "nvidia",
        "NVIDIA hardware (GPU and network) support",
        "25.3.4",
        "daemonset.apps/nvidia-device-plugin-daemonset"
    ),
    addon!(
        "observability",
        "A lightweight observability stack for logs, traces and metrics",
        "1.3.6",
        "statefulset.apps/prometheus-kube-prom-stack-kube-prome-prometheus"
    ),
    addon!(
        "prometheus",
        "Prometheus operator for monitoring and logging",
        "1.3.6",
        "statefulset.apps/prometheus-kube-prom-stack-kube-prome-prometheus"
    ),
    addon!(
        "rbac",
        "Role-Based Access Control for authorisation",
        "",
        "clusterrole.rbac.authorization.k8s.io/cluster-admin"
    ),
    addon!("registry", "Private image registry exposed on localhost:32000", "2.8.3", "deployment.apps/registry"),
    addon!("rook-ceph", "Distributed Ceph storage using Rook", "1.11.9", "pod/rook-ceph-operator"),
    addon!("storage", "Alias to hostpath-storage add-on, deprecated", "1.6.0", "deployment.apps/hostpath-provisioner"),
];

pub(super) fn known(name: &str) -> bool {
    ADDONS.iter().any(|addon| addon.name == name)
}

/// What the cluster holds, as text; the add-ons are looked for in it line by line.
pub(super) fn objects() -> Result<String> {
    let mut text = kubectl::output(&["get", "all,ingress,ingressclass", "--all-namespaces"])?;
    text.push_str(&kubectl::output(&["get", "clusterroles", "--show-kind", "--no-headers"])?);
    Ok(text)
}

/// Enabled means that a text occurs in a line. Whoever names an object alike flips it (mk#4245, ca#18).
pub(super) fn is_enabled(addon: &Addon, objects: &str) -> bool {
    objects.lines().any(|line| line.contains(addon.check)) || std::fs::metadata(paths::expand(addon.check)).is_ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn enabled(name: &str, objects: &str) -> bool {
        is_enabled(ADDONS.iter().find(|addon| addon.name == name).unwrap(), objects)
    }

    #[test]
    fn a_part_of_a_line_enables() {
        let objects =
            "default   pod/speaker-of-somebody-else   1/1   Running\ndefault   deployment.apps/registry-mirror   1/1\n";
        assert!(enabled("metallb", objects));
        assert!(enabled("registry", objects));
        assert!(!enabled("dns", objects));
    }

    #[test]
    fn names_are_unique_and_sorted() {
        assert!(ADDONS.is_sorted_by(|one, other| one.name < other.name));
    }
}
