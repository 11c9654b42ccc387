//! The endpoint and the prober against a server over TLS on loopback.

use homelabctl::{
    edge::{
        endpoint::{Endpoint, Manner, Target},
        prober::{Load, Prober},
    },
    mcp::{Reason, Trouble},
    secret::Secret,
};
use serde_json::json;
use std::{sync::atomic::Ordering, time::Duration};

use crate::stand::Stand;

fn endpoint(target: &Target) -> Endpoint {
    Endpoint::new(target, Manner::Client).unwrap()
}

async fn trouble_of(target: &Target) -> Trouble {
    endpoint(target).discover().await.unwrap_err()
}

#[tokio::test]
async fn the_server_is_reached_by_its_name_without_a_lookup() {
    let stand = Stand::start().await;
    let endpoint = endpoint(&stand.target());
    assert_eq!(endpoint.health().await.unwrap(), json!({ "status": "ok" }));
    assert_eq!(endpoint.discover().await.unwrap().instructions.as_deref(), Some("Ask gently."));
    let names: Vec<_> = endpoint.list_tools().await.unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["echo", "overview", "restart", "slow"]);
    let said = endpoint.call_tool("echo", json!({ "words": "hé" })).await.unwrap();
    assert_eq!(said.content[0].as_text().map(|text| text.text.as_str()), Some("hé"));
    let unknown = endpoint.call_tool("nothing", json!({})).await.unwrap_err();
    assert!(matches!(unknown.reason, Reason::Refused { .. }), "{unknown}");
}

#[tokio::test]
async fn every_way_to_fail_has_its_words() {
    let stand = Stand::start().await;
    let wrong_key =
        Target { key: Secret::new("hlk_00000000_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"), ..stand.target() };
    assert_eq!(trouble_of(&wrong_key).await.reason, Reason::KeyRefused);

    let foreign = Stand::start().await;
    let wrong_ca = Target { ca: foreign.ca.clone(), ..stand.target() };
    assert!(matches!(trouble_of(&wrong_ca).await.reason, Reason::Untrusted { .. }));

    let other_name = Target { url: "https://other.homelab.local/mcp".to_owned(), ..stand.target() };
    assert!(matches!(trouble_of(&other_name).await.reason, Reason::Untrusted { .. }));

    stand.stop().await;
    let away = trouble_of(&stand.target()).await;
    assert!(matches!(away.reason, Reason::Unreachable { .. }), "{away}");
    assert!(away.to_string().contains("refused"), "{away}");
}

/// Little enough for a busy machine and a debug build.
fn load() -> Load {
    Load { per_second: 50, ..Load::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_without_a_loss_is_proven() {
    let stand = Stand::start().await;
    let prober = Prober::start(&stand.target(), load()).unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(prober.so_far().calls > 0);
    let report = prober.stop().await;
    assert!((60..=110).contains(&report.proof.calls), "{:?}", report.proof);
    assert_eq!(report.proof.failed, 0, "{:?}", report.lost);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_but_a_success_is_a_loss() {
    let stand = Stand::start().await;
    stand.knobs.fail_every.store(10, Ordering::SeqCst);
    let prober = Prober::start(&stand.target(), load()).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let report = prober.stop().await;
    assert!(report.proof.failed > 0);
    assert_eq!(report.proof.failed, report.proof.calls / 10);
    assert_eq!(report.lost[0].why, "the address answers, but no server stands behind it (HTTP 502)");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_as_long_as_it_was() {
    let mut stand = Stand::start().await;
    let prober = Prober::start(&stand.target(), load()).unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    stand.stop().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    stand.start_again().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let report = prober.stop().await;
    assert!(report.proof.failed > 0, "{:?}", report.proof);
    assert!(report.proof.longest_gap_ms >= 450, "{:?}", report.proof);
    assert!(
        report.lost[0].why.starts_with("cannot reach the server") || report.lost[0].why.contains("ended"),
        "{:?}",
        report.lost
    );
}
