//! What was seen in the cluster.

use super::covers;
use crate::step::{Object, ObjectRef};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, net::Ipv4Addr};

#[derive(Debug, Clone, Default)]
pub struct ClusterFacts {
    /// The objects that setup has an opinion on, where they exist.
    pub objects: BTreeMap<ObjectRef, Seen>,
    /// State of each row of the table of add-ons, by its name.
    pub addons: BTreeMap<String, AddonState>,
    pub nodes: Vec<Node>,
    /// Services of type LoadBalancer.
    pub services: Vec<HeldAddress>,
    /// Pools of MetalLB: name and ranges.
    pub pools: BTreeMap<String, Vec<String>>,
    /// Workloads that neither MicroK8s nor homelabctl brought, as `Kind namespace/name`.
    pub foreign: Vec<String>,
    /// Everything that carries our label.
    pub ours: Vec<ObjectRef>,
}

/// An object as the API server has it. A Secret's values never print.
#[derive(Clone, PartialEq)]
pub struct Seen(pub Value);

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", crate::masked(&self.0))
    }
}

/// How far an add-on is, judged by its objects alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddonState {
    Absent,
    /// Some of its objects are there: enabling it was cut short.
    Partial,
    /// All are there, not all are ready.
    Settling(String),
    Ready,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub name: String,
    pub ready: bool,
    pub version: String,
}

/// A Service and the addresses that MetalLB gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldAddress {
    /// `namespace/name`
    pub service: String,
    pub addresses: Vec<Ipv4Addr>,
}

impl ClusterFacts {
    /// Whether the object is there with every field that we would apply.
    pub fn has(&self, wanted: &Object) -> bool {
        self.objects.get(&wanted.reference()).is_some_and(|seen| covers(&seen.0, &wanted.manifest))
    }

    pub fn object(&self, reference: &ObjectRef) -> Option<&Value> {
        self.objects.get(reference).map(|seen| &seen.0)
    }

    /// A data entry of a Secret as text.
    pub fn secret_text(&self, reference: &ObjectRef, entry: &str) -> Option<String> {
        use base64::Engine as _;
        let text = self.object(reference)?["data"][entry].as_str()?;
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).ok()?).ok()
    }
}
