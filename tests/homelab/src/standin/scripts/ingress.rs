//! The ingress add-on since 1.35: Traefik by its chart.

use crate::kube::kubectl;
use crate::standin::manifest;
use crate::standin::say::{grumble, tell, tell_as_is};

pub(super) fn enable(words: &[String]) -> u8 {
    let mut certificate = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-V" | "-r" | "-g" | "-t" | "--default-ssl-certificate" => {
                let Some(value) = rest.next().filter(|value| !value.starts_with('-')) else {
                    tell!("Missing argument for option {word}");
                    return 1;
                };
                if word == "--default-ssl-certificate" {
                    certificate = Some(value.clone());
                }
            }
            "--" => break,
            option if option.starts_with('-') => {
                tell!("Invalid option {option}");
                return 1;
            }
            _ => break,
        }
    }
    let store = match certificate.as_deref().map(|name| name.split_once('/')) {
        None => None,
        Some(Some((namespace, name))) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
            Some(tls_store(namespace, name))
        }
        Some(_) => {
            tell!("Invalid value for --default-ssl-certificate; expected NAMESPACE/NAME");
            return 1;
        }
    };
    match install(store.as_deref()) {
        Ok(()) => 0,
        Err(error) => {
            grumble!("{error:#}");
            1
        }
    }
}

/// It does not wait for the pods.
fn install(store: Option<&str>) -> anyhow::Result<()> {
    tell!("Installing Gateway API CRDs");
    manifest::apply_crds("gateway-api")?;
    tell!("Installing Traefik CRDs");
    manifest::apply_crds("traefik")?;
    tell!("Installing Traefik ingress controller");
    let as_helm = ["apply", "--server-side", "--force-conflicts", "--field-manager=helm", "-f", "-"];
    manifest::try_apply("ingress", manifest::TRAEFIK, &[], &as_helm)?;
    if let Some(store) = store {
        tell_as_is!("{}", kubectl::feed(&["apply", "-f", "-"], store)?);
    }
    tell!("Traefik ingress controller is enabled");
    Ok(())
}

fn tls_store(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: traefik.io/v1alpha1
kind: TLSStore
metadata:
  name: default
  namespace: {namespace}
spec:
  defaultCertificate:
    secretName: {name}
"
    )
}

/// With the CRDs go every Middleware, route and store of the user.
pub(super) fn disable() -> u8 {
    tell!("Disabling Ingress");
    manifest::delete(manifest::TRAEFIK);
    manifest::delete_crds("traefik");
    manifest::delete_crds("gateway-api");
    tell!("Ingress is disabled");
    0
}
