//! Settings of the kernel. Those of the network are the node's own; the others are the whole machine's, so a node sees copies:
//! it may write what it likes, and the machine stays as it is.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use nix::mount::{MsFlags, mount};

/// Folders of /proc/sys that are the machine's.
const OF_THE_MACHINE: &[&str] = &["fs", "kernel", "vm"];
/// These answer anew at each reading.
const ALIVE: &[&str] = &["random", "binfmt_misc", "ns_last_pid"];
/// The kubelet insists on these, and MicroK8s' own check on the last two.
const WANTED: &[(&str, &str)] = &[
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
    ("kernel/keys/root_maxkeys", "1000000"),
    ("kernel/keys/root_maxbytes", "25000000"),
    ("fs/inotify/max_user_instances", "8192"),
    ("fs/inotify/max_user_watches", "1048576"),
];

/// Mounts copies over the machine's settings in the /proc below `root`, before the node takes that root.
pub(super) fn cover(root: &Path) -> Result<()> {
    let none: Option<&str> = None;
    for name in OF_THE_MACHINE {
        let real = root.join("proc/sys").join(name);
        let copy = Path::new("/run/node/sysctl").join(name);
        fs::create_dir_all(&copy)?;
        mount(Some("sysctl"), &copy, Some("tmpfs"), MsFlags::empty(), Some("mode=755"))?;
        copy_folder(&real, &copy)?;
        for (path, value) in WANTED {
            if let Some(path) = path.strip_prefix(name) {
                let path = copy.join(path.trim_start_matches('/'));
                if path.exists() {
                    fs::write(path, format!("{value}\n"))?;
                }
            }
        }
        for alive in ALIVE {
            let (from, to) = (real.join(alive), copy.join(alive));
            if from.exists() {
                if from.is_dir() {
                    fs::create_dir_all(&to)?;
                } else {
                    fs::write(&to, "")?;
                }
                mount(Some(&from), &to, none, MsFlags::MS_BIND | MsFlags::MS_REC, none)?;
            }
        }
        mount(Some(&copy), &real, none, MsFlags::MS_BIND | MsFlags::MS_REC, none)
            .with_context(|| format!("cannot cover {name}"))?;
    }
    let trigger = root.join("proc/sysrq-trigger");
    if trigger.exists() {
        // A write there restarts the machine, or worse.
        let harmless = Path::new("/run/node/sysrq");
        fs::write(harmless, "")?;
        mount(Some(harmless), &trigger, none, MsFlags::MS_BIND, none)?;
    }
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)?.flatten() {
        let name = entry.file_name();
        if ALIVE.iter().any(|alive| name == *alive) {
            continue;
        }
        let target = to.join(&name);
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_folder(&entry.path(), &target)?;
        } else {
            // Some can only be written.
            let mut text = Vec::new();
            let _ = fs::File::open(entry.path()).and_then(|mut file| file.read_to_end(&mut text));
            fs::write(&target, text)?;
        }
    }
    Ok(())
}

/// Settings of the node's own network, which its pods rely on.
pub(super) fn apply() -> Result<()> {
    for (path, value) in [
        ("ipv4/ip_forward", "1"),
        ("ipv4/conf/all/route_localnet", "1"),
        ("ipv4/ip_unprivileged_port_start", "0"),
        ("bridge/bridge-nf-call-iptables", "1"),
    ] {
        let path = Path::new("/proc/sys/net").join(path);
        if path.exists() {
            fs::write(&path, value).with_context(|| format!("cannot set {}", path.display()))?;
        }
    }
    Ok(())
}
