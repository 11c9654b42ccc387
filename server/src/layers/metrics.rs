//! Counts requests and measures how long they take.

use std::time::Instant;

use axum::{extract::Request, middleware::Next, response::Response};

/// One request more at work until this is dropped, however it ends.
struct AtWork;

impl AtWork {
    fn begin() -> Self {
        ::metrics::gauge!("homelab_mcp_requests_at_work").increment(1);
        Self
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        ::metrics::gauge!("homelab_mcp_requests_at_work").decrement(1);
    }
}

pub(super) async fn counted(request: Request, next: Next) -> Response {
    let _at_work = AtWork::begin();
    let start = Instant::now();
    let response = next.run(request).await;
    let status = word(response.status().as_u16());
    ::metrics::counter!("homelab_mcp_requests_total", "status" => status).increment(1);
    ::metrics::histogram!("homelab_mcp_request_seconds").record(start.elapsed().as_secs_f64());
    response
}

/// Few words, all known beforehand: every distinct label costs memory for ever.
fn word(status: u16) -> &'static str {
    match status {
        200 => "200",
        202 => "202",
        400 => "400",
        401 => "401",
        403 => "403",
        413 => "413",
        429 => "429",
        503 => "503",
        other => match other / 100 {
            2 => "2xx",
            4 => "4xx",
            5 => "5xx",
            _ => "other",
        },
    }
}
