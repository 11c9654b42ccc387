//! The process of a bed outside of its namespaces, and the sweeper that stands in for it when it is killed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, setsid};

use super::{Bed, Plan, cgroup, read_json};
use crate::cache;

/// `__monitor FOLDER`: starts the bed, waits for its end, and leaves nothing.
pub(crate) fn monitor(folder: &Path) -> Result<()> {
    let plan: Plan = read_json(&folder.join("plan.json"))?;
    let _ = setsid();
    fs::write(folder.join("run/monitor.pid"), std::process::id().to_string())?;
    let parts = ["init".to_owned()].into_iter().chain((1..=plan.nodes).map(|number| format!("node{number}")));
    for part in parts {
        cgroup::make(&plan.name, &part)?;
    }
    let driver = folder.join("driver");
    Command::new(&driver)
        .arg("__sweeper")
        .arg(folder)
        .arg(std::process::id().to_string())
        .stdin(Stdio::null())
        .spawn()?;
    // From here on children are PID 1 of a new namespace.
    unshare(CloneFlags::CLONE_NEWPID).context("cannot make a pid namespace")?;
    let mut init =
        Command::new(&driver).arg("__init").arg(folder).stdin(Stdio::null()).spawn().context("cannot start the bed")?;
    fs::write(folder.join("run/init.pid"), init.id().to_string())?;
    let status = init.wait()?;
    if !folder.join("run/ready").exists() {
        // `up` still waits: it shows the logs, and `down` clears up.
        fs::write(folder.join("run/ended"), status.to_string())?;
        return Ok(());
    }
    sweep(&plan.name, folder)
}

/// `__sweeper FOLDER PID`: does the monitor's last duty when the monitor cannot.
pub(crate) fn sweeper(folder: &Path, monitor: &str) -> Result<()> {
    let _ = setsid();
    let plan: Plan = read_json(&folder.join("plan.json"))?;
    let alive = || fs::read(format!("/proc/{monitor}/cmdline")).is_ok_and(|line| !line.is_empty());
    let alone = || plan.owner.is_some_and(|owner| !Path::new(&format!("/proc/{owner}")).exists());
    let bed = Bed { name: plan.name.clone(), folder: folder.to_owned() };
    while alive() {
        thread::sleep(Duration::from_millis(50));
        if alone()
            && let Some(init) = bed.init()
        {
            let _ = kill(Pid::from_raw(init), Signal::SIGKILL);
        }
    }
    // After a start that failed the folder with its logs is for `up`.
    if folder.join("run/ended").exists() || !folder.exists() {
        return Ok(());
    }
    sweep(&plan.name, folder)
}

/// Removes what the kernel does not: control groups and the bed's folder.
pub(super) fn sweep(name: &str, folder: &Path) -> Result<()> {
    let bed = Bed { name: name.to_owned(), folder: folder.to_owned() };
    for _ in 0..100 {
        if bed.init().is_none() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    cgroup::sweep(name)?;
    // `down` and the monitor may both be at it.
    for _ in 0..50 {
        if cache::remove(folder).is_ok() {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    cache::remove(folder)?;
    // Fails while another bed is there, as it should.
    let _ = fs::remove_dir(super::folder()?);
    Ok(())
}
