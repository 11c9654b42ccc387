//! What probes ask: cheap answers that never wait and need no key.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, extract::State, http::StatusCode, routing::get};

use crate::keystore::Keys;

/// Whether requests can be served.
pub(crate) struct Health {
    keys: Keys,
    draining: AtomicBool,
}

impl Health {
    pub(crate) fn new(keys: Keys) -> Self {
        Self { keys, draining: AtomicBool::new(false) }
    }

    /// From now on no new requests are wanted.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn ready(&self) -> (StatusCode, &'static str) {
        if self.draining.load(Ordering::Relaxed) {
            (StatusCode::SERVICE_UNAVAILABLE, "ending\n")
        } else if self.keys.borrow().is_none() {
            (StatusCode::SERVICE_UNAVAILABLE, "waiting for the keys\n")
        } else {
            (StatusCode::OK, "ready\n")
        }
    }
}

/// `/livez` is true while the process runs, `/readyz` and `/health` while it can serve.
pub(crate) fn routes(health: &Arc<Health>) -> Router {
    let ready = || get(|State(health): State<Arc<Health>>| async move { health.ready() });
    Router::new()
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", ready())
        .route("/health", ready())
        .with_state(Arc::clone(health))
}
