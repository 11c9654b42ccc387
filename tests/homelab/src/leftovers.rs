//! What a bed could leave on this machine: noted before the first `up` and compared after the last `down`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::bed;

/// Lists of traces, each under what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces(Vec<(&'static str, BTreeSet<Trace>)>);

/// One trace, and the bed that it is known to belong to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Trace {
    text: String,
    bed: Option<String>,
}

impl From<String> for Trace {
    /// Paths tell their bed.
    fn from(text: String) -> Self {
        let bed = text.split_once("/homelab-beds/").and_then(|(_, rest)| rest.split(['/', ' ', '\n']).next());
        Self { bed: bed.map(str::to_owned), text }
    }
}

impl Traces {
    /// Looks at processes, mounts, links, listeners, control groups, loop devices, settings and files.
    pub fn now() -> Result<Self> {
        let plain = |lines: BTreeSet<String>| lines.into_iter().map(Trace::from).collect::<BTreeSet<Trace>>();
        Ok(Self(vec![
            ("process in namespaces of its own", foreign_processes()),
            ("process of a bed", plain(bed_processes()?)),
            ("mount", plain(mounts()?)),
            ("network link", plain(lines_of("/proc/net/dev").iter().filter_map(|line| word(line, 0)).collect())),
            ("route", plain(lines_of("/proc/net/route"))),
            ("listener", plain(listeners())),
            ("loop device", plain(loops())),
            ("control group", plain(folders(Path::new("/sys/fs/cgroup"), 4))),
            ("setting", plain(settings())),
            ("file", plain(files())),
            ("bed", plain(names(&bed::folder()?))),
        ]))
    }

    /// One line for everything that is there now and was not before, or the other way round.
    /// What belongs to a bed counts when that bed is `ours`: others may come and go meanwhile.
    pub fn compare(&self, after: &Self, ours: impl Fn(&str) -> bool) -> Vec<String> {
        let counts = |trace: &&Trace| trace.bed.as_deref().is_none_or(&ours);
        let mut found = Vec::new();
        for ((what, before), (_, after)) in self.0.iter().zip(&after.0) {
            let line = |way: &str, trace: &Trace| format!("{what} {way}: {}", trace.text);
            found.extend(after.difference(before).filter(counts).map(|trace| line("left", trace)));
            found.extend(before.difference(after).filter(counts).map(|trace| line("gone", trace)));
        }
        found
    }
}

fn lines_of(path: &str) -> BTreeSet<String> {
    fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn word(line: &str, at: usize) -> Option<String> {
    line.split_whitespace().nth(at).map(str::to_owned)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().display().to_string()).collect()
}

fn processes() -> Vec<PathBuf> {
    let is_pid = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()))
    };
    fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path()).filter(is_pid).collect()
}

fn command_line(process: &Path) -> String {
    let bytes = fs::read(process.join("cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
    text.trim().chars().take(100).collect()
}

/// By their namespaces' names: those that are not this process's. Their control group tells their bed.
fn foreign_processes() -> BTreeSet<Trace> {
    let foreign = |process: &Path| {
        ["net", "mnt", "pid"].iter().any(|kind| {
            let [theirs, ours] =
                [process, Path::new("/proc/self")].map(|folder| fs::read_link(folder.join("ns").join(kind)));
            matches!((theirs, ours), (Ok(theirs), Ok(ours)) if theirs != ours)
        })
    };
    let trace = |process: &PathBuf| Trace {
        text: command_line(process),
        bed: Trace::from(fs::read_to_string(process.join("cgroup")).unwrap_or_default()).bed,
    };
    // One that has ended and is not yet collected has no words.
    processes().iter().filter(|process| foreign(process)).map(trace).filter(|trace| !trace.text.is_empty()).collect()
}

fn bed_processes() -> Result<BTreeSet<String>> {
    let folder = bed::folder()?.display().to_string();
    Ok(processes().iter().map(|process| command_line(process)).filter(|line| line.contains(&folder)).collect())
}

fn mounts() -> Result<BTreeSet<String>> {
    // Without their numbers, which are given anew.
    let text = fs::read_to_string("/proc/self/mountinfo")?;
    Ok(text.lines().map(|line| line.splitn(3, ' ').nth(2).unwrap_or(line).to_owned()).collect())
}

fn listeners() -> BTreeSet<String> {
    let listening = |line: &String| word(line, 3).as_deref() == Some("0A");
    ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|path| lines_of(path))
        .filter(listening)
        .filter_map(|line| word(&line, 1))
        .collect()
}

fn loops() -> BTreeSet<String> {
    let backing = |entry: fs::DirEntry| fs::read_to_string(entry.path().join("loop/backing_file")).ok();
    fs::read_dir("/sys/block").into_iter().flatten().flatten().filter_map(backing).collect()
}

fn folders(root: &Path, depth: u8) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    for path in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()) {
        if depth > 0 {
            found.extend(folders(&path, depth - 1));
        }
        found.insert(path.display().to_string());
    }
    found
}

/// Settings of the whole machine that a Kubernetes node likes to change.
fn settings() -> BTreeSet<String> {
    let paths = [
        "vm/overcommit_memory",
        "vm/panic_on_oom",
        "kernel/panic",
        "kernel/panic_on_oops",
        "kernel/keys/root_maxkeys",
        "fs/inotify/max_user_instances",
        "fs/inotify/max_user_watches",
        "net/ipv4/ip_forward",
        "net/ipv4/conf/all/route_localnet",
        "net/ipv4/ip_unprivileged_port_start",
        "kernel/hostname",
    ];
    let read = |path: &&str| fs::read_to_string(format!("/proc/sys/{path}")).unwrap_or_default();
    paths.iter().map(|path| format!("{path} = {}", read(path).trim())).collect()
}

/// Where a host of Kubernetes writes. /tmp is left out: everybody writes there at any time.
fn files() -> BTreeSet<String> {
    let folders_of_a_host = [
        "/etc",
        "/etc/ssh",
        "/etc/cni",
        "/run",
        "/run/netns",
        "/opt",
        "/srv",
        "/snap",
        "/home",
        "/var/snap",
        "/var/lib",
        "/var/log",
        "/var/lib/kubelet",
        "/var/lib/containerd",
        "/var/lib/etcd",
        "/var/lib/cni",
        "/var/lib/calico",
        "/var/lib/dpkg/info",
    ];
    folders_of_a_host.iter().flat_map(|folder| names(Path::new(folder))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_and_what_is_gone_is_told() {
        let traces =
            |lines: &[&str]| Traces(vec![("mount", lines.iter().map(|&line| line.to_owned().into()).collect())]);
        let (before, after) = (traces(&["/a", "/b"]), traces(&["/b", "/c", "/x/homelab-beds/other/disk"]));
        assert_eq!(before.compare(&after, |bed| bed == "mine"), ["mount left: /c", "mount gone: /a"]);
        assert_eq!(before.compare(&after, |bed| bed == "other").len(), 3);
    }
}
