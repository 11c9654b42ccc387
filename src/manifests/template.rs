//! The embedded templates and their parsing.

use super::NAME;
use k8s_openapi::api::{
    core::v1::{Service, ServiceAccount},
    policy::v1::PodDisruptionBudget,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Parses an embedded template.
pub(super) fn parse<T: DeserializeOwned>(text: &str) -> T {
    serde_yaml::from_str(text).expect("the embedded templates parse: a test reads each of them")
}

/// A filled-in object as it goes to the API server.
pub(super) fn value(object: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(object).expect("an object is plain data");
    // what only the API server writes
    if let Some(map) = value.as_object_mut() {
        map.remove("status");
    }
    value
}

pub(super) const ATTACK_JOB: &str = include_str!("../../templates/attack-job.yaml");
pub(super) const ATTACK_POLICY: &str = include_str!("../../templates/attack-policy.yaml");
pub(super) const AUTOSCALER: &str = include_str!("../../templates/autoscaler.yaml");
pub(super) const CLUSTER_ROLE: &str = include_str!("../../templates/cluster-role.yaml");
pub(super) const CLUSTER_ROLE_BINDING: &str = include_str!("../../templates/cluster-role-binding.yaml");
pub(super) const CONFIG_MAP: &str = include_str!("../../templates/config-map.yaml");
pub(super) const DEPLOYMENT: &str = include_str!("../../templates/deployment.yaml");
pub(super) const DISRUPTION_BUDGET: &str = include_str!("../../templates/disruption-budget.yaml");
pub(super) const INGRESS: &str = include_str!("../../templates/ingress.yaml");
pub(super) const MIDDLEWARE: &str = include_str!("../../templates/middleware.yaml");
pub(super) const NETWORK_POLICY: &str = include_str!("../../templates/network-policy.yaml");
pub(super) const ROLE: &str = include_str!("../../templates/role.yaml");
pub(super) const ROLE_BINDING: &str = include_str!("../../templates/role-binding.yaml");
pub(super) const SECRETS: &str = include_str!("../../templates/secrets.yaml");
pub(super) const SERVICE: &str = include_str!("../../templates/service.yaml");
pub(super) const SERVICE_ACCOUNT: &str = include_str!("../../templates/service-account.yaml");
pub(super) const VOLUME_CLAIM: &str = include_str!("../../templates/volume-claim.yaml");

pub(super) fn service_account(namespace: &str) -> Value {
    let mut account: ServiceAccount = parse(SERVICE_ACCOUNT);
    account.metadata.namespace = Some(namespace.to_owned());
    value(&account)
}

pub(super) fn service(namespace: &str) -> Value {
    let mut service: Service = parse(SERVICE);
    service.metadata.namespace = Some(namespace.to_owned());
    value(&service)
}

pub(super) fn disruption_budget(namespace: &str) -> Value {
    let mut budget: PodDisruptionBudget = parse(DISRUPTION_BUDGET);
    budget.metadata.namespace = Some(namespace.to_owned());
    debug_assert_eq!(budget.metadata.name.as_deref(), Some(NAME));
    value(&budget)
}
