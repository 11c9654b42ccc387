//! The ingress controllers that MicroK8s ships, and how each is told the same things: one row each.

use crate::config::Config;
use serde::Serialize;
use std::fmt;

/// Which controller serves the class `public`. Only its `.spec.controller` tells: with Traefik even the class `nginx` is Traefik's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Controller {
    /// MicroK8s 1.35 and later
    Traefik,
    /// MicroK8s up to 1.34
    Nginx,
}

/// What is particular about a controller.
pub(super) struct Row {
    pub controller: Controller,
    /// `.spec.controller` of its IngressClass
    pub class: &'static str,
    /// HTTPS only, the allow-list, and no limits on streams
    pub annotations: fn(&Config) -> Vec<(&'static str, String)>,
    /// The allow-list is an object of its own
    pub middleware: bool,
}

pub(super) static ROWS: &[Row] = &[
    Row {
        controller: Controller::Traefik,
        class: "traefik.io/ingress-controller",
        annotations: traefik,
        middleware: true,
    },
    Row { controller: Controller::Nginx, class: "k8s.io/ingress-nginx", annotations: nginx, middleware: false },
];

/// Traefik ignores nginx' annotations without a word, so these are its own. Without `entrypoints` port 80 would serve in clear.
fn traefik(config: &Config) -> Vec<(&'static str, String)> {
    vec![
        ("traefik.ingress.kubernetes.io/router.entrypoints", "websecure".to_owned()),
        ("traefik.ingress.kubernetes.io/router.tls", "true".to_owned()),
        (
            "traefik.ingress.kubernetes.io/router.middlewares",
            format!("{}-{}@kubernetescrd", config.server.namespace, super::routing::ALLOW_LIST),
        ),
    ]
}

fn nginx(config: &Config) -> Vec<(&'static str, String)> {
    vec![
        ("nginx.ingress.kubernetes.io/whitelist-source-range", config.network.lan.to_string()),
        ("nginx.ingress.kubernetes.io/force-ssl-redirect", "true".to_owned()),
        ("nginx.ingress.kubernetes.io/proxy-body-size", config.server.settings.limits.body_bytes.to_string()),
        ("nginx.ingress.kubernetes.io/proxy-buffering", "off".to_owned()),
        ("nginx.ingress.kubernetes.io/proxy-read-timeout", "3600".to_owned()),
    ]
}

impl Controller {
    /// By the `.spec.controller` of the IngressClass.
    pub fn of_class(class: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.class == class).map(|row| row.controller)
    }

    pub(super) fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.controller == self).expect("every controller has its row")
    }
}

impl fmt::Display for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Controller::Traefik => "Traefik",
            Controller::Nginx => "ingress-nginx",
        })
    }
}
