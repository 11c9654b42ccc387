//! The way in: one Ingress with TLS, and the allow-list of the LAN.

use super::{controller::Controller, template};
use crate::config::Config;
use k8s_openapi::api::networking::v1::Ingress;
use serde_json::Value;

pub(super) const ALLOW_LIST: &str = "homelab-mcp-lan";

/// The allow-list comes first: an Ingress that names none that exists would be closed or, worse, open.
pub(super) fn objects(config: &Config, controller: Controller) -> Vec<Value> {
    let row = controller.row();
    let mut objects = Vec::new();
    if row.middleware {
        // a kind of Traefik's own, so it stays plain data
        let mut middleware: Value = template::parse(template::MIDDLEWARE);
        middleware["metadata"]["namespace"] = config.server.namespace.as_str().into();
        middleware["metadata"]["name"] = ALLOW_LIST.into();
        middleware["spec"]["ipAllowList"]["sourceRange"] = vec![config.network.lan.to_string()].into();
        objects.push(middleware);
    }
    let mut ingress: Ingress = template::parse(template::INGRESS);
    ingress.metadata.namespace = Some(config.server.namespace.to_string());
    let annotations = (row.annotations)(config).into_iter().map(|(name, value)| (name.to_owned(), value));
    ingress.metadata.annotations = Some(annotations.collect());
    let spec = ingress.spec.as_mut().expect("the template has a spec");
    for tls in spec.tls.iter_mut().flatten() {
        tls.hosts = Some(vec![config.server.name.to_string()]);
    }
    for rule in spec.rules.iter_mut().flatten() {
        rule.host = Some(config.server.name.to_string());
    }
    objects.push(template::value(&ingress));
    objects
}
