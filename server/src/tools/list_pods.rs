//! `list_pods`: what runs in the cluster, as a compact table.

use super::{Cost, Effect, Tool};
use crate::{
    keys::Scope,
    rbac::{Grant, Reach},
};

pub(super) static TOOL: Tool = Tool {
    name: "list_pods",
    title: "List pods",
    about: "Pods of the Kubernetes cluster as a table: namespace, name, ready containers, status, restarts, age, \
            node. Narrow with `namespace`, or with `unhealthy_only` to see just what needs attention.",
    scope: Scope::Read,
    cost: Cost::Light,
    effect: Effect::Looks,
    grants: &[Grant { group: "", resource: "pods", verbs: &["get", "list"], reach: Reach::Visible }],
};
