//! Tokens by which another node joins (reference: microk8s.md §5).

use std::convert::Infallible;
use std::thread;

use anyhow::Result;

use crate::kube::{files, paths};

const TOKENS: &str = "credentials/cluster-tokens.txt";

/// Remembers a token; without an end it is good for one node.
pub(super) fn keep_token(token: &str, until: Option<i64>) -> Result<()> {
    let path = paths::data(TOKENS);
    let mut text = files::read_if_there(&path)?.unwrap_or_default();
    match until {
        Some(until) => text.push_str(&format!("{token}|{until}\n")),
        None => text.push_str(&format!("{token}\n")),
    }
    files::write(path, text, 0o660)
}

/// Waits for nodes that want to join.
pub(super) fn serve() -> Result<Infallible> {
    loop {
        thread::park();
    }
}
