//! What this machine has on record about reaching the server: everything that a client needs, without a question to anybody.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use homelab_mcp::keys::Token;

use super::{
    endpoint::{Endpoint, Manner, Target},
    road::Road,
    store as state,
};
use crate::{
    keys::KeyName,
    mcp::Reason,
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
            road: Road::straight(
                dial.unwrap_or_else(|| SocketAddr::new(IpAddr::V4(connection.address), connection.port)),
            ),
            ca: ca.clone(),
            key: Secret::new(key.reveal()),
        })
    }
}

/// Replicas learn of a new key each by itself, within seconds.
const LEARNING: Duration = Duration::from_secs(20);
/// So many answers in a row make it likely that every replica was asked.
const IN_A_ROW: usize = 6;

/// Waits until a key that was made just now is let in everywhere. Other troubles are not this function's: whoever calls next meets them.
///
/// # Errors
/// The target is none (see [`Endpoint::new`]).
pub async fn until_key_is_known(target: &Target) -> anyhow::Result<()> {
    let began = tokio::time::Instant::now();
    let mut good = 0;
    while good < IN_A_ROW && began.elapsed() < LEARNING {
        // A new connection each time may reach another replica.
        let answer = Endpoint::new(target, Manner::Crowd)?.discover().await;
        match answer.map_err(|trouble| trouble.reason) {
            Ok(_) => good += 1,
            Err(Reason::KeyRefused) => {
                good = 0;
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            Err(_) => break,
        }
    }
    Ok(())
}
