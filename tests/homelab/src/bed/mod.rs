//! One disposable homelab: a process tree in namespaces of its own, and a folder.
//!
//! ```text
//! monitor                 the only process outside; clears up when the tree has ended (and a sweeper beside it, should it be killed)
//!  └ init                 PID 1 of the bed; its network namespace is the LAN: a bridge, and the router 192.168.1.1
//!     ├ laptop            192.168.1.10: this machine's files, a HOME of its own
//!     ├ outside           203.0.113.10: a client that is not of the LAN
//!     └ node1 [node2]     192.168.1.104 [.101]: a Debian of its own, PID 1 is the supervisor
//! ```

mod cgroup;
mod control;
mod down;
mod enter;
mod init;
mod keys;
pub mod lan;
mod monitor;
mod node;
mod programs;
mod root;
mod station;
mod sysctl;
mod up;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

pub use control::Power;
pub use down::down;
pub use enter::{Place, enter};
pub use programs::Homelabctl;
pub(crate) use up::wait_for_sshd;
pub use up::{Options, State, Sudo, up};

use crate::parts::Parts;
use crate::supervisor;

/// The processes of a bed, each started by the one above it.
pub(crate) mod stage {
    pub(crate) use super::enter::command;
    pub(crate) use super::init::init;
    pub(crate) use super::monitor::{monitor, sweeper};
    pub(crate) use super::node::node;
    pub(crate) use super::station::station;
}

/// The name when nobody gives one.
pub const DEFAULT_NAME: &str = "homelab";

/// A bed by name, up or not.
#[derive(Debug, Clone)]
pub struct Bed {
    pub name: String,
    /// Everything that the bed writes on this machine.
    pub folder: PathBuf,
}

/// What the stages of a bed must know, written once by `up`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) nodes: u8,
    pub(crate) sudo: Sudo,
    /// Root of the Debian tree.
    pub(crate) tree: PathBuf,
    pub(crate) cache: PathBuf,
    pub(crate) addons: PathBuf,
    pub(crate) parts: Parts,
    /// The process that the bed shall not outlive.
    pub(crate) owner: Option<i32>,
}

/// Processes of the bed by their pid inside of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Pids {
    pub(crate) laptop: i32,
    pub(crate) outside: i32,
    /// `None` while the node is off.
    pub(crate) nodes: Vec<Option<i32>>,
}

impl Bed {
    /// The bed of that name, whether it is up or not.
    pub fn named(name: &str) -> Result<Self> {
        let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 20 || !name.chars().all(fine) {
            bail!("{name:?} cannot name a bed: up to 20 lower-case letters, digits and dashes");
        }
        Ok(Self { name: name.to_owned(), folder: folder()?.join(name) })
    }

    /// Every bed that has a folder.
    pub fn all() -> Result<Vec<Self>> {
        let Ok(entries) = fs::read_dir(folder()?) else { return Ok(Vec::new()) };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut beds: Vec<Self> = names.filter_map(|name| Self::named(&name).ok()).collect();
        beds.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(beds)
    }

    /// The pid of the bed's PID 1 on this machine; `None` when the bed does not run.
    pub fn init(&self) -> Option<i32> {
        let pid: i32 = fs::read_to_string(self.folder.join("run/init.pid")).ok()?.trim().parse().ok()?;
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        // A pid may be somebody else's by now.
        let ours = self.folder.as_os_str().as_encoded_bytes();
        command.split(|byte| *byte == 0).any(|word| word == ours).then_some(pid)
    }

    /// The pid of the only process outside, which everything else hangs on.
    pub fn monitor(&self) -> Option<i32> {
        fs::read_to_string(self.folder.join("run/monitor.pid")).ok()?.trim().parse().ok()
    }

    pub(crate) fn running(&self) -> Result<i32> {
        self.init().ok_or_else(|| anyhow!("there is no bed {:?}: `{} up` starts it", self.name, self.command()))
    }

    /// How a person calls the driver for this bed.
    pub fn command(&self) -> String {
        if self.name == DEFAULT_NAME {
            "cargo homelab".to_owned()
        } else {
            format!("cargo homelab --name {}", self.name)
        }
    }

    pub(crate) fn plan(&self) -> Result<Plan> {
        read_json(&self.folder.join("plan.json"))
    }

    pub(crate) fn pids(&self) -> Result<Pids> {
        read_json(&self.folder.join("run/pids.json"))
    }

    /// How far it was brought; `None` while it is being started.
    pub fn state(&self) -> Option<State> {
        up::state(self)
    }

    /// How many nodes it was started with.
    pub fn nodes(&self) -> Result<u8> {
        Ok(self.plan()?.nodes)
    }

    /// The `/proc` folder of a process of the bed, seen from this machine: no pid needs to be translated.
    pub(crate) fn proc(&self, pid: i32) -> Result<PathBuf> {
        Ok(PathBuf::from(format!("/proc/{}/root/proc/{pid}", self.running()?)))
    }

    /// The root folder of a node, seen from this machine.
    pub fn node_root(&self, number: u8) -> Result<PathBuf> {
        let pid = self.pids()?.nodes.get(usize::from(number).wrapping_sub(1)).copied().flatten();
        let pid = pid.ok_or_else(|| anyhow!("node {number} of the bed {:?} is not on", self.name))?;
        Ok(self.proc(pid)?.join("root"))
    }

    /// The supervisor of a node.
    pub fn supervisor(&self, number: u8) -> Result<supervisor::Client> {
        let socket = self.node_root(number)?.join(supervisor::SOCKET.trim_start_matches('/'));
        Ok(supervisor::Client::at(&socket))
    }

    /// What ended on a node without having been asked to.
    pub fn failed(&self, number: u8) -> Result<Option<String>> {
        let path = self.node_root(number)?.join(supervisor::FAILED.trim_start_matches('/'));
        Ok(fs::read_to_string(path).ok())
    }
}

/// Where the beds live: outside of every checkout.
pub fn folder() -> Result<PathBuf> {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    path("XDG_STATE_HOME")
        .or_else(|| path("HOME").map(|home| home.join(".local/state")))
        .map(|state| state.join("homelab-beds"))
        .ok_or_else(|| anyhow!("no folder for the beds: set HOME"))
}

pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not understood", path.display()))
}

/// Replaces the file in one go: a reader sees the old or the new one.
pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, serde_json::to_vec_pretty(value)?)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("cannot write {}", path.display()))
}
