//! The kubelet's summary: what the node really uses.
//!
//! Asked directly, because the way through the API server (`nodes/proxy`) would be a right to run commands
//! everywhere. The cluster's CA vouches for the kubelet.

use std::{net::IpAddr, time::Duration};

use kube::{Client, Config};
use serde::Deserialize;

use super::{Figures, Link, Share};
use crate::cluster;

const PORT: u16 = 10_250;
const PATIENCE: Duration = Duration::from_secs(3);

/// The kubelet of the machine that this pod runs on.
pub(crate) struct Kubelet {
    client: Client,
    address: IpAddr,
}

/// The part of `/stats/summary` that is used.
#[derive(Debug, Deserialize)]
pub(super) struct Summary {
    node: NodeStats,
    #[serde(default)]
    pods: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct NodeStats {
    node_name: String,
    #[serde(default)]
    cpu: Cpu,
    #[serde(default)]
    memory: Memory,
    #[serde(default)]
    fs: Fs,
    #[serde(default)]
    network: Network,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cpu {
    usage_nano_cores: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Memory {
    available_bytes: Option<u64>,
    working_set_bytes: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Fs {
    capacity_bytes: Option<u64>,
    used_bytes: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
struct Network {
    #[serde(default)]
    interfaces: Vec<Interface>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interface {
    name: String,
    rx_bytes: Option<u64>,
    tx_bytes: Option<u64>,
}

impl Kubelet {
    /// The kubelet at this address, with the identity and the CA that the API server is asked with.
    pub(crate) fn new(api: &Config, address: IpAddr) -> anyhow::Result<Self> {
        let mut config = api.clone();
        let host = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
        config.cluster_url = format!("https://{host}:{PORT}").parse()?;
        config.tls_server_name = None;
        Ok(Self { client: cluster::client(config)?, address })
    }

    /// One look, or why there is none.
    pub(super) async fn summary(&self) -> Result<Summary, String> {
        let request = http::Request::get("/stats/summary").body(Vec::new()).map_err(|error| error.to_string())?;
        let address = self.address;
        match tokio::time::timeout(PATIENCE, self.client.request(request)).await {
            Ok(Ok(summary)) => Ok(summary),
            Ok(Err(kube::Error::Api(status))) => Err(format!("the kubelet at {address} refused: {}", status.message)),
            Ok(Err(error)) => {
                tracing::warn!(%error, %address, "the kubelet does not answer");
                Err(format!("the kubelet at {address} does not answer"))
            }
            Err(_) => Err(format!("the kubelet at {address} was silent for {PATIENCE:?}")),
        }
    }
}

impl Summary {
    /// Puts what the kubelet knows in the place of what a container sees.
    pub(super) fn fill(self, figures: &mut Figures) {
        let node = self.node;
        figures.name = node.node_name;
        figures.pods = Some(self.pods.len());
        #[expect(clippy::cast_precision_loss, reason = "a count of nanoseconds of one second")]
        let used = node.cpu.usage_nano_cores.map(|nanos| nanos as f64 / 1e9);
        figures.cpu_used = used;
        if let (Some(used), Some(free)) = (node.memory.working_set_bytes, node.memory.available_bytes) {
            figures.memory = Some(Share { used, total: used + free });
        }
        if let (Some(used), Some(total)) = (node.fs.used_bytes, node.fs.capacity_bytes) {
            figures.disks = vec![("kubelet's file system".to_owned(), Share { used, total })];
        }
        // Each pod has a cali… or veth… of its own, which says nothing about the machine.
        let own = node
            .network
            .interfaces
            .into_iter()
            .filter(|i| !["cali", "veth", "lo"].iter().any(|p| i.name.starts_with(p)));
        figures.links = own
            .map(|i| Link { name: i.name, received: i.rx_bytes.unwrap_or(0), sent: i.tx_bytes.unwrap_or(0) })
            .take(8)
            .collect();
        for (missing, what) in [
            (figures.cpu_used.is_none(), "cpu in use"),
            (figures.disks.is_empty(), "disk"),
            (figures.links.is_empty(), "network"),
        ] {
            if missing {
                figures.unknown.push(format!("{what}: the kubelet does not say"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_summary_fills_the_figures() {
        let text = r#"{"node": {"nodeName": "homelab", "startTime": "2026-11-20T06:00:00Z",
            "cpu": {"time": "x", "usageNanoCores": 420000000},
            "memory": {"availableBytes": 13, "workingSetBytes": 3, "usageBytes": 5},
            "fs": {"availableBytes": 5, "capacityBytes": 10, "usedBytes": 4},
            "network": {"name": "eth0", "interfaces": [
                {"name": "cali123", "rxBytes": 1, "txBytes": 1}, {"name": "eth0", "rxBytes": 7, "txBytes": 8}]}},
            "pods": [{"podRef": {"name": "a"}}, {}]}"#;
        let mut figures = Figures { cores: Some(4), ..Figures::default() };
        serde_json::from_str::<Summary>(text).unwrap().fill(&mut figures);
        assert_eq!(figures.name, "homelab");
        assert_eq!(figures.cpu_used, Some(0.42));
        assert_eq!(figures.memory.unwrap().total, 16);
        assert_eq!((figures.links.len(), figures.links[0].received), (1, 7));
        assert_eq!((figures.pods, figures.cores), (Some(2), Some(4)));
        assert!(figures.unknown.is_empty());
    }

    #[test]
    fn what_the_kubelet_leaves_out_is_said() {
        let mut figures = Figures::default();
        serde_json::from_str::<Summary>(r#"{"node": {"nodeName": "n"}}"#).unwrap().fill(&mut figures);
        assert_eq!(figures.unknown.len(), 3);
    }
}
