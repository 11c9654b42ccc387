//! What the add-ons' own scripts do, in their order and words.

mod dns;
mod ingress;
mod metallb;
mod storage;
mod switched;

use std::io::IsTerminal as _;

use super::manifest;
use crate::kube::{args, kubectl, services};
use crate::standin::say::{grumble, tell};

/// Runs an add-on's `enable` and returns its exit code.
pub(super) fn enable(addon: &str, args: &[String]) -> u8 {
    match addon {
        "dns" => dns::enable(args),
        "hostpath-storage" | "storage" => storage::enable(args),
        "ingress" => ingress::enable(args),
        "metallb" => metallb::enable(args),
        "metrics-server" => metrics_server(),
        "rbac" => rbac("RBAC,Node", "Enabling RBAC", "RBAC is enabled"),
        "cert-manager" => switched::cert_manager(),
        "observability" | "prometheus" => switched::observability(),
        "registry" => switched::registry(args),
        "minio" => 0,
        other => {
            grumble!("the add-on {other} is not part of this homelab");
            1
        }
    }
}

/// Runs an add-on's `disable` and returns its exit code.
pub(super) fn disable(addon: &str, args: &[String]) -> u8 {
    match addon {
        "dns" => {
            tell!("Disabling DNS\nReconfiguring kubelet");
            manifest::delete(manifest::COREDNS);
            tell!("DNS is disabled");
            0
        }
        "hostpath-storage" | "storage" => storage::disable(args),
        "ingress" => ingress::disable(),
        "metallb" => metallb::disable(),
        "metrics-server" => {
            tell!("Disabling Metrics-Server");
            manifest::delete(manifest::METRICS_SERVER);
            tell!("Metrics-Server is disabled");
            0
        }
        "rbac" => {
            let code = rbac("AlwaysAllow", "Disabling RBAC", "RBAC is disabled");
            if code == 0 {
                forget_default_roles();
            }
            code
        }
        "cert-manager" => switched::remove("cert-manager", manifest::CERT_MANAGER),
        "observability" | "prometheus" => switched::remove("observability", manifest::OBSERVABILITY),
        "registry" => switched::remove("registry", manifest::REGISTRY),
        other => {
            grumble!("the add-on {other} is not part of this homelab");
            1
        }
    }
}

/// It restarts the kubelet, and with kubelite that is the API server too.
fn metrics_server() -> u8 {
    tell!("Enabling Metrics-Server");
    manifest::apply("metrics-server", manifest::METRICS_SERVER, &[]);
    let restarted = args::change("kubelet", "--authentication-token-webhook", Some("true"))
        .and_then(|_| services::restart_kubelite());
    finish(restarted, "Metrics-Server is enabled")
}

fn rbac(mode: &str, start: &str, end: &str) -> u8 {
    tell!("{start}\nReconfiguring apiserver");
    let restarted = args::change("kube-apiserver", "--authorization-mode", Some(mode)).and_then(|changed| {
        if changed {
            tell!("Restarting apiserver");
            services::restart_kubelite()?;
        }
        Ok(())
    });
    finish(restarted, end)
}

/// The roles that RBAC brought: while one of them is there, rbac reads as enabled.
fn forget_default_roles() {
    super::status::wait_for_ready(30);
    let label = "kubernetes.io/bootstrapping=rbac-defaults";
    let kinds = "clusterroles,clusterrolebindings";
    if let Err(error) = kubectl::output(&["delete", kinds, "-l", label]) {
        grumble!("{error:#}");
    }
}

fn finish(result: anyhow::Result<()>, end: &str) -> u8 {
    match result {
        Ok(()) => {
            tell!("{end}");
            0
        }
        Err(error) => {
            grumble!("{error:#}");
            1
        }
    }
}

/// What bash's `read -p` does: no prompt without a terminal, and `None` at the end of input.
fn ask(prompt: &str) -> Option<String> {
    if std::io::stdin().is_terminal() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), prompt.as_bytes());
    }
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim().to_owned()),
    }
}
