//! Faults on request, in front of the real thing; `clear` takes them back.

mod disk;
mod network;
pub(crate) mod proxy;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Subcommand;
use nix::sys::signal::Signal;

use crate::bed::{Bed, Power};
use crate::kube::paths;

/// What can be wrong with the host.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Fault {
    /// New connections to sshd are refused
    SshRefused,
    /// Every piece of data over ssh is delayed
    SshSlow {
        /// Milliseconds in each direction
        #[arg(long, default_value_t = 300)]
        by: u64,
    },
    /// The ssh connections that are open now are cut, whatever runs over them
    SshCut,
    /// Packets to and from sshd are lost without a word
    SshSilent,
    /// Every piece of data to and from the API server is delayed
    ApiSlow {
        /// Milliseconds in each direction
        #[arg(long, default_value_t = 500)]
        by: u64,
    },
    /// The API server answers everything with 503
    #[command(name = "api-5xx")]
    Api5xx,
    /// Connections to the API server are refused, and open ones end
    ApiGone,
    /// Nothing can be written to the host's disk
    DiskFull,
    /// A part of the host is killed; its service starts it again a second later, as systemd does
    Kill {
        /// As `status` names it
        part: String,
    },
    /// sshd shows another host key
    HostKey,
    /// An add-on says that it is enabled, and its pods wait for an image that cannot be had
    Addon {
        /// As `microk8s enable` calls it
        addon: String,
    },
    /// The snap store cannot be reached
    SnapStore,
    /// The node restarts
    Restart {
        /// Pull the plug instead of shutting down
        #[arg(long)]
        hard: bool,
    },
    /// Take back everything above that lasts
    Clear,
}

impl Fault {
    /// The name of a fault that lasts until it is cleared; `None` for an event.
    fn lasting(&self) -> Option<String> {
        let name = match self {
            Self::Addon { addon } => return Some(format!("addon-{addon}")),
            Self::SnapStore => Some("snap-store"),
            Self::SshRefused => Some("ssh-refused"),
            Self::SshSlow { .. } => Some("ssh-slow"),
            Self::SshSilent => Some("ssh-silent"),
            Self::ApiSlow { .. } => Some("api-slow"),
            Self::Api5xx => Some("api-5xx"),
            Self::ApiGone => Some("api-gone"),
            Self::DiskFull => Some("disk-full"),
            Self::HostKey => Some("host-key"),
            Self::SshCut | Self::Kill { .. } | Self::Restart { .. } | Self::Clear => None,
        };
        name.map(str::to_owned)
    }
}

impl Bed {
    /// Makes something go wrong on the first node.
    pub fn fault(&self, fault: &Fault) -> Result<()> {
        match fault {
            Fault::SshRefused => network::refuse(self, network::SSH)?,
            Fault::SshSlow { by } => network::slow(self, network::SSH, *by)?,
            Fault::SshSilent => network::lose(self, network::SSH)?,
            Fault::SshCut => cut(self)?,
            Fault::ApiSlow { by } => network::slow(self, network::API, *by)?,
            Fault::Api5xx => network::answer_503(self)?,
            Fault::ApiGone => network::refuse(self, network::API)?,
            Fault::DiskFull => disk::fill(self)?,
            Fault::Kill { part } => self.supervisor(1)?.signal(part, Signal::SIGKILL as i32)?,
            Fault::HostKey => change_host_key(self)?,
            Fault::Addon { .. } | Fault::SnapStore => self.tell_the_stand_ins(fault)?,
            Fault::Restart { hard } => return restart(self, if *hard { Power::Kill } else { Power::Stop }),
            Fault::Clear => return clear(self),
        }
        if let Some(name) = fault.lasting() {
            fs::create_dir_all(folder(self))?;
            fs::write(folder(self).join(name), "")?;
        }
        Ok(())
    }
}

impl Bed {
    /// The stand-ins look for a file.
    fn tell_the_stand_ins(&self, fault: &Fault) -> Result<()> {
        let folder = self.node_root(1)?.join(paths::FAULTS.trim_start_matches('/'));
        fs::create_dir_all(&folder)?;
        Ok(fs::write(folder.join(fault.lasting().unwrap_or_default()), "")?)
    }
}

fn folder(bed: &Bed) -> PathBuf {
    bed.folder.join("faults")
}

/// The faults that are on.
pub(crate) fn active(bed: &Bed) -> Vec<String> {
    let entries = fs::read_dir(folder(bed)).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn clear(bed: &Bed) -> Result<()> {
    for name in active(bed) {
        match name.as_str() {
            "disk-full" => disk::free(bed)?,
            "host-key" => restore_host_key(bed)?,
            name if name.starts_with("addon-") || name == "snap-store" => {
                let _ = fs::remove_file(bed.node_root(1)?.join(paths::FAULTS.trim_start_matches('/')).join(name));
            }
            _ => network::clear(bed)?,
        }
        fs::remove_file(folder(bed).join(name))?;
    }
    // What a killed part has left behind is no news any more.
    let failed = bed.node_root(1)?.join(crate::supervisor::FAILED.trim_start_matches('/'));
    let _ = fs::remove_file(failed);
    Ok(())
}

/// A script on the node, as root.
fn on_the_host(bed: &Bed, script: &str) -> Result<String> {
    let output = bed.host(["bash", "-ec", script])?.output().context("cannot run a command on the host")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Ends the processes that hold the connections; sshd itself goes on, and so does what they had started.
fn cut(bed: &Bed) -> Result<()> {
    on_the_host(bed, "pkill -KILL -f '^sshd: henry' || true").map(|_| ())
}

const KEY: &str = "/etc/ssh/ssh_host_ed25519_key";

fn change_host_key(bed: &Bed) -> Result<()> {
    on_the_host(
        bed,
        &format!(
            "[ -e {KEY}.real ] || cp -p {KEY} {KEY}.real\nrm -f {KEY} {KEY}.pub\nssh-keygen -q -t ed25519 -N '' -C homelab -f {KEY}"
        ),
    )?;
    read_host_key_again(bed)
}

fn restore_host_key(bed: &Bed) -> Result<()> {
    on_the_host(bed, &format!("mv {KEY}.real {KEY}; rm -f {KEY}.pub"))?;
    read_host_key_again(bed)
}

fn read_host_key_again(bed: &Bed) -> Result<()> {
    bed.supervisor(1)?.signal("sshd", Signal::SIGHUP as i32)?;
    crate::bed::wait_for_sshd(bed, 1, Instant::now() + Duration::from_secs(10))
}

/// Off and on again; faults of the network do not outlive it, those of the disk do.
fn restart(bed: &Bed, how: Power) -> Result<()> {
    bed.power(1, how)?;
    bed.power(1, Power::Start)?;
    for name in active(bed) {
        if name != "disk-full" && name != "host-key" {
            fs::remove_file(folder(bed).join(name))?;
        }
    }
    crate::bed::wait_for_sshd(bed, 1, Instant::now() + Duration::from_secs(20))
}
