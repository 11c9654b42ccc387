//! `system_overview`: CPU, memory, disk and network of the machine, in a few lines.

use super::{Cost, Effect, Tool};
use crate::{
    keys::Scope,
    rbac::{Grant, Reach},
};

pub(super) static TOOL: Tool = Tool {
    name: "system_overview",
    title: "System overview",
    about: "CPU, load, memory, disk, network and uptime of the machine that the server runs on, at most a few \
            seconds old. Says what it cannot see.",
    scope: Scope::Read,
    cost: Cost::Light,
    effect: Effect::Looks,
    grants: &[Grant { group: "", resource: "nodes/stats", verbs: &["get"], reach: Reach::Cluster }],
};
