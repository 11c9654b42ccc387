//! Runs a command inside of a bed, as if it had been typed there: input, terminal, folder and exit code are its own.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, setns};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{SigSet, Signal};

use super::{Bed, cgroup};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Where homelabctl runs, as the person.
    Laptop,
    /// A client that is not of the LAN.
    Outside,
    /// A node, as root; counted from 1.
    Host(u8),
}

/// Signals that the terminal sends to the command as well: it decides what they mean.
const LEFT_TO_THE_COMMAND: [Signal; 3] = [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP];

/// A desktop's agent and folders are the machine's, not the bed's.
const OF_THE_DESKTOP: [&str; 6] =
    ["SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"];

/// Runs `argv` (a shell when it is empty) and waits; needs a process with a single thread.
pub fn enter(bed: &Bed, place: Place, argv: &[String]) -> Result<ExitCode> {
    let pids =
        bed.pids().with_context(|| format!("there is no bed {:?}: `{} up` starts it", bed.name, bed.command()))?;
    let (pid, group) = match place {
        Place::Laptop => (pids.laptop, "init".to_owned()),
        Place::Outside => (pids.outside, "init".to_owned()),
        Place::Host(number) => {
            let pid = pids.nodes.get(usize::from(number).wrapping_sub(1)).copied().flatten();
            (pid.with_context(|| format!("node {number} is not on"))?, format!("node{number}"))
        }
    };
    let environment = environment(bed, place)?;
    let folder = std::env::current_dir().context("the current folder is gone")?;
    let proc = bed.proc(pid)?;
    cgroup::enter(&bed.name, &group)?;
    join(&proc, place)?;
    if !matches!(place, Place::Host(_)) {
        std::env::set_current_dir(&folder).with_context(|| format!("cannot enter {}", folder.display()))?;
    }
    let shell = ["/bin/bash".to_owned()];
    let argv = if argv.is_empty() { &shell[..] } else { argv };
    // The stage below takes them back before it becomes the command.
    let blocked = SigSet::from_iter(LEFT_TO_THE_COMMAND);
    blocked.thread_block()?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0("homelab").arg("__command").args(argv);
    if matches!(place, Place::Host(_)) {
        command.env_clear();
        command.envs(std::env::var_os("TERM").map(|term| ("TERM".to_owned(), term)));
    }
    for name in OF_THE_DESKTOP {
        command.env_remove(name);
    }
    for name in of_cargo_run() {
        command.env_remove(name);
    }
    let status = command.envs(environment).status().context("cannot start a process in the bed")?;
    Ok(match (status.code(), status.signal()) {
        (Some(code), _) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        (None, Some(signal)) => ExitCode::from(128 + u8::try_from(signal).unwrap_or(0)),
        (None, None) => ExitCode::FAILURE,
    })
}

/// `__command ARGV…`: ends with whoever asked for it, and becomes the command.
pub(crate) fn command(argv: &[String]) -> Result<ExitCode> {
    set_pdeathsig(Signal::SIGKILL)?;
    SigSet::from_iter(LEFT_TO_THE_COMMAND).thread_unblock()?;
    let [program, args @ ..] = argv else { bail!("no command") };
    let error = Command::new(program).args(args).exec();
    crate::say::tell(&format!("error: cannot run {program}\n  {error}"));
    // What a shell says.
    Ok(ExitCode::from(if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 }))
}

/// Takes the namespaces of the process whose /proc folder this is.
fn join(proc: &Path, place: Place) -> Result<()> {
    let mut kinds = vec![
        ("uts", CloneFlags::CLONE_NEWUTS),
        ("net", CloneFlags::CLONE_NEWNET),
        ("ipc", CloneFlags::CLONE_NEWIPC),
        ("pid", CloneFlags::CLONE_NEWPID),
    ];
    if matches!(place, Place::Host(_)) {
        kinds.push(("cgroup", CloneFlags::CLONE_NEWCGROUP));
    }
    // Last: after it the paths are the bed's.
    kinds.push(("mnt", CloneFlags::CLONE_NEWNS));
    let open = |(name, flag): (&str, CloneFlags)| -> Result<(File, CloneFlags)> {
        let path = proc.join("ns").join(name);
        Ok((File::open(&path).with_context(|| format!("cannot open {}", path.display()))?, flag))
    };
    let namespaces: Vec<(File, CloneFlags)> = kinds.into_iter().map(open).collect::<Result<_>>()?;
    for (file, flag) in namespaces {
        setns(file.as_fd(), flag).with_context(|| format!("cannot enter the bed ({flag:?})"))?;
    }
    Ok(())
}

/// What `cargo run` has set for this driver and a command in the bed would take for its own.
fn of_cargo_run() -> Vec<String> {
    if std::env::var_os("CARGO_MANIFEST_DIR").is_none() {
        return Vec::new();
    }
    let is_cargos = |name: &String| {
        ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| name.starts_with(start))
            || ["CARGO", "LD_LIBRARY_PATH", "RUST_RECURSION_COUNT"].contains(&name.as_str())
    };
    std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(is_cargos).collect()
}

/// What is different from the caller's environment.
fn environment(bed: &Bed, place: Place) -> Result<Vec<(String, String)>> {
    if matches!(place, Place::Host(_)) {
        return Ok(vec![
            ("PATH".into(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin".into()),
            ("HOME".into(), "/root".into()),
            ("LANG".into(), "C.UTF-8".into()),
        ]);
    }
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    let path = std::env::var("PATH").unwrap_or_default();
    let mut all = vec![
        ("HOME".to_owned(), bed.folder.join("home").display().to_string()),
        ("PATH".to_owned(), format!("{}:{path}", bed.folder.join("bin").display())),
        ("HOMELAB_BED".to_owned(), bed.name.clone()),
        ("KUBECONFIG".to_owned(), kubeconfig(bed)?.display().to_string()),
        ("CARGO_NET_OFFLINE".to_owned(), "true".to_owned()),
        ("GOPROXY".to_owned(), "off".to_owned()),
    ];
    // Tools find what they have on this machine although HOME is another.
    for (name, folder) in
        [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup"), ("GOPATH", "go"), ("GOCACHE", ".cache/go-build")]
    {
        if std::env::var_os(name).is_none() {
            all.push((name.to_owned(), Path::new(&home).join(folder).display().to_string()));
        }
    }
    Ok(all)
}

/// The administrator's kubeconfig of the first node, as it is now, with its address in the LAN.
fn kubeconfig(bed: &Bed) -> Result<PathBuf> {
    let path = bed.folder.join("kubeconfig");
    let source = bed.node_root(1).map(|root| root.join("var/snap/microk8s/current/credentials/client.config"));
    // A link of the node leads elsewhere on this machine, so `current` is followed by hand.
    let text = source.ok().and_then(|source| fs::read_to_string(inside(bed, &source)?).ok());
    if let Some(text) = text {
        fs::write(&path, text.replace("https://127.0.0.1:", &format!("https://{}:", super::lan::HOST)))?;
    }
    Ok(path)
}

/// `…/microk8s/current/…` with the revision that `current` links to.
fn inside(bed: &Bed, path: &Path) -> Option<PathBuf> {
    let microk8s = bed.node_root(1).ok()?.join("var/snap/microk8s");
    let revision = fs::read_link(microk8s.join("current")).ok()?;
    let rest = path.strip_prefix(microk8s.join("current")).ok()?;
    Some(microk8s.join(revision.file_name()?).join(rest))
}
