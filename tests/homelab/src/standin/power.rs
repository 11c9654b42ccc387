//! `microk8s start` and `stop`, and the end of all that runs in containers.

use std::fs;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::mount::{MntFlags, umount2};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::kube::{files, paths, services};
use crate::standin::say::{grumble, tell};

pub(super) fn start() -> ExitCode {
    let started = files::remove(paths::data("var/lock/stopped.lock")).and_then(|()| services::start_all());
    report(started, "Started.")
}

/// Not only the control plane: every container ends too (mk#4755).
pub(super) fn stop() -> ExitCode {
    let stopped = files::write(paths::data("var/lock/stopped.lock"), "", 0o644)
        .and_then(|()| services::stop_all())
        .map(|()| end_workload());
    report(stopped, "Stopped.")
}

fn report(result: Result<()>, word: &str) -> ExitCode {
    match result {
        Ok(()) => {
            tell!("{word}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            grumble!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Kills the shims and everything in a pod's cgroup, until none is left, and forgets the host ports of the pods.
pub(super) fn end_workload() {
    // Stale ones would take the ports of the next install's pods (mk#2986).
    let _ = Command::new("iptables").args(["-w", "-t", "nat", "-F", "CNI-HOSTPORT-DNAT"]).output();
    for _ in 0..50 {
        let pids = workload();
        if pids.is_empty() {
            return;
        }
        for pid in pids {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        thread::sleep(Duration::from_millis(100));
    }
}

fn workload() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse::<i32>().ok())
        .filter(|pid| is_workload(*pid))
        .collect()
}

fn is_workload(pid: i32) -> bool {
    let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let zombie = read("stat").rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
    !zombie && (read("comm").starts_with("containerd-shim") || read("cgroup").contains("/kubepods"))
}

/// Unmounts what lies below a folder, the last mounted first.
pub(super) fn unmount_below(folder: &str) -> Result<()> {
    let mounts = files::read("/proc/self/mounts")?;
    for mount in points_below(&mounts, folder).iter().rev() {
        umount2(mount.as_str(), MntFlags::MNT_DETACH).with_context(|| format!("cannot unmount {mount}"))?;
    }
    Ok(())
}

/// Mount points inside of a folder; the folder's own mount is the bed's.
fn points_below(mounts: &str, folder: &str) -> Vec<String> {
    mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .map(|point| point.replace("\\040", " "))
        .filter(|point| point.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_inside_is_unmounted() {
        let mounts = "a /var/snap/microk8s ext4 rw 0 0\nb /var/snap/microk8s/common/x tmpfs rw 0 0\nc /var/snap/microk8s2/y tmpfs rw 0 0\n";
        assert_eq!(points_below(mounts, "/var/snap/microk8s"), ["/var/snap/microk8s/common/x"]);
    }
}
