//! Only with a key that is valid at this moment.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use time::OffsetDateTime;

use super::{Gate, trace::Origin};
use crate::keys::{Record, Refusal};

/// The caller's key, for the layers behind this one.
#[derive(Clone)]
pub(super) struct Key(pub(super) Arc<Record>);

pub(super) async fn a_known_key(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let keyring = gate.keys.borrow().clone();
    let Some(keyring) = keyring else {
        let text = "the keys are not loaded yet";
        return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "1")], text).into_response();
    };
    let admitted = match token(request.headers()) {
        Some(token) => keyring.admit(token, OffsetDateTime::now_utc()).cloned(),
        None => Err(Refusal::Missing),
    };
    match admitted {
        Ok(record) => {
            request.extensions_mut().insert(Key(record));
            next.run(request).await
        }
        Err(refusal) => refuse(&gate, &request, refusal),
    }
}

/// `Authorization: Bearer` before `X-API-Key`; a key in the address would end up in logs and is not taken.
fn token(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    });
    bearer.or_else(|| headers.get("x-api-key").and_then(|value| value.to_str().ok())).filter(|token| !token.is_empty())
}

/// Without `resource_metadata`, which would send clients off to look for OAuth. The client does not learn
/// whether a key was never known, was revoked or has expired; the log does.
fn refuse(gate: &Gate, request: &Request, refusal: Refusal) -> Response {
    metrics::counter!("homelab_mcp_refused_total", "why" => "key_refused").increment(1);
    if let Some(origin) = request.extensions().get::<Origin>() {
        let duration_ms = origin.start.elapsed().as_millis() as u64;
        let entry = serde_json::json!({
            "request": &*origin.id,
            "address": origin.address,
            "outcome": "unauthorized",
            "why": refusal.to_string(),
            "status": 401,
            "duration_ms": duration_ms,
        });
        gate.journal.write("refused", &entry);
    }
    let challenge = match refusal {
        Refusal::Missing => r#"Bearer realm="homelab-mcp""#,
        Refusal::Malformed | Refusal::Unknown | Refusal::Expired => {
            r#"Bearer realm="homelab-mcp", error="invalid_token""#
        }
    };
    let text = "a valid API key is needed: `Authorization: Bearer KEY`";
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, challenge)], text).into_response()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_key_comes_by_header_only() {
        let of = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            token(&headers).map(str::to_owned)
        };
        assert_eq!(of(&[("authorization", "Bearer k")]).unwrap(), "k");
        assert_eq!(of(&[("authorization", "bearer  k ")]).unwrap(), "k");
        assert_eq!(of(&[("x-api-key", "k")]).unwrap(), "k");
        assert_eq!(of(&[("authorization", "Bearer a"), ("x-api-key", "b")]).unwrap(), "a");
        assert_eq!(of(&[("authorization", "Basic a"), ("x-api-key", "b")]).unwrap(), "b");
        assert_eq!(of(&[("authorization", "Bearer")]), None);
        assert_eq!(of(&[("authorization", "Bearer ")]), None);
        assert_eq!(of(&[]), None);
    }
}
