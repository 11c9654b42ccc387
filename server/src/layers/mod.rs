//! What every MCP request passes, from the outside in; each layer has its file.
//!
//! The order is a decision: what is cheap and needs no trust comes first, a body is not read before its
//! sender is known, and what reaches the audit log has a name.

mod audit;
mod auth;
mod early;
mod limits;
mod metrics;
mod origin;
mod trace;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
};
use tokio::sync::Semaphore;

use crate::{config::Settings, journal::Journal, keystore::Keys};

pub(crate) use audit::{Outcome, Trail};
pub(crate) use limits::Rates;
pub(crate) use origin::LOOPBACK;

/// What the layers share.
pub(crate) struct Gate {
    settings: Arc<Settings>,
    keys: Keys,
    hosts: origin::Hosts,
    origins: origin::Origins,
    by_address: limits::ByAddress,
    by_key: Rates<String>,
    places: Arc<Semaphore>,
    journal: Arc<Journal>,
}

impl Gate {
    pub(crate) fn new(settings: Arc<Settings>, keys: Keys, journal: Arc<Journal>) -> Self {
        Self {
            hosts: origin::Hosts::new(&settings.allowed_hosts),
            origins: origin::Origins::new(&settings.allowed_origins),
            by_address: Rates::new(settings.limits.per_address),
            by_key: Rates::new(settings.limits.per_key),
            places: Arc::new(Semaphore::new(settings.limits.concurrent as usize)),
            settings,
            keys,
            journal,
        }
    }

    /// Forgets rates of addresses and keys that have been quiet.
    pub(crate) fn forget_the_quiet(&self) {
        self.by_address.forget_the_quiet();
        self.by_key.forget_the_quiet();
    }

    fn early(&self) -> Duration {
        Duration::from_secs(u64::from(self.settings.limits.early_seconds))
    }
}

/// The routes behind all layers. Axum runs the layer that was added last first.
pub(crate) fn around(routes: Router, gate: &Arc<Gate>) -> Router {
    routes
        .layer(from_fn_with_state(Arc::clone(gate), early::first_bytes_in_time))
        .layer(from_fn_with_state(Arc::clone(gate), audit::one_line_a_call))
        .layer(from_fn_with_state(Arc::clone(gate), limits::by_key))
        .layer(from_fn_with_state(Arc::clone(gate), auth::a_known_key))
        .layer(from_fn_with_state(Arc::clone(gate), limits::by_address))
        .layer(from_fn_with_state(Arc::clone(gate), origin::a_known_name))
        .layer(from_fn(metrics::counted))
        .layer(from_fn_with_state(Arc::clone(gate), trace::numbered))
}
