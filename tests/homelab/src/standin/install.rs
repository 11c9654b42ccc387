//! What the install, refresh and remove hooks of the snap do to the host's files.

use std::net::IpAddr;
use std::process::Command;

use anyhow::{Context, Result};

use super::launch::{self, Launch};
use super::{cluster, power, snapd};
use crate::kube::{args, calico, certificates, credentials, files, host, paths};

/// Commands that also exist with their name after a dot.
const DOTTED: [&str; 9] = ["config", "ctr", "disable", "enable", "inspect", "kubectl", "start", "status", "stop"];

/// Puts the programs of a revision and its folders where snapd puts them.
pub(super) fn lay_out(revision: u32) -> Result<()> {
    let own = std::env::current_exe().context("cannot find this program")?;
    let programs = snapd::revision_folder(revision);
    files::link(&own, format!("{programs}/microk8s"))?;
    // Built in since 1.28; `status` looks for these two.
    for wrapper in ["microk8s-helm.wrapper", "microk8s-helm3.wrapper"] {
        files::write(format!("{programs}/{wrapper}"), "#!/bin/sh\nexit 1\n", 0o755)?;
    }
    files::link(revision.to_string(), paths::SNAP)?;
    files::link(format!("{}/microk8s", paths::SNAP), "/snap/bin/microk8s")?;
    for name in DOTTED {
        let script = format!("#!/bin/sh\nexec /snap/bin/microk8s {name} \"$@\"\n");
        files::write(format!("/snap/bin/microk8s.{name}"), script, 0o755)?;
    }
    files::folder(format!("/var/snap/microk8s/{revision}"))?;
    files::link(revision.to_string(), paths::SNAP_DATA)?;
    for folder in ["var/lib/containerd", "var/lib/kubelet", "etc/sideload", "addons/core"] {
        files::folder(paths::common(folder))?;
    }
    for folder in ["args/cni-network", "args/certs.d", "var/lock", "var/kubernetes/backend"] {
        files::folder(paths::data(folder))?;
    }
    // etcd warns at each start when others may look into it.
    files::give_to_group(paths::data("var/kubernetes/backend"), 0, 0o700)?;
    for lock in ["ha-cluster", "lite.lock"] {
        files::write(paths::data(&format!("var/lock/{lock}")), "", 0o644)?;
    }
    // snapd's own start with the host.
    files::write("/etc/homelab/boot.d/snapd", "#!/bin/sh\nexec /usr/bin/snap boot\n", 0o755)?;
    calico::link_plugins()
}

/// Writes arguments, certificates and kubeconfigs for a fresh node.
pub(super) fn configure(launch: &Launch) -> Result<()> {
    for (file, content) in args::DEFAULTS {
        files::write(paths::data(&format!("args/{file}")), content, 0o660)?;
    }
    for (service, more) in [
        ("kube-apiserver", &launch.extra_kube_api_server_args),
        ("kubelet", &launch.extra_kubelet_args),
        ("kube-proxy", &launch.extra_kube_proxy_args),
        ("kube-controller-manager", &launch.extra_kube_controller_manager_args),
        ("kube-scheduler", &launch.extra_kube_scheduler_args),
    ] {
        for (key, value) in more {
            args::change(service, key, value.as_deref())?;
        }
    }
    for (file, content) in &launch.extra_config_files {
        files::write(paths::data(&format!("args/{file}")), content, 0o660)?;
    }
    make_certificates(&launch.extra_sans)?;
    credentials::write_all()?;
    if let Some(token) = &launch.persistent_cluster_token {
        cluster::keep_token(token, None)?;
    }
    share_with_group()?;
    // The cluster agent does these once the API answers.
    let wanted: Vec<Vec<String>> = launch
        .addons
        .iter()
        .map(|addon| {
            let verb = if addon.disable { "disable" } else { "enable" };
            let mut words = vec![verb.to_owned(), addon.name.clone()];
            words.extend(addon.args.iter().cloned());
            words
        })
        .collect();
    files::write(paths::data("var/lock/launch-addons.json"), serde_json::to_string(&wanted)?, 0o644)
}

fn make_certificates(extra_sans: &[String]) -> Result<()> {
    certificates::make_authority("ca", "10.152.183.1")?;
    certificates::make_authority("front-proxy-ca", "front-proxy-ca")?;
    certificates::make_service_account_key()?;
    make_server_certificate(extra_sans)?;
    certificates::make(&certificates::front_proxy_client())?;
    for leaf in certificates::clients() {
        certificates::make(&leaf)?;
    }
    let addresses: Vec<IpAddr> = host::own_addresses().into_iter().map(IpAddr::V4).collect();
    certificates::make(&certificates::kubelet(&host::name()?, &addresses))
}

/// The API server's certificate for the addresses that the node has now; the host's name is not in it.
pub(super) fn make_server_certificate(extra_sans: &[String]) -> Result<()> {
    let mut addresses: Vec<IpAddr> = host::own_addresses().into_iter().map(IpAddr::V4).collect();
    let mut names = Vec::new();
    for extra in extra_sans {
        match extra.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => names.push(extra.clone()),
        }
    }
    certificates::make(&certificates::server(&addresses, &names))
}

/// Members of the group may read the credentials; nobody else but root.
fn share_with_group() -> Result<()> {
    let group = snapd::group_number()?;
    for folder in ["credentials", "certs", "args"] {
        files::give_to_group(paths::data(folder), group, 0o770)?;
        let entries = std::fs::read_dir(paths::data(folder)).with_context(|| format!("cannot list {folder}"))?;
        for entry in entries.flatten().filter(|entry| entry.path().is_file()) {
            files::give_to_group(entry.path(), group, 0o660)?;
        }
    }
    files::give_to_group(paths::data("var/lock"), group, 0o770)
}

/// Goes to another revision with a copy of the data, as a refresh does.
pub(super) fn switch(revision: u32) -> Result<()> {
    let old = std::fs::read_link(paths::SNAP_DATA).context("no revision is installed")?;
    let (from, to) = (format!("/var/snap/microk8s/{}", old.display()), format!("/var/snap/microk8s/{revision}"));
    if from != to {
        files::remove(&to)?;
        let status = Command::new("cp").args(["-a", &from, &to]).status().context("cannot start cp")?;
        anyhow::ensure!(status.success(), "cannot copy the data to {to}");
    }
    lay_out(revision)
}

/// Takes an install back. What lay in the shared folder before, a launch configuration, stays.
pub(super) fn undo() -> Result<()> {
    let kept = files::read_if_there(launch::IN_COMMON)?;
    remove(true)?;
    match kept {
        Some(text) => files::write(launch::IN_COMMON, text, 0o644),
        None => Ok(()),
    }
}

/// Removes programs and data. Without `purge` snapd would keep an archive of the data; the live folders go in both cases.
pub(super) fn remove(_purge: bool) -> Result<()> {
    power::unmount_below("/var/snap/microk8s")?;
    calico::forget()?;
    let mut gone = vec!["/snap/bin/microk8s".to_owned(), "/snap/microk8s".into(), "/var/snap/microk8s".into()];
    gone.extend(DOTTED.map(|name| format!("/snap/bin/microk8s.{name}")));
    for path in gone {
        files::remove(path)?;
    }
    files::remove("/run/homelab/containerd-booted")?;
    Ok(())
}
