//! Names, labels and kinds: what is ours in the cluster, what is MicroK8s' and what somebody else's.

use crate::{config::Config, step::ObjectRef};
use serde_json::{Value, json};

/// Selects everything that homelabctl created.
pub const OUR_LABEL: &str = "app.kubernetes.io/managed-by=homelabctl";
/// What homelabctl keeps on the host outside of MicroK8s.
pub const HOST_FOLDER: &str = "/var/lib/homelabctl";
/// Holds the CA's key, out of reach of everything but renewal.
pub(super) const CA_NAMESPACE: &str = "homelab-ca";
pub(super) const METALLB_NAMESPACE: &str = "metallb-system";
const METALLB: &str = "metallb.io/v1beta1";

/// Kinds outside of the server's namespace that we create, and where.
pub const OUR_KINDS: &[(&str, &str, Option<&str>)] = &[
    ("v1", "Namespace", None),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", None),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", None),
    (METALLB, "L2Advertisement", Some(METALLB_NAMESPACE)),
    (METALLB, "IPAddressPool", Some(METALLB_NAMESPACE)),
];

/// Kinds inside of it, for an uninstall that keeps the data and therefore the namespace. Workloads before what they use.
pub const KINDS_IN_OUR_NAMESPACE: &[(&str, &str)] = &[
    ("networking.k8s.io/v1", "Ingress"),
    ("traefik.io/v1alpha1", "Middleware"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("apps/v1", "Deployment"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("policy/v1", "PodDisruptionBudget"),
    ("v1", "Service"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("v1", "ServiceAccount"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
    ("v1", "PersistentVolumeClaim"),
];

/// Namespaces of Kubernetes, of MicroK8s and of its add-ons.
const SYSTEM: [&str; 9] = [
    "kube-system",
    "kube-public",
    "kube-node-lease",
    "ingress",
    METALLB_NAMESPACE,
    "cert-manager",
    "container-registry",
    "observability",
    "cert-manager-test",
];

pub fn is_of_the_system(namespace: &str) -> bool {
    SYSTEM.contains(&namespace)
}

/// The objects that setup has an opinion on, for `observe` to look at.
pub fn watched(config: &Config) -> Vec<ObjectRef> {
    let here = Some(config.server.namespace.as_str());
    vec![
        ObjectRef::new("v1", "Namespace", None, &config.server.namespace),
        ObjectRef::new("v1", "Namespace", None, CA_NAMESPACE),
        pool(),
        advertisement(),
        ingress_service(),
        ca(),
        tls(config),
        ObjectRef::new("v1", "ConfigMap", here, "homelab-ca"),
        crate::keys::secret(config),
        state_key(config),
    ]
}

pub(super) fn pool() -> ObjectRef {
    ObjectRef::new(METALLB, "IPAddressPool", Some(METALLB_NAMESPACE), "default-addresspool")
}

pub(super) fn advertisement() -> ObjectRef {
    ObjectRef::new(METALLB, "L2Advertisement", Some(METALLB_NAMESPACE), "default-advertise-all-pools")
}

/// The ingress add-on's Service.
pub(super) fn ingress_service() -> ObjectRef {
    ObjectRef::new("v1", "Service", Some("ingress"), "traefik")
}

/// The Secret of the homelab's CA.
pub(super) fn ca() -> ObjectRef {
    ObjectRef::new("v1", "Secret", Some(CA_NAMESPACE), "homelab-ca")
}

/// The Secret of the server's certificate.
pub(super) fn tls(config: &Config) -> ObjectRef {
    ObjectRef::new("v1", "Secret", Some(&config.server.namespace), "homelab-mcp-tls")
}

pub(super) fn state_key(config: &Config) -> ObjectRef {
    ObjectRef::new("v1", "Secret", Some(&config.server.namespace), "homelab-mcp-state-key")
}

/// The head of a manifest of ours.
pub(super) fn labelled(reference: &ObjectRef) -> Value {
    let mut manifest = bare(reference);
    manifest["metadata"]["labels"] =
        json!({"app.kubernetes.io/managed-by": "homelabctl", "app.kubernetes.io/part-of": "homelab-mcp"});
    manifest
}

/// The head of a manifest of somebody else's object that we set fields of.
pub(super) fn bare(reference: &ObjectRef) -> Value {
    let mut manifest =
        json!({"apiVersion": reference.api_version, "kind": reference.kind, "metadata": {"name": reference.name}});
    if let Some(namespace) = &reference.namespace {
        manifest["metadata"]["namespace"] = namespace.clone().into();
    }
    manifest
}
