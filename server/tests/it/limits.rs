//! Bounds: rates, places, and a thousand at once.

use futures::future::join_all;
use homelab_mcp::config::Rate;
use serde_json::json;

use crate::support::{Bench, modern};

#[tokio::test]
async fn a_key_that_calls_too_fast_is_told_when_to_come_back() {
    let bench = Bench::with(|settings| settings.limits.per_key = Rate { per_second: 1, burst: 3 }).await;
    let mut statuses = Vec::new();
    for _ in 0..5 {
        let answer = bench.request(&bench.reader, "tools/list", json!({})).send().await.unwrap();
        if answer.status() == 429 {
            assert_eq!(answer.headers()["retry-after"], "1");
        }
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    let other = bench.request(&bench.operator, "tools/list", json!({})).send().await.unwrap();
    assert_eq!(other.status(), 200, "each key has its own rate");
}

#[tokio::test]
async fn an_address_that_guesses_keys_is_slowed_down() {
    let bench = Bench::with(|settings| settings.limits.per_address = Rate { per_second: 1, burst: 4 }).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(modern(bench.running.address, "tools/list", json!({})).send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [401, 401, 401, 401, 429, 429]);
}

#[tokio::test]
async fn costly_tools_have_a_rate_of_their_own() {
    let bench = Bench::with(|settings| settings.limits.costly = Rate { per_second: 1, burst: 2 }).await;
    let mut limited = 0;
    for _ in 0..4 {
        let answer = bench.call(&bench.operator, "test_operate", json!({})).send().await.unwrap();
        limited += u32::from(answer.text().await.unwrap().contains("too many calls of costly tools"));
    }
    assert_eq!(limited, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_at_once_are_served_or_sent_away_but_never_lost() {
    let bench = Bench::with(|settings| settings.limits.concurrent = 16).await;
    // Short calls wait for a place and get one.
    let quick = (0..1000).map(|_| bench.call(&bench.reader, "test_slow", json!({"ms": 1})).send());
    let statuses: Vec<u16> = join_all(quick).await.into_iter().map(|r| r.unwrap().status().as_u16()).collect();
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)));
    // Long ones fill the places; the others hear it within about a second instead of piling up.
    let long = (0..64).map(|_| bench.call(&bench.reader, "test_slow", json!({"ms": 4000})).send());
    let statuses: Vec<u16> = join_all(long).await.into_iter().map(|r| r.unwrap().status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 16);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 48);
}
