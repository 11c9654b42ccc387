//! Who the homelab is: its namespaces, its CA and certificate, its keys, and what this laptop keeps of them.

use super::objects::{CA_NAMESPACE, ca, labelled, state_key, tls};
use crate::{
    config::Config,
    facts::{ClusterFacts, Facts},
    keys,
    step::{Action, Content, Edit, Generate, Object, ObjectRef, Step},
    store::{Connection, Store},
    tls::{Certificate, Constraints, Leaf, Names, due},
};
use homelab_mcp::keys::Scope;
use serde_json::json;

/// The first key, for this laptop; further ones are the person's choice (`keys create`).
const FIRST_KEY: &str = "laptop";

pub(super) fn steps(config: &Config, facts: &Facts, store: &Store) -> Vec<Step> {
    let cluster = facts.cluster.as_ref();
    let mut steps = Vec::new();
    let namespaces = absent(cluster, vec![namespace(&config.server.namespace), namespace(CA_NAMESPACE)]);
    if !namespaces.is_empty() {
        steps.push(apply("namespaces", "make the namespaces", namespaces));
    }
    let known_ca = cluster.and_then(|cluster| cluster.secret_text(&ca(), "tls.crt"));
    if known_ca.is_none() {
        steps.push(apply("ca", "make the homelab's own CA", vec![ca_object(config)]));
    }
    let wanted = names(config, facts);
    if let Some(why) = leaf_is_due(config, facts, known_ca.as_deref(), &wanted) {
        let generate = Generate::Leaf { names: wanted, issuer: ca() };
        let mut manifest = labelled(&tls(config));
        manifest["type"] = "kubernetes.io/tls".into();
        let title = format!("make the server's certificate ({why})");
        steps.push(apply("certificate", &title, vec![Object::new(manifest).filled(generate)]));
    }
    let published = published_ca(config, known_ca.as_deref());
    if known_ca.is_none() || !cluster.is_some_and(|cluster| cluster.has(&published)) {
        steps.push(apply("ca-published", "publish the CA's certificate", vec![published]));
    }
    let secrets = absent_for_good(cluster, vec![keys_object(config), state_key_object(config)]);
    if !secrets.is_empty() {
        steps.push(apply("secrets", "make the secrets that the server watches", secrets));
    }
    steps.extend(first_key(config, facts, store));
    steps.extend(on_this_laptop(config, facts, store, known_ca));
    steps
}

fn apply(id: &str, title: &str, objects: Vec<Object>) -> Step {
    Step::new(id, title, Action::Apply { objects })
}

fn absent(cluster: Option<&ClusterFacts>, objects: Vec<Object>) -> Vec<Object> {
    objects.into_iter().filter(|object| !cluster.is_some_and(|cluster| cluster.has(object))).collect()
}

/// Judged by existence alone: what is in them belongs to others.
fn absent_for_good(cluster: Option<&ClusterFacts>, objects: Vec<Object>) -> Vec<Object> {
    let exists = |object: &Object| cluster.is_some_and(|cluster| cluster.object(&object.reference()).is_some());
    objects.into_iter().filter(|object| !exists(object)).collect()
}

/// Nothing in it may run with more than the restricted level allows.
fn namespace(name: &str) -> Object {
    let mut manifest = labelled(&ObjectRef::new("v1", "Namespace", None, name));
    manifest["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "restricted".into();
    Object::new(manifest)
}

fn ca_object(config: &Config) -> Object {
    let mut manifest = labelled(&ca());
    manifest["type"] = "kubernetes.io/tls".into();
    let constraints = Constraints::of_homelab(&config.server.name, config.network.lan);
    Object::new(manifest).filled(Generate::Ca { label: format!("CA of {}", config.host.name), constraints })
}

/// What the server is reached by.
pub(super) fn names(config: &Config, facts: &Facts) -> Names {
    let host = config.host.address.parse().ok().or_else(|| facts.host.lan_address(config.network.lan));
    Names::of_server(&config.server.name, config.network.service_address(), host, config.network.lan)
}

/// The first reason for a new certificate, in words.
fn leaf_is_due(config: &Config, facts: &Facts, ca: Option<&str>, wanted: &Names) -> Option<String> {
    let Some(ca) = ca.and_then(|pem| Certificate::read(pem).ok()) else { return Some("there is none".into()) };
    let leaf = facts.cluster.as_ref().and_then(|cluster| {
        let text = |entry| cluster.secret_text(&tls(config), entry);
        Leaf::read(&text("tls.crt")?, &text("tls.key")?).ok()
    });
    due(leaf.as_ref(), &ca, wanted, facts.now, config.tls.renew_before_days).map(|why| why.to_string())
}

/// Where pods and people of the cluster find the CA without seeing its key.
fn published_ca(config: &Config, known: Option<&str>) -> Object {
    let mut manifest = labelled(&ObjectRef::new("v1", "ConfigMap", Some(&config.server.namespace), "homelab-ca"));
    match known {
        Some(pem) => {
            manifest["data"] = json!({"ca.crt": pem});
            Object::new(manifest)
        }
        None => {
            let made = Content::FromStep { step: "ca".into(), output: "tls.crt".into() };
            Object { data: vec![(Content::Text("ca.crt".into()), made)], ..Object::new(manifest) }
        }
    }
}

fn keys_object(config: &Config) -> Object {
    let mut manifest = labelled(&keys::secret(config));
    manifest["type"] = "Opaque".into();
    Object::new(manifest)
}

fn state_key_object(config: &Config) -> Object {
    let mut manifest = labelled(&state_key(config));
    manifest["type"] = "Opaque".into();
    Object::new(manifest).filled(Generate::Random { bytes: 32 })
}

/// A deployment without any key could not be used; whoever has one makes the others.
fn first_key(config: &Config, facts: &Facts, store: &Store) -> Vec<Step> {
    let secret = facts.cluster.as_ref().and_then(|cluster| cluster.object(&keys::secret(config)));
    if secret.is_some_and(|secret| secret["data"].as_object().is_some_and(|data| !data.is_empty())) {
        return Vec::new();
    }
    let name = FIRST_KEY.parse().expect("a name that is written in the code is well formed");
    let wanted = keys::Wanted { name, scopes: vec![Scope::Read, Scope::Operate], expires_at: None };
    keys::create(config, store, &keys::Known::default(), &wanted).map(|plan| plan.steps).unwrap_or_default()
}

fn on_this_laptop(config: &Config, facts: &Facts, store: &Store, known_ca: Option<String>) -> Vec<Step> {
    let mut steps = Vec::new();
    let edit = |id: &str, title: &str, file, edit| Step::new(id, title, Action::Edit { file, edit });
    match known_ca {
        Some(pem) if facts.laptop.ca.as_deref() == Some(&pem) => (),
        Some(_) | None => {
            let fetch = Edit::Fetch { object: ca(), entry: "tls.crt".into(), mode: 0o644 };
            steps.push(edit("trust", "keep the CA's certificate here", store.ca(), fetch));
        }
    }
    let connection = Connection::of(config).text();
    if facts.laptop.connection.as_deref() != Some(&connection) {
        let replace = Edit::Replace { content: Content::Text(connection), mode: 0o600, backup: false };
        steps.push(edit("connection", "note here where the server answers", store.connection(), replace));
    }
    steps
}
