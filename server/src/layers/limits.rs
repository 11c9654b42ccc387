//! How much one address and one key may ask for. Each replica counts for itself.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::{Gate, auth::Key, trace::Origin};
use crate::config::Rate;

/// How long a request waits for a place before it is sent away: bursts pass, floods do not pile up.
const WAIT_FOR_PLACE: Duration = Duration::from_secs(1);

/// A rate for each of many.
pub(crate) struct Rates<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

/// Addresses, the newer ones by the network that a household gets.
pub(super) type ByAddress = Rates<IpAddr>;

impl<K: Hash + Eq + Clone> Rates<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        let per_second = NonZeroU32::new(rate.per_second).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(rate.burst).unwrap_or(per_second);
        Self(RateLimiter::keyed(Quota::per_second(per_second).allow_burst(burst)))
    }

    /// Takes one, or says in how many seconds there is one again.
    pub(crate) fn take(&self, key: &K) -> Result<(), u64> {
        self.0.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
        })
    }

    pub(crate) fn forget_the_quiet(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }
}

pub(super) async fn by_address(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let address = request.extensions().get::<Origin>().map_or(IpAddr::V4([0; 4].into()), |origin| origin.address);
    match gate.by_address.take(&household(address)) {
        Ok(()) => next.run(request).await,
        Err(wait) => too_many("address", wait),
    }
}

/// An IPv6 client has 2^64 addresses to choose from.
fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX)).into(),
    }
}

pub(super) async fn by_key(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let Some(Key(key)) = request.extensions().get::<Key>() else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    if let Err(wait) = gate.by_key.take(&key.id) {
        return too_many("key", wait);
    }
    let place = tokio::time::timeout(WAIT_FOR_PLACE, Arc::clone(&gate.places).acquire_owned()).await;
    let Ok(Ok(place)) = place else {
        return too_many("busy", 1);
    };
    next.run(request).await.map(|body| Body::new(Holding { body, _held: place }))
}

fn too_many(why: &'static str, wait: u64) -> Response {
    metrics::counter!("homelab_mcp_refused_total", "why" => why).increment(1);
    let text = format!("too many requests: try again in {wait} s");
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, wait.to_string())], text).into_response()
}

/// A body that keeps something until it was sent or given up.
struct Holding<T> {
    body: Body,
    _held: T,
}

impl<T: Unpin + Send + 'static> HttpBody for Holding<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        std::pin::Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let rates = Rates::new(Rate { per_second: 1, burst: 3 });
        assert_eq!((0..3).filter(|_| rates.take(&"a").is_ok()).count(), 3);
        assert_eq!(rates.take(&"a"), Err(1));
        assert_eq!(rates.take(&"b"), Ok(()));
    }

    #[test]
    fn a_household_counts_as_one() {
        let of = |text: &str| household(text.parse().unwrap_or(IpAddr::V4([0; 4].into()))).to_string();
        assert_eq!(of("fd00:1:2:3:aaaa::1"), "fd00:1:2:3::");
        assert_eq!(of("192.168.1.10"), "192.168.1.10");
    }
}
