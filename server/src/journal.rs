//! Writes the audit log: lines of a chain, in the order of the chain.

use std::{
    io::Write,
    sync::{Mutex, PoisonError},
};

use ring::rand::{SecureRandom as _, SystemRandom};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::audit::{BEGIN, END, Position};

/// Where audit lines go.
pub struct Journal(Mutex<Book>);

struct Book {
    position: Position,
    to: Box<dyn Write + Send>,
}

/// An entry with its time; it reads as the other lines of the log do.
#[derive(Serialize)]
struct Dated<'a, E> {
    timestamp: String,
    level: &'static str,
    message: &'a str,
    #[serde(flatten)]
    entry: &'a E,
}

impl Journal {
    /// Begins a chain. Its name is the replica's with something random: each run has a chain of its own.
    pub fn begin(to: impl Write + Send + 'static, replica: &str) -> Self {
        let mut random = [0_u8; 4];
        // without randomness two runs of a replica share a name, and verifying says so
        let _ = SystemRandom::new().fill(&mut random);
        let position = Position::new(format!("{replica}-{}", hex::encode(random)));
        let journal = Self(Mutex::new(Book { position, to: Box::new(to) }));
        journal.write(BEGIN, &serde_json::json!({"version": env!("CARGO_PKG_VERSION")}));
        journal
    }

    /// Writes one line. A line that cannot be written is counted: nobody is refused because a log is full.
    pub(crate) fn write(&self, message: &str, entry: &impl Serialize) {
        let timestamp = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = book.position.link(&Dated { timestamp, level: "INFO", message, entry });
        let written = line.map_err(std::io::Error::from).and_then(|mut line| {
            line.push('\n');
            // one write, so that other lines of the same output come before or after it
            book.to.write_all(line.as_bytes()).and_then(|()| book.to.flush())
        });
        if written.is_err() {
            metrics::counter!("homelab_mcp_audit_lost_total").increment(1);
        }
    }

    /// The last line: what follows it was not written here.
    pub(crate) fn end(&self) {
        self.write(END, &serde_json::json!({}));
    }
}
