//! What works: both eras, tools, files, the prompt, ending without loss.

use std::{sync::atomic::Ordering, time::Duration};

use rmcp::model::{GetPromptRequestParams, ReadResourceRequestParams};
use serde_json::json;

use crate::support::{Bench, DROPPED, Era, ask, http, until, words};

#[tokio::test]
async fn both_eras_work_on_one_address() {
    let bench = Bench::start().await;
    for era in [Era::Modern, Era::Legacy] {
        let client = bench.client(&bench.reader, era).await;
        let server = client.peer_info().unwrap();
        let version = server.protocol_version.to_string();
        assert_eq!(version == "2026-07-28", matches!(era, Era::Modern), "{version}");
        let capabilities = serde_json::to_value(&server.capabilities).unwrap();
        assert_eq!(capabilities, json!({"prompts": {}, "resources": {}, "tools": {}}), "{era:?}");

        let names: Vec<String> = client.list_all_tools().await.unwrap().iter().map(|t| t.name.to_string()).collect();
        assert_eq!(names, ["list_pods", "pod_logs", "system_overview", "test_big", "test_panic", "test_slow"]);
        let overview = client.call_tool(ask("system_overview", &json!({}))).await.unwrap();
        assert_eq!(overview.is_error, Some(false));
        assert!(words(&overview).contains("memory"), "{}", words(&overview));

        let files = client.list_all_resources().await.unwrap();
        assert_eq!(files[0].uri, "homelab://files/data/note.md");
        let file = client.read_resource(ReadResourceRequestParams::new("homelab://files/data/note.md")).await.unwrap();
        assert!(serde_json::to_string(&file.contents).unwrap().contains(r#""text":"hello""#));
        assert_eq!(client.list_all_resource_templates().await.unwrap()[0].uri_template, "homelab://files/data/{+path}");

        assert_eq!(client.list_all_prompts().await.unwrap()[0].name, "infrastructure_status");
        let focus = json!({"focus": "storage"}).as_object().cloned().unwrap();
        let asked = GetPromptRequestParams::new("infrastructure_status").with_arguments(focus);
        let prompt = client.get_prompt(asked).await.unwrap();
        assert!(serde_json::to_string(&prompt).unwrap().contains("Look closely at: storage"));
        client.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn tools_say_what_is_wrong() {
    let bench = Bench::start().await;
    let client = bench.client(&bench.reader, Era::Modern).await;
    for (tool, arguments, says) in [
        ("list_pods", json!({}), "outside of Kubernetes"),
        ("list_pods", json!({"namspace": "x"}), "unknown field `namspace`"),
        ("pod_logs", json!({"namespace": "a"}), "missing field `pod`"),
        ("system_overview", json!({"more": true}), "unknown field `more`"),
        ("test_panic", json!({}), "failed inside the server"),
    ] {
        let result = client.call_tool(ask(tool, &arguments)).await.unwrap();
        assert_eq!(result.is_error, Some(true), "{tool}");
        assert!(words(&result).contains(says), "{tool}: {}", words(&result));
    }
    let unknown = client.call_tool(ask("nothing", &json!({}))).await.unwrap_err();
    assert!(unknown.to_string().contains("unknown tool"), "{unknown}");
    let big = client.call_tool(ask("test_big", &json!({"bytes": 50_000_000}))).await.unwrap();
    assert!(words(&big).len() < 70_000 && words(&big).ends_with("ask for less]"));
}

#[tokio::test]
async fn lists_are_private_and_the_same_each_time() {
    let bench = Bench::start().await;
    for method in ["tools/list", "resources/list", "resources/templates/list", "prompts/list", "server/discover"] {
        for key in [&bench.reader, &bench.operator] {
            let list = async || bench.request(key, method, json!({})).send().await.unwrap().text().await.unwrap();
            let first = list().await;
            assert!(first.contains(r#""cacheScope":"private""#), "{method}: {first}");
            assert_eq!(first, list().await);
        }
    }
    let bad = bench.request(&bench.reader, "resources/list", json!({"cursor": "x"})).send().await.unwrap();
    assert!(bad.text().await.unwrap().contains("-32602"));
}

#[tokio::test]
async fn a_quiet_call_gets_an_early_byte_and_then_its_answer() {
    let bench = Bench::with(|settings| settings.limits.early_seconds = 1).await;
    let start = std::time::Instant::now();
    let mut response = bench.call(&bench.reader, "test_slow", json!({"ms": 2500})).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let first = response.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b":") && start.elapsed() < Duration::from_millis(2000), "{:?}", start.elapsed());
    let rest = response.text().await.unwrap();
    assert!(rest.contains("data: {") && rest.contains("slept"), "{rest}");
    for era in [Era::Modern, Era::Legacy] {
        let client = bench.client(&bench.reader, era).await;
        let result = client.call_tool(ask("test_slow", &json!({"ms": 1500}))).await.unwrap();
        assert_eq!(words(&result), "slept", "{era:?}");
    }
}

#[tokio::test]
async fn who_leaves_stops_the_work_and_who_takes_too_long_is_stopped() {
    let bench = Bench::with(|settings| settings.limits.tool_seconds = 1).await;
    let before = DROPPED.load(Ordering::SeqCst);
    let gone = bench.call(&bench.reader, "test_slow", json!({"ms": 60_000})).timeout(Duration::from_millis(300));
    gone.send().await.unwrap_err();
    until("the work ends", async || DROPPED.load(Ordering::SeqCst) > before).await;
    let late = bench.call(&bench.reader, "test_slow", json!({"ms": 60_000})).send().await.unwrap();
    assert!(late.text().await.unwrap().contains("took longer than 1s"));
}

#[tokio::test]
async fn ending_finishes_running_calls_and_serves_late_ones() {
    for era in [Era::Modern, Era::Legacy] {
        let bench = Bench::start().await;
        let client = bench.client(&bench.reader, era).await;
        let call = tokio::spawn(async move { client.call_tool(ask("test_slow", &json!({"ms": 1500}))).await });
        tokio::time::sleep(Duration::from_millis(500)).await;
        let address = bench.running.address;
        bench.running.stop();
        until("it says that it is ending", async || {
            http().get(bench.url("/readyz")).send().await.is_ok_and(|answer| answer.status() == 503)
        })
        .await;
        let late = bench.call(&bench.reader, "test_slow", json!({})).send().await.unwrap();
        assert_eq!(late.status(), 200, "an ingress controller learns late that nothing should come here");
        assert_eq!(words(&call.await.unwrap().unwrap()), "slept", "{era:?}");
        let ended = tokio::time::timeout(Duration::from_secs(10), bench.running.ended()).await;
        ended.unwrap().unwrap();
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}

#[tokio::test]
async fn ending_does_not_wait_for_ever() {
    let bench = Bench::with(|settings| settings.limits.drain_seconds = 1).await;
    let call = tokio::spawn(bench.call(&bench.reader, "test_slow", json!({"ms": 30_000})).send());
    tokio::time::sleep(Duration::from_millis(300)).await;
    bench.running.stop();
    tokio::time::timeout(Duration::from_secs(4), bench.running.ended()).await.unwrap().unwrap();
    call.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn health_and_metrics_need_no_key_and_metrics_have_their_own_port() {
    let bench = Bench::start().await;
    bench.call(&bench.reader, "system_overview", json!({})).send().await.unwrap();
    for path in ["/livez", "/readyz", "/health"] {
        let answer = http().get(bench.url(path)).header("host", "10.1.2.3:8080").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    assert_eq!(http().get(bench.url("/metrics")).send().await.unwrap().status(), 404);
    let metrics = format!("http://{}/metrics", bench.running.metrics_address);
    until("the call is counted", async || {
        let page = http().get(&metrics).send().await.unwrap().text().await.unwrap();
        page.contains("tool=\"system_overview\"") && page.contains("homelab_mcp_request_seconds_bucket")
    })
    .await;
}
