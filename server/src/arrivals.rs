//! When the last call came. A server that is asked to end goes on as long as calls still find their way to it: the ingress
//! controller learns of endpoints late, later still on a busy machine, and a closed door would cost those calls.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// Nobody called for so long: nobody sends calls here any more.
const QUIET: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(100);

/// The time of the last call, in milliseconds since the start; 0 before the first one.
#[derive(Clone)]
pub(crate) struct Arrivals {
    start: Instant,
    last: Arc<AtomicU64>,
}

impl Arrivals {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), last: Arc::default() }
    }

    /// Waits until nobody has called for a while, but not longer than this.
    pub(crate) async fn quiet(&self, at_most: Duration) {
        let until = Instant::now() + at_most;
        while !self.is_quiet(QUIET) && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }

    fn is_quiet(&self, quiet: Duration) -> bool {
        match self.last.load(Ordering::Relaxed) {
            0 => true,
            last => self.start.elapsed() >= Duration::from_millis(last) + quiet,
        }
    }

    fn note(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.fetch_max(now.max(1), Ordering::Relaxed);
    }
}

/// Notes that a call came.
pub(crate) async fn note(State(arrivals): State<Arrivals>, request: Request, next: Next) -> Response {
    arrivals.note();
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_quiet_before_the_first_call_and_some_time_after_the_last() {
        let arrivals = Arrivals::new();
        assert!(arrivals.is_quiet(QUIET));
        arrivals.note();
        assert!(!arrivals.is_quiet(QUIET));
        std::thread::sleep(Duration::from_millis(3));
        assert!(arrivals.is_quiet(Duration::from_millis(1)));
    }
}
