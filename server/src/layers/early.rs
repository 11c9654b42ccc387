//! Reads the body within its bounds, and sends a first byte before a proxy or client gives up.
//!
//! A modern request gets no header from rmcp before its tool has something to say. After some seconds of
//! silence this layer opens an event stream itself, sends comments, and then the answer as an event. What
//! ends sooner keeps its status and form.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderName, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;

use super::Gate;

/// A body of this size takes no longer, even over a bad line; who dribbles it holds a place for nothing.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN_COMMENTS: Duration = Duration::from_secs(15);

const JSON: &[u8] = b"application/json";
const EVENTS: &[u8] = b"text/event-stream";

pub(super) async fn first_bytes_in_time(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let most = gate.settings.limits.body_bytes as usize;
    let body = match tokio::time::timeout(BODY_PATIENCE, axum::body::to_bytes(body, most)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return (StatusCode::PAYLOAD_TOO_LARGE, format!("a request has at most {most} bytes")).into_response();
        }
        Err(_) => return (StatusCode::REQUEST_TIMEOUT, "the request came too slowly").into_response(),
    };
    let mut inner = Box::pin(next.run(Request::from_parts(parts, Body::from(body))));
    if let Ok(response) = tokio::time::timeout(gate.early(), &mut inner).await {
        return response;
    }
    let stream = async_stream::stream! {
        let mut tick = tokio::time::interval(BETWEEN_COMMENTS);
        let response = loop {
            tokio::select! {
                biased;
                response = &mut inner => break response,
                _ = tick.tick() => yield Ok::<_, axum::Error>(Bytes::from_static(b": still at work\n\n")),
            }
        };
        let kind = response.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let (json, events) = (kind.starts_with(JSON), kind.starts_with(EVENTS));
        let mut frames = response.into_body().into_data_stream();
        if events {
            while let Some(frame) = frames.next().await {
                yield frame;
            }
        } else if json {
            // One line: serde_json writes no line ends.
            yield Ok(Bytes::from_static(b"data: "));
            while let Some(frame) = frames.next().await {
                yield frame;
            }
            yield Ok(Bytes::from_static(b"\n\n"));
        } else {
            // Too late for a status: say in the protocol's words that there is no answer.
            yield Ok(Bytes::from_static(
                b"data: {\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32603,\"message\":\"no answer\"}}\n\n",
            ));
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache"),
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(stream)).into_response()
}
