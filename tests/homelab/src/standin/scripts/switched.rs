//! Add-ons that are only switched on: their parts are not built, so their objects are there with pods that do nothing.

use crate::kube::kubectl;
use crate::standin::say::{grumble, tell};
use crate::standin::{enable, manifest};

pub(super) fn cert_manager() -> u8 {
    tell!("Enable cert-manager");
    enable::nested("dns");
    manifest::apply("cert-manager", manifest::CERT_MANAGER, &[]);
    tell!("Enabled cert-manager");
    0
}

/// The real script ignores what kubectl says.
pub(super) fn registry(words: &[String]) -> u8 {
    let mut size = "20Gi".to_owned();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some(("--size" | "size", value)) => size = value.to_owned(),
            _ if word == "--size" || word == "-s" => size = words.next().cloned().unwrap_or_default(),
            _ => (),
        }
    }
    let enough = size.strip_suffix("Gi").and_then(|number| number.parse::<u32>().ok());
    if enough.is_none_or(|gibibytes| gibibytes < 20) {
        tell!("The size of the registry should be higher or equal to 20Gi");
        return 1;
    }
    enable::nested("hostpath-storage");
    tell!("The registry will be created with the size of {size}.");
    manifest::apply("registry", manifest::REGISTRY, &[("$DISKSIZE", &size)]);
    tell!("The registry is enabled");
    0
}

pub(super) fn observability() -> u8 {
    tell!("Enabling observability");
    enable::nested("dns");
    enable::nested("hostpath-storage");
    manifest::apply("observability", manifest::OBSERVABILITY, &[]);
    tell!("Observability has been enabled (user/pass: admin/prom-operator)");
    0
}

pub(super) fn remove(addon: &str, manifest: &str) -> u8 {
    tell!("Disabling {addon}");
    manifest::delete(manifest);
    if let Err(error) = kubectl::output(&["get", "--raw", "/readyz"]) {
        grumble!("{error:#}");
        return 1;
    }
    tell!("{addon} is disabled");
    0
}
