//! The metrics in Prometheus' form, on a port of their own.

use std::sync::LazyLock;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds; the aim is an answer in less than 0.2.
const BUCKETS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0];

/// One for the process, as the recorder is.
static RECORDER: LazyLock<Option<PrometheusHandle>> = LazyLock::new(|| {
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS);
    let handle = builder.ok()?.install_recorder().ok()?;
    describe_counter!("homelab_mcp_requests_total", "HTTP requests to the MCP endpoint by status");
    describe_histogram!("homelab_mcp_request_seconds", "Time to the first byte of an answer");
    describe_gauge!("homelab_mcp_requests_at_work", "Requests without an answer yet");
    describe_counter!("homelab_mcp_calls_total", "MCP calls by method, tool and outcome");
    describe_histogram!("homelab_mcp_call_seconds", "Time to the last byte of an answer, by method");
    describe_counter!("homelab_mcp_refused_total", "Requests refused before MCP, by reason");
    describe_gauge!("homelab_mcp_keys", "API keys that are known");
    describe_counter!("homelab_mcp_key_watch_errors_total", "Failures of the watch of the keys");
    describe_gauge!("homelab_mcp_build_info", "1, with the version as a label");
    metrics::gauge!("homelab_mcp_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    Some(handle)
});

/// Starts to record; what is counted before is lost.
pub(crate) fn record() {
    LazyLock::force(&RECORDER);
}

pub(crate) async fn page() -> String {
    RECORDER.as_ref().map(PrometheusHandle::render).unwrap_or_default()
}

/// Histograms collect until somebody empties them, whether or not anybody reads the page.
pub(crate) fn upkeep() {
    if let Some(handle) = RECORDER.as_ref() {
        handle.run_upkeep();
    }
}
