//! `Answer`: the messages that come back for one, whether as plain JSON or as an event stream.

use futures::{StreamExt as _, stream::BoxStream};
use serde_json::Value;
use sse_stream::{Sse, SseStream};

use super::endpoint::Endpoint;
use crate::mcp::{Reason, Trouble};

/// Messages in the order of their coming. Dropping it closes the stream, which cancels the call.
pub struct Answer {
    body: Body,
    endpoint: Endpoint,
}

enum Body {
    Json(Option<reqwest::Response>),
    Events(BoxStream<'static, Result<Sse, sse_stream::Error>>),
}

/// More than any answer of our server; a foreign one must not fill the memory.
const GREATEST: usize = 16 << 20;

impl Answer {
    pub(super) fn new(response: reqwest::Response, endpoint: Endpoint) -> Self {
        let events = response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let body = if events {
            Body::Events(SseStream::from_bytes_stream(response.bytes_stream()).boxed())
        } else {
            Body::Json(Some(response))
        };
        Self { body, endpoint }
    }

    /// The next message; `None` when the server has said everything.
    ///
    /// # Errors
    /// The connection ended in the middle, or what came is no JSON.
    pub async fn next(&mut self) -> Result<Option<Value>, Trouble> {
        match &mut self.body {
            Body::Json(response) => {
                let Some(response) = response.take() else { return Ok(None) };
                let text = self.endpoint.whole(response).await?;
                if text.is_empty() { Ok(None) } else { parse(&text).map(Some) }
            }
            Body::Events(events) => loop {
                match events.next().await {
                    None => return Ok(None),
                    Some(Err(error)) => return Err(Trouble::because(Reason::CutOff { why: error.to_string() })),
                    // An event without data primes a reconnection that this revision does not have.
                    Some(Ok(event)) => match event.data {
                        Some(data) if !data.trim().is_empty() => return parse(data.as_bytes()).map(Some),
                        _ => {}
                    },
                }
            },
        }
    }

    /// The response itself; notifications before it are of no interest here.
    ///
    /// # Errors
    /// As [`Self::next`], or the server fell silent without a response.
    pub async fn last(mut self) -> Result<Value, Trouble> {
        while let Some(message) = self.next().await? {
            if message.get("method").is_none() {
                return Ok(message);
            }
        }
        Err(Trouble::because(Reason::CutOff { why: "the stream ended without a response".into() }))
    }
}

impl Endpoint {
    async fn whole(&self, response: reqwest::Response) -> Result<Vec<u8>, Trouble> {
        let mut text = Vec::new();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.next().await {
            text.extend_from_slice(&piece.map_err(|error| self.why(&error))?);
            if text.len() > GREATEST {
                return Err(Trouble::because(Reason::Garbled { why: format!("more than {GREATEST} bytes") }));
            }
        }
        Ok(text)
    }
}

fn parse(text: &[u8]) -> Result<Value, Trouble> {
    serde_json::from_slice(text).map_err(|error| Trouble::because(Reason::Garbled { why: error.to_string() }))
}
