//! The objects of a release: shape from `templates/*.yaml`, values from the config. Pure.
//!
//! Templates are valid manifests without template syntax, parsed into the types of Kubernetes and filled in as fields.

mod attack;
mod controller;
mod policy;
mod rights;
mod routing;
mod template;
mod workload;

pub use attack::attack_job;
pub use controller::Controller;

use crate::{
    config::Config,
    secret::Secrets,
    step::{Object, ObjectRef},
};
use serde_json::Value;
use std::net::Ipv4Addr;

/// What nearly everything of the server is called.
pub const NAME: &str = "homelab-mcp";
/// What the pod that attacks the allow-list is called.
pub const ATTACKER: &str = "homelab-mcp-attack";
/// Where pods see the settings.
pub const SETTINGS: &str = "settings.yaml";
/// Annotation of the pods that are rolled although nothing else changed.
pub const RESTARTED: &str = "homelabctl/restarted-by";
/// The labels that everything of ours carries.
pub const LABELS: [(&str, &str); 2] =
    [("app.kubernetes.io/managed-by", "homelabctl"), ("app.kubernetes.io/part-of", NAME)];

/// What the cluster is like, as far as manifests depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    pub controller: Controller,
    /// The nodes' own addresses: API server and kubelet are there.
    pub nodes: Vec<Ipv4Addr>,
}

/// Every object of a release in the order of applying. `restarted` is the release that last rolled the pods by force.
pub fn render(config: &Config, secrets: &Secrets, site: &Site, image: &str, restarted: Option<&str>) -> Vec<Value> {
    let namespace = config.server.namespace.as_str();
    let settings = workload::settings(config);
    let secrets = workload::secrets(config, secrets);
    let mut objects = vec![template::service_account(namespace)];
    objects.extend(rights::objects(namespace, &config.server.deployed_settings()));
    let names = workload::Names { settings: &settings.name, secrets: secrets.as_ref().map(|secrets| &*secrets.name) };
    let deployment = workload::deployment(config, image, &names, restarted);
    objects.push(settings.object);
    objects.extend(secrets.map(|secrets| secrets.object));
    objects.push(workload::claim(config));
    objects.extend(policy::objects(config, site));
    objects.push(template::service(namespace));
    objects.push(template::disruption_budget(namespace));
    objects.extend(routing::objects(config, site.controller));
    objects.push(deployment);
    objects.extend(workload::autoscaler(config));
    objects.into_iter().map(labelled).collect()
}

/// The Deployment of the server.
pub fn deployment(namespace: &str) -> ObjectRef {
    ObjectRef::new("apps/v1", "Deployment", Some(namespace), NAME)
}

/// Which objects these are.
pub fn references(objects: &[Value]) -> Vec<ObjectRef> {
    objects.iter().map(|object| Object::new(object.clone()).reference()).collect()
}

/// The objects as one YAML file for git; Secrets are left out.
pub fn to_yaml(objects: &[Value]) -> String {
    let text = |object: &Value| serde_yaml::to_string(object).expect("a manifest is plain data");
    objects.iter().filter(|object| object["kind"] != "Secret").map(text).collect::<Vec<_>>().join("---\n")
}

/// With our labels, and those of the pods where it has a pod template.
fn labelled(mut object: Value) -> Value {
    for (name, value) in LABELS {
        object["metadata"]["labels"][name] = value.into();
        if object["kind"] == "Deployment" || object["kind"] == "Job" {
            object["spec"]["template"]["metadata"]["labels"][name] = value.into();
        }
    }
    object["metadata"]["labels"]["app.kubernetes.io/name"] = NAME.into();
    object
}

#[cfg(test)]
mod tests;
