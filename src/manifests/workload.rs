//! The pods: Deployment, settings, volume and autoscaler.

use super::{NAME, RESTARTED, SETTINGS, template};
use crate::config::{Amounts, Config};
use k8s_openapi::{
    api::{
        apps::v1::Deployment,
        autoscaling::v2::HorizontalPodAutoscaler,
        core::v1::{ConfigMap, PersistentVolumeClaim},
    },
    apimachinery::pkg::api::resource::Quantity,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The native pause before SIGTERM: the ingress controller takes over endpoints every 2 s.
const PRE_STOP_SECONDS: i64 = 5;
/// Left after all that before Kubernetes kills.
const SPARE_SECONDS: i64 = 5;

/// The settings, and the name that their content gives them.
pub(super) struct Settings {
    pub name: String,
    pub object: Value,
}

pub(super) fn settings(config: &Config) -> Settings {
    let text = serde_yaml::to_string(&config.server.deployed_settings()).expect("settings are plain data");
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    let name = format!("{NAME}-config-{}", &hash[..10]);
    let mut map: ConfigMap = template::parse(template::CONFIG_MAP);
    map.metadata.namespace = Some(config.server.namespace.to_string());
    map.metadata.name = Some(name.clone());
    map.data = Some(BTreeMap::from([(SETTINGS.to_owned(), text)]));
    Settings { name, object: template::value(&map) }
}

pub(super) fn claim(config: &Config) -> Value {
    let mut claim: PersistentVolumeClaim = template::parse(template::VOLUME_CLAIM);
    claim.metadata.namespace = Some(config.server.namespace.to_string());
    let resources =
        claim.spec.as_mut().and_then(|spec| spec.resources.as_mut()).expect("the template asks for storage");
    resources.requests = Some(BTreeMap::from([("storage".to_owned(), Quantity(config.server.storage.to_string()))]));
    template::value(&claim)
}

pub(super) fn deployment(config: &Config, image: &str, settings: &str, restarted: Option<&str>) -> Value {
    let server = &config.server;
    let mut deployment: Deployment = template::parse(template::DEPLOYMENT);
    deployment.metadata.namespace = Some(server.namespace.to_string());
    let spec = deployment.spec.as_mut().expect("the template has a spec");
    // where an autoscaler counts the pods, nobody else does
    spec.replicas = (!server.autoscaling.enabled).then(|| number(server.replicas));
    if let Some(release) = restarted {
        let annotations = spec.template.metadata.get_or_insert_default().annotations.get_or_insert_default();
        annotations.insert(RESTARTED.to_owned(), release.to_owned());
    }
    let pod = spec.template.spec.as_mut().expect("the template has a pod");
    let drain = i64::from(server.settings.limits.drain_seconds);
    // the server waits that long for calls that still find it, and as long again for those at work
    pod.termination_grace_period_seconds = Some(PRE_STOP_SECONDS + 2 * drain + SPARE_SECONDS);
    for volume in pod.volumes.iter_mut().flatten() {
        if let Some(map) = &mut volume.config_map {
            settings.clone_into(&mut map.name);
        }
    }
    let container = pod.containers.first_mut().expect("the template has a container");
    container.image = Some(image.to_owned());
    let resources = container.resources.get_or_insert_default();
    resources.requests = Some(amounts(&server.resources.requests));
    resources.limits = Some(amounts(&server.resources.limits));
    template::value(&deployment)
}

pub(super) fn autoscaler(config: &Config) -> Option<Value> {
    let wanted = &config.server.autoscaling;
    if !wanted.enabled {
        return None;
    }
    let mut autoscaler: HorizontalPodAutoscaler = template::parse(template::AUTOSCALER);
    autoscaler.metadata.namespace = Some(config.server.namespace.to_string());
    let spec = autoscaler.spec.as_mut().expect("the template has a spec");
    spec.min_replicas = Some(number(wanted.min));
    spec.max_replicas = number(wanted.max);
    for resource in spec.metrics.iter_mut().flatten().filter_map(|metric| metric.resource.as_mut()) {
        let percent = if resource.name == "cpu" { wanted.cpu_percent } else { wanted.memory_percent };
        resource.target.average_utilization = Some(number(percent));
    }
    Some(template::value(&autoscaler))
}

fn amounts(amounts: &Amounts) -> BTreeMap<String, Quantity> {
    BTreeMap::from([
        ("cpu".to_owned(), Quantity(amounts.cpu.to_string())),
        ("memory".to_owned(), Quantity(amounts.memory.to_string())),
    ])
}

/// The config's numbers are small: its check bounds them.
fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
