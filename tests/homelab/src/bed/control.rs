//! Orders to the init of a bed, over a socket in the bed's folder.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::Bed;

/// The power switch of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Shut down in order.
    Stop,
    /// Pull the plug.
    Kill,
    /// Boot from the same disk.
    Start,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) node: u8,
    pub(super) power: Power,
}

impl Bed {
    /// Works the power switch of a node; returns when it is off, or on and its supervisor answers.
    pub fn power(&self, node: u8, power: Power) -> Result<()> {
        self.running()?;
        let socket = self.folder.join("run/control.sock");
        let mut stream = UnixStream::connect(&socket).with_context(|| format!("no answer at {}", socket.display()))?;
        stream.write_all(format!("{}\n", serde_json::to_string(&Order { node, power })?).as_bytes())?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).context("the bed did not answer")?;
        match answer.trim() {
            "done" => Ok(()),
            "" => bail!("the bed has ended"),
            why => bail!("{why}"),
        }
    }
}
