//! The launch configuration that the install hook reads.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::kube::files;

/// First match wins.
const PLACES: [&str; 3] = ["/etc/microk8s.yaml", "/root/snap/microk8s/common/.microk8s.yaml", IN_COMMON];
/// The one that goes with the snap's data.
pub(super) const IN_COMMON: &str = "/var/snap/microk8s/common/.microk8s.yaml";

/// What a MicroK8s without any launch configuration does.
const DEFAULT: &str = "version: 0.1.0
addons:
  - name: dns
extraKubeletArgs:
  --cluster-domain: cluster.local
  --cluster-dns: 10.152.183.10
";

/// Arguments by name; `null` removes one.
type Arguments = BTreeMap<String, Option<String>>;

/// Unknown keys only warn in MicroK8s, so they are let pass.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Launch {
    version: String,
    #[serde(rename = "extraSANs")]
    pub(super) extra_sans: Vec<String>,
    pub(super) addons: Vec<LaunchAddon>,
    #[serde(rename = "extraKubeAPIServerArgs")]
    pub(super) extra_kube_api_server_args: Arguments,
    pub(super) extra_kubelet_args: Arguments,
    pub(super) extra_kube_proxy_args: Arguments,
    pub(super) extra_kube_controller_manager_args: Arguments,
    pub(super) extra_kube_scheduler_args: Arguments,
    /// File name below `args` and content.
    pub(super) extra_config_files: BTreeMap<String, String>,
    pub(super) persistent_cluster_token: Option<String>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct LaunchAddon {
    pub(super) name: String,
    pub(super) disable: bool,
    pub(super) args: Vec<String>,
}

/// The first configuration there is, or the default.
pub(super) fn read() -> Result<Launch> {
    for place in PLACES {
        if let Some(text) = files::read_if_there(place)? {
            return parse(&text).with_context(|| format!("the launch configuration {place} is invalid"));
        }
    }
    parse(DEFAULT)
}

fn parse(text: &str) -> Result<Launch> {
    let launch: Launch = serde_yaml::from_str(text)?;
    match launch.version.as_str() {
        "0.1.0" | "0.2.0" => Ok(launch),
        "" => bail!("version is missing, it must be 0.1.0 or 0.2.0"),
        other => bail!("version {other} is not known, it must be 0.1.0 or 0.2.0"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_default_enables_dns() {
        let launch = parse(DEFAULT).unwrap();
        assert_eq!(launch.addons[0].name, "dns");
        assert_eq!(launch.extra_kubelet_args["--cluster-domain"].as_deref(), Some("cluster.local"));
    }

    #[test]
    fn null_removes_and_unknown_keys_pass() {
        let launch = parse("version: 0.2.0\nextraKubeAPIServerArgs:\n  --profiling: null\n  --advertise-address: 192.168.1.104\nsurprise: 1\n").unwrap();
        assert_eq!(launch.extra_kube_api_server_args["--profiling"], None);
        assert_eq!(launch.extra_kube_api_server_args["--advertise-address"].as_deref(), Some("192.168.1.104"));
    }

    #[test]
    fn a_bad_configuration_is_refused() {
        assert!(parse("addons: []\n").unwrap_err().to_string().contains("version is missing"));
        assert!(parse("version: 9\n").is_err());
        assert!(parse("version: 0.1.0\naddons: dns\n").is_err());
    }
}
