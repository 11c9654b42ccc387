//! Gives a request its number and finds out who really called.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use ring::rand::{SecureRandom, SystemRandom};

use super::Gate;
use crate::{config::CLIENT_ADDRESS, network::Network};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What is known of a request from its first moment.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) id: Arc<str>,
    pub(super) address: IpAddr,
    pub(super) start: Instant,
}

pub(super) async fn numbered(
    State(gate): State<Arc<Gate>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let address = caller(peer.ip(), request.headers(), &gate.settings.trusted_proxies);
    let id: Arc<str> = given_id(request.headers()).unwrap_or_else(fresh_id).into();
    request.extensions_mut().insert(Origin { id: Arc::clone(&id), address, start: Instant::now() });
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    if let Ok(value) = HeaderValue::from_str(&address.to_string()) {
        response.headers_mut().insert(CLIENT_ADDRESS, value);
    }
    response
}

/// The number that a proxy or client already gave, if it is harmless in a log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let good =
        (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    good.then(|| text.to_owned())
}

/// Unique over replicas and restarts: a random beginning for each process, then a count.
fn fresh_id() -> String {
    static PROCESS: LazyLock<String> = LazyLock::new(|| {
        let mut bytes = [0_u8; 6];
        // Without randomness the count alone still tells requests of one process apart.
        let _ = SystemRandom::new().fill(&mut bytes);
        hex::encode(bytes)
    });
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The peer, unless it is a proxy that we trust: then the last address it speaks of that is not one itself.
/// Only the proxy's own word counts, that is the end of the list; the beginning is the client's to forge.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let proxy = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !proxy(peer) {
        return peer.to_canonical();
    }
    let mut last = peer;
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for text in value.to_str().unwrap_or_default().rsplit(',') {
            let Ok(address) = text.trim().parse::<IpAddr>() else {
                return last.to_canonical();
            };
            last = address;
            if !proxy(address) {
                return address.to_canonical();
            }
        }
    }
    last.to_canonical()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_its_own_word() {
        let trusted = ["10.1.0.0/16".parse().unwrap()];
        for (peer, forwarded, expected) in [
            ("192.168.1.10", None, "192.168.1.10"),
            ("192.168.1.10", Some("1.2.3.4"), "192.168.1.10"),
            ("10.1.5.5", Some("192.168.1.10"), "192.168.1.10"),
            ("10.1.5.5", Some("6.6.6.6, 192.168.1.10"), "192.168.1.10"),
            ("10.1.5.5", Some("192.168.1.10, 10.1.9.9"), "192.168.1.10"),
            ("10.1.5.5", Some("nonsense"), "10.1.5.5"),
            ("10.1.5.5", None, "10.1.5.5"),
            ("::ffff:10.1.5.5", Some("::ffff:192.168.1.10"), "192.168.1.10"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(text) = forwarded {
                headers.insert("x-forwarded-for", text.parse().unwrap());
            }
            assert_eq!(caller(peer.parse().unwrap(), &headers, &trusted).to_string(), expected, "{forwarded:?}");
        }
    }

    #[test]
    fn numbers_differ_and_a_harmful_one_is_not_taken() {
        assert_ne!(fresh_id(), fresh_id());
        let with = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, text.parse().unwrap());
            given_id(&headers)
        };
        assert_eq!(with("abc-12345").as_deref(), Some("abc-12345"));
        assert!(with("short").is_none() && with("a\"b\",\"x\":1").is_none() && with(&"a".repeat(65)).is_none());
    }
}
