//! The services of a node and how they are started, stopped and restarted through its supervisor.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use nix::libc::{SIGKILL, SIGTERM};

use super::paths;
use crate::supervisor::{Client, Service, State};

/// Everything on a control plane node, in the order of their start.
const CONTROL_PLANE: [&str; 9] = [
    "containerd",
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    "calico-node",
    "cluster-agent",
];
/// A worker has no control plane but a way to one.
const WORKER: [&str; 6] = ["containerd", "apiserver-proxy", "kubelet", "kube-proxy", "calico-node", "cluster-agent"];
/// What one process, kubelite, does in MicroK8s: they restart together.
const KUBELITE: [&str; 5] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

/// True on a node that has joined another one as a worker.
pub fn is_worker() -> bool {
    fs::metadata(paths::data("var/lock/clustered.lock")).is_ok()
}

/// True after `microk8s stop`.
pub fn is_stopped() -> bool {
    fs::metadata(paths::data("var/lock/stopped.lock")).is_ok()
}

/// The services that this node has.
pub fn names() -> &'static [&'static str] {
    if is_worker() { &WORKER } else { &CONTROL_PLANE }
}

/// Starts every service that does not run. They wait for each other by themselves.
pub fn start_all() -> Result<()> {
    start(names())
}

/// Stops every service that there may be, the last started first.
pub fn stop_all() -> Result<()> {
    let mut all: Vec<&str> = CONTROL_PLANE.into_iter().chain(["apiserver-proxy"]).collect();
    all.reverse();
    stop(&all)
}

/// What a restart of `snap.microk8s.daemon-kubelite` does: the API is gone for some seconds.
pub fn restart_kubelite() -> Result<()> {
    let here: Vec<&str> = KUBELITE.into_iter().filter(|name| names().contains(name)).collect();
    let backwards: Vec<&str> = here.iter().rev().copied().collect();
    stop(&backwards)?;
    start(&here)
}

/// True when all services run.
pub fn all_run() -> Result<bool> {
    let running = running()?;
    Ok(names().iter().all(|name| running.iter().any(|other| other == name)))
}

/// The names of the services that run.
pub fn running() -> Result<Vec<String>> {
    let list = Client::local().list()?;
    let running = list.into_iter().filter(|status| status.state == State::Running);
    Ok(running.map(|status| status.name).collect())
}

fn start(names: &[&str]) -> Result<()> {
    let running = running()?;
    for name in names {
        if !running.iter().any(|other| other == name) {
            Client::local().start(&service(name))?;
        }
    }
    Ok(())
}

fn stop(names: &[&str]) -> Result<()> {
    let client = Client::local();
    for name in names {
        // They would drain for long, and keep nothing that etcd does not have.
        let signal = match *name {
            "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" => SIGKILL,
            _ => SIGTERM,
        };
        client.stop(name, signal, Duration::from_secs(5))?;
    }
    Ok(())
}

/// Each service is the stand-in itself, which waits for what the service needs and then becomes the real program.
fn service(name: &str) -> Service {
    let program = format!("{}/microk8s", paths::SNAP);
    let mut service = Service::new(name, [program.as_str(), "run-daemon", name]);
    service.env = vec![
        ("HOME".into(), "/root".into()),
        (
            "PATH".into(),
            format!(
                "{}:{}:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin",
                paths::part("containerd", "").trim_end_matches('/'),
                paths::part("kubernetes", "").trim_end_matches('/'),
            ),
        ),
    ];
    service.restart = true;
    service
}
