//! The kubeconfigs of `$SNAP_DATA/credentials`.

use anyhow::Result;
use base64::Engine as _;

use super::{files, paths};

/// File, user and certificate of each.
const CONFIGS: [(&str, &str, &str); 6] = [
    ("client.config", "admin", "client"),
    ("controller.config", "system:kube-controller-manager", "controller"),
    ("scheduler.config", "system:kube-scheduler", "scheduler"),
    ("proxy.config", "system:kube-proxy", "proxy"),
    ("calico.config", "calico", "calico"),
    ("kubelet.config", "system:node", "kubelet"),
];

/// Writes the kubeconfigs for which there are certificates; all talk to the API server on this node.
pub fn write_all() -> Result<()> {
    for (file, user, certificate) in CONFIGS {
        let crt = paths::data(&format!("certs/{certificate}.crt"));
        let (Some(crt), Some(key)) =
            (files::read_if_there(crt)?, files::read_if_there(paths::data(&format!("certs/{certificate}.key")))?)
        else {
            continue;
        };
        let authority = files::read(paths::data("certs/ca.crt"))?;
        let text = kubeconfig(user, &authority, &crt, &key);
        files::write(paths::data(&format!("credentials/{file}")), text, 0o660)?;
    }
    Ok(())
}

/// The layout that `microk8s config` prints.
fn kubeconfig(user: &str, authority: &str, certificate: &str, key: &str) -> String {
    let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let (authority, certificate, key) = (encode(authority), encode(certificate), encode(key));
    format!(
        "apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {authority}
    server: https://127.0.0.1:16443
  name: microk8s-cluster
contexts:
- context:
    cluster: microk8s-cluster
    user: {user}
  name: microk8s
current-context: microk8s
kind: Config
preferences: {{}}
users:
- name: {user}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_names_cluster_context_and_user() {
        let text = kubeconfig("admin", "a", "b", "c");
        assert!(text.contains("  name: microk8s-cluster\n"));
        assert!(text.contains("    user: admin\n  name: microk8s\n"));
        assert!(text.contains("certificate-authority-data: YQ==\n"));
    }
}
