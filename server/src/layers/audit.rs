//! One line a call: who, what, how it went, how long, how much. Never a secret, an argument or an answer.
//!
//! The line is written when the answer was sent or the client left, so that it tells the truth about both.

use std::{
    net::IpAddr,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http_body::{Body as HttpBody, Frame, SizeHint};
use serde::Serialize;

use super::{Gate, auth::Key, trace::Origin};
use crate::{journal::Journal, keys::Record, text};

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As asked
    Ok,
    /// The tool could not do it
    Trouble,
    /// The request was wrong
    Refused,
    /// The key may not do that
    Forbidden,
    /// Too many
    Limited,
    /// The tool took too long
    Timeout,
    /// The tool failed inside
    Panic,
    /// The client left
    Cancelled,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Trouble => "trouble",
            Self::Refused => "refused",
            Self::Forbidden => "forbidden",
            Self::Limited => "limited",
            Self::Timeout => "timeout",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a call leaves behind; the parts that know better fill it in.
pub(crate) struct Trail {
    /// The caller's key
    pub(crate) key: Arc<Record>,
    id: Arc<str>,
    address: IpAddr,
    start: Instant,
    what: OnceLock<(&'static str, Box<str>)>,
    outcome: OnceLock<Outcome>,
    journal: Arc<Journal>,
}

/// The line, field by field; docs/server.md explains them.
#[derive(Serialize)]
struct Entry<'a> {
    request: &'a str,
    address: IpAddr,
    key: &'a str,
    key_name: &'a str,
    method: &'a str,
    target_name: &'a str,
    outcome: &'a str,
    status: u16,
    duration_ms: u64,
    bytes: u64,
}

impl Trail {
    /// The call is understood: its method, and which tool, resource or prompt.
    pub(crate) fn begin(&self, method: &'static str, target: &str) {
        // A client may put anything into a name.
        let mut shown: String = text::clean(target).chars().take(200).collect();
        shown.retain(|c| c != '\n' && c != '\t');
        let _ = self.what.set((method, shown.into_boxed_str()));
    }

    /// The call ended; the first word counts.
    pub(crate) fn end(&self, outcome: Outcome) {
        let _ = self.outcome.set(outcome);
    }

    fn write(&self, status: StatusCode, bytes: u64, sent: bool) {
        let (method, target) = self.what.get().map_or(("-", ""), |(method, target)| (*method, &**target));
        let outcome = match (self.outcome.get(), sent) {
            (_, false) => Outcome::Cancelled,
            (Some(outcome), true) => *outcome,
            // Refused before a method was understood, or a notification, which has no answer.
            (None, true) if status.is_success() => Outcome::Ok,
            (None, true) => Outcome::Refused,
        }
        .name();
        let elapsed = self.start.elapsed();
        let tool = if method == "tools/call" { target.to_owned() } else { String::new() };
        metrics::counter!("homelab_mcp_calls_total", "method" => method, "tool" => tool, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("homelab_mcp_call_seconds", "method" => method).record(elapsed.as_secs_f64());
        let duration_ms = elapsed.as_millis() as u64;
        let entry = Entry {
            request: &self.id,
            address: self.address,
            key: &self.key.id,
            key_name: &self.key.name,
            method,
            target_name: target,
            outcome,
            status: status.as_u16(),
            duration_ms,
            bytes,
        };
        self.journal.write("call", &entry);
    }
}

pub(super) async fn one_line_a_call(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
    let (origin, key) = (request.extensions().get::<Origin>(), request.extensions().get::<Key>());
    let (Some(origin), Some(Key(key))) = (origin, key) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let trail = Arc::new(Trail {
        key: Arc::clone(key),
        id: Arc::clone(&origin.id),
        address: origin.address,
        start: origin.start,
        what: OnceLock::new(),
        outcome: OnceLock::new(),
        journal: Arc::clone(&gate.journal),
    });
    request.extensions_mut().insert(Arc::clone(&trail));
    // Dropped before there is an answer: the client has left.
    let mut line = Line { trail, status: StatusCode::OK, bytes: 0, sent: false };
    let response = next.run(request).await;
    line.status = response.status();
    response.map(|body| {
        line.sent = body.is_end_stream();
        Body::new(Audited { body, line })
    })
}

/// The line, written when it is dropped.
struct Line {
    trail: Arc<Trail>,
    status: StatusCode,
    bytes: u64,
    sent: bool,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.trail.write(self.status, self.bytes, self.sent);
    }
}

/// A body whose bytes are counted.
struct Audited {
    body: Body,
    line: Line,
}

impl HttpBody for Audited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => self.line.bytes += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) => {}
            None => self.line.sent = true,
        }
        // With a length, the last frame is the end: nobody asks for another.
        self.line.sent |= self.body.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
