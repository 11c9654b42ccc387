//! The pods: Deployment, settings, credentials, volume and autoscaler.

use super::{NAME, RESTARTED, SETTINGS, template};
use crate::{
    config::{Amounts, Config, SECRETS_FOLDER},
    secret::Secrets,
};
use k8s_openapi::{
    ByteString,
    api::{
        apps::v1::Deployment,
        autoscaling::v2::HorizontalPodAutoscaler,
        core::v1::{ConfigMap, PersistentVolumeClaim, Secret},
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

/// An object, and the name that its content gives it.
pub(super) struct Named {
    pub name: String,
    pub object: Value,
}

/// What the pods refer to by such a name.
pub(super) struct Names<'a> {
    pub settings: &'a str,
    pub secrets: Option<&'a str>,
}

fn name_of(what: &str, content: &[u8]) -> String {
    format!("{NAME}-{what}-{}", &hex::encode(Sha256::digest(content))[..10])
}

pub(super) fn settings(config: &Config) -> Named {
    let text = serde_yaml::to_string(&config.server.deployed_settings()).expect("settings are plain data");
    let name = name_of("config", text.as_bytes());
    let mut map: ConfigMap = template::parse(template::CONFIG_MAP);
    map.metadata.namespace = Some(config.server.namespace.to_string());
    map.metadata.name = Some(name.clone());
    map.data = Some(BTreeMap::from([(SETTINGS.to_owned(), text)]));
    Named { name, object: template::value(&map) }
}

/// The credentials, where there are any. Another value is another name, and so rolls the pods.
pub(super) fn secrets(config: &Config, values: &Secrets) -> Option<Named> {
    if values.is_empty() {
        return None;
    }
    let data = values.iter().map(|(name, value)| (name.to_string(), ByteString(value.reveal().into())));
    let data: BTreeMap<String, ByteString> = data.collect();
    let name = name_of("secrets", &serde_json::to_vec(&data).expect("data is plain"));
    let mut secret: Secret = template::parse(template::SECRETS);
    secret.metadata.namespace = Some(config.server.namespace.to_string());
    secret.metadata.name = Some(name.clone());
    secret.data = Some(data);
    Some(Named { name, object: template::value(&secret) })
}

pub(super) fn claim(config: &Config) -> Value {
    let mut claim: PersistentVolumeClaim = template::parse(template::VOLUME_CLAIM);
    claim.metadata.namespace = Some(config.server.namespace.to_string());
    let resources =
        claim.spec.as_mut().and_then(|spec| spec.resources.as_mut()).expect("the template asks for storage");
    resources.requests = Some(BTreeMap::from([("storage".to_owned(), Quantity(config.server.storage.to_string()))]));
    template::value(&claim)
}

pub(super) fn deployment(config: &Config, image: &str, names: &Names<'_>, restarted: Option<&str>) -> Value {
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
            names.settings.clone_into(&mut map.name);
        }
        if let Some(secret) = &mut volume.secret {
            secret.secret_name = names.secrets.map(str::to_owned);
        }
    }
    if names.secrets.is_none() {
        pod.volumes.iter_mut().for_each(|volumes| volumes.retain(|volume| volume.secret.is_none()));
        let mounts = pod.containers.iter_mut().filter_map(|container| container.volume_mounts.as_mut());
        mounts.for_each(|mounts| mounts.retain(|mount| mount.mount_path != SECRETS_FOLDER));
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
