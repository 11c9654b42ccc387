//! Calico with VXLAN and the Kubernetes data store, as MicroK8s has it, but as a process of the node where MicroK8s has pods.

use std::convert::Infallible;
use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{files, host, kubectl, paths};

/// Prepares the node, lets the kubelet know that there is a network, and becomes felix.
pub fn run() -> Result<Infallible> {
    let node = host::name()?;
    let address = host::address().context("this node has no default route")?;
    for folder in ["/var/lib/calico", "/run/calico", "/var/log/calico/cni"] {
        files::folder(folder)?;
    }
    files::write("/var/lib/calico/nodename", &node, 0o644)?;
    // Only once: applying them again after a restart meets conflicts and costs 18 s.
    if !has_objects() {
        apply_objects()?;
    }
    while kubectl::output(&["get", "node", &node]).is_err() {
        thread::sleep(Duration::from_millis(200));
    }
    for step in [vec!["-startup"], vec!["-allocate-tunnel-addrs", "-allocate-tunnel-addrs-run-once"]] {
        let log = File::create(format!("/var/log/calico{}.log", step[0]))?;
        let status = calico_node(&node, &address.to_string())
            .args(&step)
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .context("cannot start calico-node")?;
        if !status.success() {
            bail!("calico-node {} failed, see /var/log/calico{}.log", step[0], step[0]);
        }
    }
    files::write(paths::data("args/cni-network/10-calico.conflist"), network(&node), 0o644)?;
    let error = calico_node(&node, &address.to_string()).arg("-felix").exec();
    Err(error).context("cannot become felix")
}

fn calico_node(node: &str, address: &str) -> Command {
    let mut command = Command::new(paths::part("calico", "calico-node"));
    command.envs([
        ("KUBECONFIG", paths::data("credentials/calico.config").as_str()),
        ("CALICO_NETWORKING_BACKEND", "vxlan"),
        ("DATASTORE_TYPE", "kubernetes"),
        ("NODENAME", node),
        ("CALICO_K8S_NODE_REF", node),
        ("IP", &format!("{address}/24")),
        ("IP6", "none"),
        ("NO_DEFAULT_POOLS", "true"),
        ("AS", ""),
        ("FELIX_DATASTORETYPE", "kubernetes"),
        ("FELIX_FELIXHOSTNAME", node),
        ("FELIX_IPV6SUPPORT", "false"),
        ("FELIX_IPTABLESBACKEND", "NFT"),
        ("FELIX_XDPENABLED", "false"),
        ("FELIX_DEFAULTENDPOINTTOHOSTACTION", "ACCEPT"),
        ("FELIX_HEALTHENABLED", "true"),
        ("FELIX_USAGEREPORTINGENABLED", "false"),
        ("FELIX_LOGSEVERITYSCREEN", "warning"),
        ("FELIX_LOGSEVERITYFILE", "none"),
        ("FELIX_LOGSEVERITYSYS", "none"),
        ("FELIX_LOGFILEPATH", "none"),
    ]);
    command
}

fn has_objects() -> bool {
    kubectl::output(&["get", "clusterinformations.crd.projectcalico.org", "default"]).is_ok()
}

fn apply_objects() -> Result<()> {
    let crds = format!("{}/calico.yaml", paths::CRDS);
    kubectl::output(&["apply", "--server-side", "-f", &crds]).context("cannot apply Calico's CRDs")?;
    let mut last = None;
    for _ in 0..50 {
        match kubectl::feed(&["apply", "--server-side", "-f", "-"], OBJECTS) {
            Ok(_) => return Ok(()),
            Err(error) => last = Some(error),
        }
        thread::sleep(Duration::from_millis(200));
    }
    match last {
        Some(error) => Err(error).context("cannot apply Calico's objects"),
        None => Ok(()),
    }
}

/// felix waits for a ClusterInformation; the GUID is quoted, or YAML makes a number of it.
const OBJECTS: &str = r#"apiVersion: crd.projectcalico.org/v1
kind: IPPool
metadata: {name: default-ipv4-ippool}
spec: {cidr: 10.1.0.0/16, blockSize: 26, ipipMode: Never, vxlanMode: Always, natOutgoing: true, nodeSelector: all(), allowedUses: [Workload, Tunnel]}
---
apiVersion: crd.projectcalico.org/v1
kind: FelixConfiguration
metadata: {name: default}
spec: {bpfEnabled: false, ipipEnabled: false, vxlanEnabled: true, floatingIPs: Disabled, logSeverityScreen: Warning, usageReportingEnabled: false}
---
apiVersion: crd.projectcalico.org/v1
kind: ClusterInformation
metadata: {name: default}
spec: {datastoreReady: true, clusterGUID: "11111111111111111111111111111111", clusterType: "k8s,bed", calicoVersion: v3.28.5}
"#;

/// The CNI configuration. It is written last: the node becomes Ready by it.
fn network(node: &str) -> String {
    let kubeconfig = paths::data("credentials/calico.config");
    serde_json::json!({
        "cniVersion": "1.0.0",
        "name": "k8s-pod-network",
        "plugins": [
            {
                "type": "calico", "log_level": "warning", "log_file_path": "/var/log/calico/cni/cni.log",
                "datastore_type": "kubernetes", "nodename": node, "mtu": 1450,
                "ipam": {"type": "calico-ipam"}, "policy": {"type": "k8s"},
                "kubernetes": {"kubeconfig": kubeconfig},
            },
            {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}},
        ],
    })
    .to_string()
}

/// Links the CNI plugins to where containerd looks for them.
pub fn link_plugins() -> Result<()> {
    let to = paths::data("opt/cni/bin");
    for plugin in ["bridge", "host-local", "loopback", "portmap", "bandwidth"] {
        files::link(paths::part("containerd", plugin), format!("{to}/{plugin}"))?;
    }
    for plugin in ["calico", "calico-ipam"] {
        files::link(paths::part("calico", "calico"), format!("{to}/{plugin}"))?;
    }
    Ok(())
}

/// Removes what the network left on the node, for `snap remove`.
pub fn forget() -> Result<()> {
    for path in ["/var/lib/calico", "/run/calico"] {
        files::remove(path)?;
    }
    let _ = Command::new("ip").args(["link", "delete", "vxlan.calico"]).output();
    let _ = fs::remove_file("/var/log/calico-startup.log");
    Ok(())
}
