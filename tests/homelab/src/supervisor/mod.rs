//! PID 1 of a node: starts named services, collects what ends, and remembers what ended unasked.
//!
//! It is the driver's own binary, bound into the node as `/opt/homelab/driver`. Everything else on the node
//! (the stand-ins for `snap` and `microk8s`, the driver from outside) talks to it through [`Client`].

mod client;
mod server;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use client::Client;
pub(crate) use server::last_lines;
pub use server::main;

/// Where the supervisor listens inside of a node.
pub const SOCKET: &str = "/run/homelab/supervisor.sock";
/// What ended without having been asked to: its name, how it ended, and its last log lines. Absent when all is well.
pub const FAILED: &str = "/run/homelab/failed";
/// Services that start with the node: one [`Service`] as JSON in each `*.json`, in the order of their names.
pub const SERVICES: &str = "/etc/homelab/services.d";
/// Programs that run once at each start of the node, after those services and in the order of their names; they log to
/// `/var/log/homelab/boot.log`. The stand-in for snapd starts here what it has installed.
pub const BOOT: &str = "/etc/homelab/boot.d";

/// A program to keep running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    pub name: String,
    /// Program and arguments; the program by absolute path, or found in the supervisor's PATH.
    pub argv: Vec<String>,
    /// Added to the supervisor's own environment.
    #[serde(default)]
    pub env: Vec<(String, String)>,
    /// Output and errors are appended here; its folder is made.
    pub log_path: PathBuf,
    /// Start it again a second after it ended unasked, as systemd does with the services of a snap.
    #[serde(default)]
    pub restart: bool,
}

impl Service {
    /// A service without environment that logs to `/var/log/homelab/NAME.log` and is not restarted.
    pub fn new<S: Into<String>>(name: &str, argv: impl IntoIterator<Item = S>) -> Self {
        Self {
            name: name.to_owned(),
            argv: argv.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            log_path: PathBuf::from(format!("/var/log/homelab/{name}.log")),
            restart: false,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Running,
    /// Ended because somebody asked for it.
    Stopped,
    /// Ended by itself.
    Ended,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    pub name: String,
    /// In the node's pid namespace; `None` when it does not run.
    pub pid: Option<i32>,
    pub state: State,
}

/// One line of JSON on the socket; the answer is another.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Request {
    Start(Service),
    Stop {
        name: String,
        signal: i32,
        wait_ms: u64,
    },
    Signal {
        name: String,
        signal: i32,
    },
    List,
    /// Stop everything, last started first, and end the node.
    PowerOff,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Started { pid: i32 },
    Done,
    List(Vec<Status>),
    Refused(String),
}
