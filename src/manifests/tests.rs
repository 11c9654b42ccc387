//! The manifests with the defaults, and what must hold of every one.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::release::{Door, Whereabouts};
use k8s_openapi::api::{
    apps::v1::Deployment,
    autoscaling::v2::HorizontalPodAutoscaler,
    batch::v1::Job,
    core::v1::{ConfigMap, PersistentVolumeClaim, Secret, Service, ServiceAccount},
    networking::v1::{Ingress, NetworkPolicy},
    policy::v1::PodDisruptionBudget,
    rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
};
use serde::{Serialize, de::DeserializeOwned};

const IMAGE: &str = "localhost/homelab-mcp:0.1.0-0123456789ab";

fn site(controller: Controller) -> Site {
    Site { controller, nodes: vec![Ipv4Addr::new(192, 168, 1, 104)] }
}

fn home() -> Vec<Value> {
    render(&Config::default(), &Secrets::new(), &site(Controller::Traefik), IMAGE, None)
}

fn find<'a>(objects: &'a [Value], kind: &str) -> &'a Value {
    objects.iter().find(|object| object["kind"] == kind).unwrap_or_else(|| panic!("there is no {kind}"))
}

/// Every key of `raw` that is not in `typed`.
fn lost(raw: &Value, typed: &Value, path: &str, found: &mut Vec<String>) {
    match (raw, typed) {
        (Value::Object(raw), _) => {
            for (key, value) in raw {
                match typed.get(key) {
                    Some(kept) => lost(value, kept, &format!("{path}.{key}"), found),
                    None => found.push(format!("{path}.{key}")),
                }
            }
        }
        (Value::Array(raw), Value::Array(typed)) => {
            for (at, value) in raw.iter().enumerate() {
                lost(value, typed.get(at).unwrap_or(&Value::Null), &format!("{path}[{at}]"), found);
            }
        }
        (raw, typed) => {
            if raw != typed {
                found.push(format!("{path}: {raw} became {typed}"));
            }
        }
    }
}

fn survives<T: DeserializeOwned + Serialize>(text: &str) {
    let raw: Value = serde_yaml::from_str(text).unwrap();
    let typed = serde_json::to_value(template::parse::<T>(text)).unwrap();
    let mut found = Vec::new();
    lost(&raw, &typed, "", &mut found);
    assert!(found.is_empty(), "{}: typed parsing drops {found:?}", raw["kind"]);
}

#[test]
fn no_template_loses_a_key() {
    survives::<Job>(template::ATTACK_JOB);
    survives::<NetworkPolicy>(template::ATTACK_POLICY);
    survives::<HorizontalPodAutoscaler>(template::AUTOSCALER);
    survives::<ClusterRole>(template::CLUSTER_ROLE);
    survives::<ClusterRoleBinding>(template::CLUSTER_ROLE_BINDING);
    survives::<ConfigMap>(template::CONFIG_MAP);
    survives::<Deployment>(template::DEPLOYMENT);
    survives::<PodDisruptionBudget>(template::DISRUPTION_BUDGET);
    survives::<Ingress>(template::INGRESS);
    survives::<NetworkPolicy>(template::NETWORK_POLICY);
    survives::<Role>(template::ROLE);
    survives::<RoleBinding>(template::ROLE_BINDING);
    survives::<Secret>(template::SECRETS);
    survives::<Service>(template::SERVICE);
    survives::<ServiceAccount>(template::SERVICE_ACCOUNT);
    survives::<PersistentVolumeClaim>(template::VOLUME_CLAIM);
}

#[test]
fn the_objects_of_the_default_config() {
    insta::assert_snapshot!(to_yaml(&home()));
}

#[test]
fn the_attack_comes_from_our_own_image() {
    insta::assert_snapshot!(to_yaml(&[attack_job(&Door::of(&Config::default(), Whereabouts::default()), IMAGE)]));
}

#[test]
fn every_object_is_ours_and_can_be_found_again() {
    let objects = home();
    for object in &objects {
        for (name, value) in LABELS {
            assert_eq!(object["metadata"]["labels"][name], value, "{}", object["kind"]);
        }
    }
    let mut references = references(&objects);
    let count = references.len();
    references.sort();
    references.dedup();
    assert_eq!(references.len(), count, "each object once");
}

#[test]
fn the_number_of_pods_has_one_owner() {
    let mut config = Config::default();
    assert_eq!(find(&home(), "Deployment")["spec"].get("replicas"), None);
    config.server.autoscaling.enabled = false;
    let fixed = render(&config, &Secrets::new(), &site(Controller::Traefik), IMAGE, None);
    assert_eq!(find(&fixed, "Deployment")["spec"]["replicas"], 2);
    assert!(fixed.iter().all(|object| object["kind"] != "HorizontalPodAutoscaler"));
}

#[test]
fn other_settings_make_another_config_map_and_other_pods() {
    let mut config = Config::default();
    config.server.settings.limits.drain_seconds = 20;
    let changed = render(&config, &Secrets::new(), &site(Controller::Traefik), IMAGE, None);
    let name = |objects: &[Value]| find(objects, "ConfigMap")["metadata"]["name"].clone();
    assert_ne!(name(&changed), name(&home()));
    let pod = &find(&changed, "Deployment")["spec"]["template"]["spec"];
    assert_eq!(pod["volumes"][0]["configMap"]["name"], name(&changed));
    assert_eq!(pod["terminationGracePeriodSeconds"], 50, "pause, drain and spare time");
}

fn with_secrets(values: [(&str, &str); 2]) -> Vec<Value> {
    let mut config = Config::default();
    let source = |name: &str| serde_json::from_value(serde_json::json!({ "file": name })).unwrap();
    config.server.secrets = values.iter().map(|(name, _)| (name.parse().unwrap(), source(name))).collect();
    let values: Secrets =
        values.iter().map(|(name, value)| (name.parse().unwrap(), crate::secret::Secret::new(*value))).collect();
    render(&config, &values, &site(Controller::Traefik), IMAGE, None)
}

#[test]
fn credentials_are_one_secret_that_the_pods_mount() {
    let objects = with_secrets([("grafana-token", "glsa_1"), ("nas-password", "hunter2")]);
    let pod = &find(&objects, "Deployment")["spec"]["template"]["spec"];
    let map = find(&objects, "ConfigMap")["data"][SETTINGS].as_str().unwrap();
    let settings = map.lines().find(|line| line.starts_with("secrets:")).unwrap();
    let shown = [find(&objects, "Secret"), &pod["volumes"][1], &pod["containers"][0]["volumeMounts"][1]];
    let shown: Vec<String> = shown.iter().map(|value| serde_yaml::to_string(value).unwrap()).collect();
    insta::assert_snapshot!(format!("{}---\n{settings}", shown.join("---\n")), @"
    apiVersion: v1
    kind: Secret
    data:
      grafana-token: Z2xzYV8x
      nas-password: aHVudGVyMg==
    immutable: true
    metadata:
      name: homelab-mcp-secrets-1efde8969c
      namespace: mcp-system
      labels:
        app.kubernetes.io/managed-by: homelabctl
        app.kubernetes.io/part-of: homelab-mcp
        app.kubernetes.io/name: homelab-mcp
    type: Opaque
    ---
    name: secrets
    secret:
      defaultMode: 288
      secretName: homelab-mcp-secrets-1efde8969c
    ---
    mountPath: /run/secrets/homelab-mcp
    name: secrets
    readOnly: true
    ---
    secrets: /run/secrets/homelab-mcp
    ");
}

#[test]
fn another_value_is_another_secret() {
    let name = |value| {
        let objects = with_secrets([("a", "1"), ("b", value)]);
        let pod = &find(&objects, "Deployment")["spec"]["template"]["spec"];
        let name = find(&objects, "Secret")["metadata"]["name"].clone();
        assert_eq!(pod["volumes"][1]["secret"]["secretName"], name);
        name
    };
    assert_ne!(name("2"), name("3"));
    assert_eq!(name("2"), name("2"));
}

#[test]
fn each_controller_is_told_in_its_own_words() {
    let annotations = |controller| {
        let objects = render(&Config::default(), &Secrets::new(), &site(controller), IMAGE, None);
        serde_yaml::to_string(&find(&objects, "Ingress")["metadata"]["annotations"]).unwrap()
    };
    insta::assert_snapshot!(annotations(Controller::Traefik), @"
    traefik.ingress.kubernetes.io/router.entrypoints: websecure
    traefik.ingress.kubernetes.io/router.middlewares: mcp-system-homelab-mcp-lan@kubernetescrd
    traefik.ingress.kubernetes.io/router.tls: 'true'
    ");
    insta::assert_snapshot!(annotations(Controller::Nginx), @"
    nginx.ingress.kubernetes.io/force-ssl-redirect: 'true'
    nginx.ingress.kubernetes.io/proxy-body-size: '1048576'
    nginx.ingress.kubernetes.io/proxy-buffering: off
    nginx.ingress.kubernetes.io/proxy-read-timeout: '3600'
    nginx.ingress.kubernetes.io/whitelist-source-range: 192.168.1.0/24
    ");
    assert_eq!(Controller::of_class("traefik.io/ingress-controller"), Some(Controller::Traefik));
    assert_eq!(Controller::of_class("example.com/other"), None);
}

#[test]
fn namespaces_that_the_settings_name_get_a_role_each() {
    let mut config = Config::default();
    config.server.settings.namespaces = Some(vec!["media".to_owned(), "mcp-system".to_owned()]);
    let objects = render(&config, &Secrets::new(), &site(Controller::Traefik), IMAGE, None);
    let roles: Vec<String> =
        references(&objects).iter().filter(|one| one.kind == "Role").map(ToString::to_string).collect();
    assert_eq!(
        roles,
        ["Role mcp-system/homelab-mcp", "Role mcp-system/homelab-mcp-view", "Role media/homelab-mcp-view"]
    );
}
