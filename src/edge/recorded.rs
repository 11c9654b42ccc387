//! What this machine has on record about reaching the server: everything that a client needs, without a question to anybody.

use std::net::{IpAddr, SocketAddr};

use homelab_mcp::keys::Token;

use super::{endpoint::Target, store as state};
use crate::{
    keys::KeyName,
    secret::Secret,
    store::{Connection, Store},
};

/// The record, as far as it goes.
#[derive(Debug)]
pub struct Recorded {
    pub connection: Option<Connection>,
    /// PEM
    pub ca: Option<String>,
    pub key: Option<Token>,
}

/// # Errors
/// A file is there and makes no sense.
pub fn look(store: &Store, key: &KeyName) -> anyhow::Result<Recorded> {
    Ok(Recorded { connection: state::connection(store)?, ca: state::ca(store)?, key: state::key(store, key)? })
}

impl Recorded {
    /// Where and how to call, when the record is complete; `dial` takes the place of the recorded address.
    pub fn target(&self, dial: Option<SocketAddr>) -> Option<Target> {
        let Self { connection: Some(connection), ca: Some(ca), key: Some(key) } = self else { return None };
        Some(Target {
            url: connection.url.clone(),
            at: dial.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(connection.address), connection.port)),
            ca: ca.clone(),
            key: Secret::new(key.reveal()),
        })
    }
}
