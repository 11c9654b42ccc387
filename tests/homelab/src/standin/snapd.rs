//! What snapd remembers and does on its own: installed snaps, holds, changes, and a host's boot.
//!
//! A change runs in a process of its own, so that a killed `snap install` goes on, as with the real daemon.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use nix::fcntl::{Flock, FlockArg};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{install, launch, permission, power};
use crate::kube::{files, paths, services};

const STATE: &str = "/var/lib/snapd/state.json";
/// What the emulated store has, newest track first: track, version, revision.
pub(super) const TRACKS: [(&str, &str, u32); 3] =
    [("1.36", "v1.36.3", 8695), ("1.35", "v1.35.6", 8612), ("1.34", "v1.34.9", 8455)];
pub(super) const RISKS: [&str; 4] = ["stable", "candidate", "beta", "edge"];

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) microk8s: Option<Installed>,
    #[serde(default)]
    pub(super) changes: Vec<Change>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Installed {
    pub(super) channel: String,
    pub(super) version: String,
    pub(super) revision: u32,
    pub(super) held: bool,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) at: OffsetDateTime,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) id: u32,
    pub(super) status: String,
    pub(super) kind: String,
    pub(super) summary: String,
    /// The process that does it.
    pub(super) pid: u32,
    #[serde(with = "time::serde::rfc3339")]
    pub(super) at: OffsetDateTime,
}

impl Change {
    /// Under way, by a process that is still there.
    pub(super) fn is_running(&self) -> bool {
        self.status == "Doing" && std::fs::metadata(format!("/proc/{}", self.pid)).is_ok()
    }
}

pub(super) fn state() -> Result<State> {
    match files::read_if_there(STATE)? {
        Some(text) => serde_json::from_str(&text).context("snapd's state is damaged"),
        None => Ok(State::default()),
    }
}

/// Changes the state; one at a time.
pub(super) fn update<T>(change: impl FnOnce(&mut State) -> T) -> Result<T> {
    files::folder("/var/lib/snapd")?;
    let _lock =
        Flock::lock(File::create("/var/lib/snapd/state.lock")?, FlockArg::LockExclusive).map_err(|(_, error)| error)?;
    let mut state = state()?;
    let answer = change(&mut state);
    files::write(STATE, serde_json::to_string_pretty(&state)?, 0o644)?;
    Ok(answer)
}

/// A channel's full name, version and revision; `None` when the store has none.
pub(super) fn find(channel: &str) -> Option<(String, &'static str, u32)> {
    let (track, risk) = match channel.split_once('/') {
        Some((track, risk)) => (track, risk),
        None if RISKS.contains(&channel) => ("latest", channel),
        None => (channel, "stable"),
    };
    let (_, version, revision) = match track {
        "latest" => TRACKS[0],
        _ => *TRACKS.iter().find(|(name, ..)| *name == track)?,
    };
    RISKS.contains(&risk).then(|| (format!("{track}/{risk}"), version, revision))
}

/// What a change does; it is given to its process as words.
#[derive(Debug, Clone)]
pub(super) enum Work {
    Install { channel: String },
    Refresh { channel: String },
    Remove { purge: bool },
}

impl Work {
    fn words(&self) -> Vec<String> {
        match self {
            Self::Install { channel } => vec!["install".into(), channel.clone()],
            Self::Refresh { channel } => vec!["refresh".into(), channel.clone()],
            Self::Remove { purge } => vec!["remove".into(), purge.to_string()],
        }
    }

    fn from_words(words: &[String]) -> Option<Self> {
        match words {
            [kind, channel] if kind == "install" => Some(Self::Install { channel: channel.clone() }),
            [kind, channel] if kind == "refresh" => Some(Self::Refresh { channel: channel.clone() }),
            [kind, purge] if kind == "remove" => Some(Self::Remove { purge: purge == "true" }),
            _ => None,
        }
    }

    fn summary(&self) -> String {
        match self {
            Self::Install { channel } => format!("Install \"microk8s\" snap from \"{channel}\" channel"),
            Self::Refresh { channel } => format!("Refresh \"microk8s\" snap from \"{channel}\" channel"),
            Self::Remove { .. } => "Remove \"microk8s\" snap".into(),
        }
    }
}

/// Starts the process of a change and waits for it; its complaint is the error.
pub(super) fn perform(work: &Work) -> Result<Result<(), String>> {
    let own = std::env::current_exe().context("cannot find this program")?;
    let child = Command::new(own)
        .arg0("snap")
        .arg("run-change")
        .args(work.words())
        // Out of reach of the signals that end the command.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the change")?;
    let output = child.wait_with_output()?;
    let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Ok(if output.status.success() { Ok(()) } else { Err(complaint) })
}

/// The process of a change: `snap run-change KIND ARGUMENT`.
pub(super) fn run_change(words: &[String]) -> Result<()> {
    let work = Work::from_words(words).context("this is no change")?;
    let id = update(|state| {
        let id = state.changes.last().map_or(1, |change| change.id + 1);
        state.changes.push(Change {
            id,
            status: "Doing".into(),
            kind: words[0].clone(),
            summary: work.summary(),
            pid: std::process::id(),
            at: OffsetDateTime::now_utc(),
        });
        id
    })?;
    let done = carry_out(&work);
    let status = if done.is_ok() { "Done" } else { "Error" };
    update(|state| {
        if let Some(change) = state.changes.iter_mut().find(|change| change.id == id) {
            change.status = status.into();
        }
    })?;
    done
}

fn carry_out(work: &Work) -> Result<()> {
    match work {
        Work::Install { channel } => {
            let (channel, version, revision) = find(channel).context("no such channel")?;
            let launch = launch::read()?;
            if let Err(error) = install::lay_out(revision).and_then(|()| install::configure(&launch)) {
                install::undo()?;
                return Err(error);
            }
            services::start_all()?;
            update(|state| {
                state.microk8s = Some(Installed {
                    channel,
                    version: version.into(),
                    revision,
                    held: false,
                    at: OffsetDateTime::now_utc(),
                });
            })
        }
        Work::Refresh { channel } => {
            let (channel, version, revision) = find(channel).context("no such channel")?;
            services::stop_all()?;
            install::switch(revision)?;
            services::start_all()?;
            update(|state| {
                if let Some(installed) = &mut state.microk8s {
                    installed.channel = channel;
                    installed.version = version.into();
                    installed.revision = revision;
                }
            })
        }
        Work::Remove { purge } => {
            services::stop_all()?;
            power::end_workload();
            install::remove(*purge)?;
            update(|state| state.microk8s = None)
        }
    }
}

/// What the host's boot does: an install that was cut off is undone, and the snaps' services start.
pub(super) fn boot() -> Result<()> {
    let mut cut_off = Vec::new();
    update(|state| {
        for change in state.changes.iter_mut().filter(|change| change.status == "Doing") {
            change.status = if change.kind == "install" { "Undone" } else { "Error" }.into();
            cut_off.push(change.kind.clone());
        }
    })?;
    let installed = state()?.microk8s.is_some();
    if !installed && !cut_off.is_empty() {
        install::undo()?;
    }
    if installed && !services::is_stopped() {
        services::start_all()?;
    }
    Ok(())
}

/// Whether the group of `microk8s` has been made; its number.
pub(super) fn group_number() -> Result<u32> {
    let file = files::read("/etc/group")?;
    if let Some(number) = number_of(&file, permission::GROUP) {
        return Ok(number);
    }
    let number = (990..1000)
        .rev()
        .find(|number| !file.lines().any(|line| line.split(':').nth(2) == Some(&number.to_string())))
        .context("no group number is left")?;
    files::write("/etc/group", format!("{file}{}:x:{number}:\n", permission::GROUP), 0o644)?;
    Ok(number)
}

fn number_of(file: &str, group: &str) -> Option<u32> {
    let line = file.lines().find(|line| line.split(':').next() == Some(group))?;
    line.split(':').nth(2)?.parse().ok()
}

/// Where the programs of a revision lie.
pub(super) fn revision_folder(revision: u32) -> String {
    paths::SNAP.replace("current", &revision.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_have_full_names() {
        let name = |channel| find(channel).map(|(name, ..)| name);
        assert_eq!(name("1.36/stable").as_deref(), Some("1.36/stable"));
        assert_eq!(name("1.36").as_deref(), Some("1.36/stable"));
        assert_eq!(name("edge").as_deref(), Some("latest/edge"));
        assert_eq!(name("1.99/stable"), None);
        assert_eq!(name("1.36/nonsense"), None);
    }

    #[test]
    fn a_group_is_found_by_its_name() {
        assert_eq!(number_of("root:x:0:\nmicrok8s:x:998:henry\n", "microk8s"), Some(998));
        assert_eq!(number_of("root:x:0:\n", "microk8s"), None);
    }
}
