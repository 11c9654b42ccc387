//! PID 1 of a node, until it becomes the supervisor.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use nix::unistd::{chdir, pivot_root, sethostname};

use super::up::Sudo;
use super::{Plan, cgroup, lan, read_json, root, station, sysctl};
use crate::supervisor::{BOOT, SERVICES, Service};
use crate::tree::Tree;

/// The person's account on the host.
const USER: &str = "henry";
const USER_ID: u32 = 1000;

/// `__node NUMBER FOLDER`, started by the bed's init as PID 1 of a new namespace.
pub(crate) fn node(number: u8, folder: &Path) -> Result<()> {
    set_pdeathsig(Signal::SIGKILL)?;
    let plan: Plan = read_json(&folder.join("plan.json"))?;
    cgroup::enter(&plan.name, &format!("node{number}"))?;
    unshare(
        CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWCGROUP,
    )
    .context("cannot make namespaces")?;
    station::say("apart")?;
    let (address, name) = lan::node(number);
    sethostname(name)?;
    let place = root::build(&plan, number)?;
    configure(&plan, number, &place)?;
    station::wait_for_go()?;
    lan::connect(&Tree { root: plan.tree.clone() }, address)?;
    enter(&place)?;
    sysctl::apply()?;
    // A login shell's limit would be too low for the kubelet.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    station::say("ready")?;
    let error = Command::new("/opt/homelab/driver")
        .arg0("supervisor")
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin")
        .env("HOME", "/root")
        .env("LANG", "C.UTF-8")
        .exec();
    Err(error).context("cannot start the supervisor")
}

/// Makes the folder the node's root; the machine's files are gone.
fn enter(place: &Path) -> Result<()> {
    let old = place.join("run/machine");
    fs::create_dir_all(&old)?;
    chdir(place)?;
    pivot_root(".", "run/machine").context("cannot change the root")?;
    chdir("/")?;
    umount2("/run/machine", MntFlags::MNT_DETACH)?;
    fs::remove_dir("/run/machine")?;
    let none: Option<&str> = None;
    // Pods see mounts of the node, and the kubelet theirs.
    Ok(mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_SHARED, none)?)
}

/// Files that an installation of the host would have written; what is there from an earlier boot stays.
fn configure(plan: &Plan, number: u8, place: &Path) -> Result<()> {
    let (address, name) = lan::node(number);
    let write = |path: &str, text: &str, mode: u32| -> Result<()> {
        let path = place.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(fs::set_permissions(&path, fs::Permissions::from_mode(mode))?)
    };
    for folder in ["sshd", "lock", "homelab"] {
        fs::create_dir_all(place.join("run").join(folder))?;
    }
    if place.join("etc/hostname").exists() {
        return Ok(());
    }
    let id = fs::read_to_string("/proc/sys/kernel/random/uuid")?.replace('-', "");
    write("etc/machine-id", &id, 0o444)?;
    write("etc/hostname", &format!("{name}\n"), 0o644)?;
    let [first, second] = [lan::node(1), lan::node(2)].map(|(address, name)| format!("{address} {name}\n"));
    write("etc/hosts", &format!("127.0.0.1 localhost\n{first}{second}"), 0o644)?;
    write("etc/resolv.conf", &format!("nameserver {}\n", lan::ROUTER), 0o644)?;

    let append = |path: &str, line: &str| -> Result<()> {
        let text = fs::read_to_string(place.join(path))? + line + "\n";
        Ok(fs::write(place.join(path), text)?)
    };
    append("etc/passwd", &format!("{USER}:x:{USER_ID}:{USER_ID}:{USER}:/home/{USER}:/bin/bash"))?;
    append("etc/group", &format!("{USER}:x:{USER_ID}:"))?;
    let hash = fs::read_to_string(plan.folder.join("keys/password"))?;
    append("etc/shadow", &format!("{USER}:{}:19000:0:99999:7:::", hash.trim()))?;
    let rule = match plan.sudo {
        Sudo::Free => "ALL=(ALL:ALL) NOPASSWD: ALL",
        Sudo::Password => "ALL=(ALL:ALL) ALL",
    };
    write(&format!("etc/sudoers.d/{USER}"), &format!("{USER} {rule}\n"), 0o440)?;

    let home = format!("home/{USER}");
    let key = fs::read_to_string(plan.folder.join("home/.ssh/id_ed25519.pub"))?;
    write(&format!("{home}/.ssh/authorized_keys"), &key, 0o600)?;
    write(&format!("{home}/.profile"), "PATH=\"$PATH:/snap/bin\"\n", 0o644)?;
    for path in
        [home.clone(), format!("{home}/.ssh"), format!("{home}/.ssh/authorized_keys"), format!("{home}/.profile")]
    {
        chown(place.join(path), Some(USER_ID), Some(USER_ID))?;
    }
    fs::set_permissions(place.join(&home).join(".ssh"), fs::Permissions::from_mode(0o700))?;

    write("etc/ssh/ssh_host_ed25519_key", &fs::read_to_string(plan.folder.join(format!("keys/host{number}")))?, 0o600)?;
    write("etc/ssh/sshd_config", &sshd_config(&address.to_string()), 0o644)?;
    // The stand-in for snapd starts what it has installed.
    write(&format!("{}/snapd", BOOT.trim_start_matches('/')), "#!/bin/sh\nexec snap boot\n", 0o755)?;
    let mut sshd = Service::new("sshd", ["/usr/sbin/sshd", "-D", "-e"]);
    sshd.restart = true;
    write(&format!("{}/sshd.json", SERVICES.trim_start_matches('/')), &serde_json::to_string_pretty(&sshd)?, 0o644)?;
    Ok(())
}

/// What Ubuntu's sshd does, keys only.
fn sshd_config(address: &str) -> String {
    format!(
        "ListenAddress {address}:22\nHostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nPermitRootLogin no\nUsePAM yes\nPrintMotd no\nUseDNS no\nPidFile none\n\
         AcceptEnv LANG LC_*\nSubsystem sftp /usr/lib/openssh/sftp-server\n"
    )
}
