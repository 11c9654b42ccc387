//! What a service does before it becomes the real program: wait for what it needs, gather its arguments, replace itself.

use std::convert::Infallible;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{args, calico, containerd, files, host, images, kubectl, paths, proxy};

/// Runs a service by its name; returns only when that fails.
pub fn run(name: &str) -> Result<Infallible> {
    match name {
        "containerd" => {
            containerd::prepare()?;
            become_program(&paths::part("containerd", "containerd"), name, &[])
        }
        "etcd" => become_program(&paths::part("etcd", "server"), name, &["--unsafe-no-fsync".into()]),
        "kube-apiserver" => {
            until(|| port_answers(2379));
            become_kube(name, &api_server()?)
        }
        "kube-controller-manager" | "kube-scheduler" => {
            until(kubectl::api_is_ready);
            become_kube(name, &control(name))
        }
        "kubelet" => {
            until(images::containerd_answers);
            images::ensure("pause")?;
            until(kubectl::api_is_ready);
            become_kube(name, &kubelet()?)
        }
        "kube-proxy" => {
            until(kubectl::api_is_ready);
            become_kube(name, &proxy_arguments()?)
        }
        "apiserver-proxy" => proxy::run(),
        "calico-node" => {
            until(kubectl::api_is_ready);
            calico::run()
        }
        other => bail!("there is no service {other}"),
    }
}

/// Every write of a person or a workload, with who and what: the tests read from it that a second run writes nothing.
/// The cluster's own parts write all the time.
const AUDIT_POLICY: &str = "apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    verbs: [get, list, watch]
  - level: None
    userGroups: [\"system:nodes\", \"system:serviceaccounts:kube-system\"]
  - level: None
    users: [calico, \"system:apiserver\", \"system:kube-controller-manager\", \"system:kube-scheduler\", \"system:kube-proxy\"]
  - level: Metadata
";

/// What the bed adds to the API server's arguments.
fn api_server() -> Result<Vec<String>> {
    let policy = format!("{}/audit-policy.yaml", paths::RUN);
    files::write(&policy, AUDIT_POLICY, 0o644)?;
    Ok(vec![
        format!("--audit-policy-file={policy}"),
        format!("--audit-log-path={}", paths::AUDIT_LOG),
        "--enable-aggregator-routing=true".into(),
    ])
}

/// Leader election would delay every restart by the length of a lease; there is one of each here.
fn control(name: &str) -> Vec<String> {
    let config = match name {
        "kube-scheduler" => paths::data("credentials/scheduler.config"),
        _ => paths::data("credentials/controller.config"),
    };
    vec![
        "--leader-elect=false".into(),
        format!("--authentication-kubeconfig={config}"),
        format!("--authorization-kubeconfig={config}"),
    ]
}

/// cgroup v1 and fast reactions; images are never collected, because there is nowhere to pull them from again.
const KUBELET_CONFIG: &str = "apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
authorization: {mode: Webhook}
volumePluginDir: /var/snap/microk8s/common/var/lib/kubelet/volumeplugins
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
nodeStatusUpdateFrequency: 5s
syncFrequency: 5s
";

fn kubelet() -> Result<Vec<String>> {
    let config = format!("{}/kubelet.yaml", paths::RUN);
    files::write(&config, KUBELET_CONFIG, 0o644)?;
    for folder in ["/var/log/pods", "/var/log/containers"] {
        files::folder(folder)?;
    }
    let mut more = vec![format!("--config={config}"), format!("--hostname-override={}", host::name()?)];
    if let Some(address) = host::address() {
        more.push(format!("--node-ip={address}"));
    }
    Ok(more)
}

/// The machine's connection tracking is not the bed's to tune.
fn proxy_arguments() -> Result<Vec<String>> {
    Ok(vec![
        "--proxy-mode=nftables".into(),
        format!("--hostname-override={}", host::name()?),
        "--conntrack-max-per-core=0".into(),
        "--conntrack-min=0".into(),
        "--conntrack-tcp-timeout-established=0s".into(),
        "--conntrack-tcp-timeout-close-wait=0s".into(),
    ])
}

/// The Kubernetes services are one program that goes by its name, as kubelite is.
fn become_kube(name: &str, more: &[String]) -> Result<Infallible> {
    let arguments = args::of(name)?;
    let error = Command::new(paths::part("kubernetes", "kubelite")).arg0(name).args(&arguments).args(more).exec();
    Err(error).with_context(|| format!("cannot become {name}"))
}

fn become_program(program: &str, name: &str, more: &[String]) -> Result<Infallible> {
    let error = Command::new(program).args(args::of(name)?).args(more).exec();
    Err(error).with_context(|| format!("cannot become {name}"))
}

/// Waits as long as it takes, as the wrappers of the snap do.
pub fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::sleep(Duration::from_millis(100));
    }
}

fn port_answers(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// True when a fault of this name is switched on.
pub fn fault(name: &str) -> bool {
    fs::metadata(format!("{}/{name}", paths::FAULTS)).is_ok()
}
