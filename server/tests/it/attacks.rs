//! What must not work.

use homelab_mcp::keys::Scope;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::support::{Bench, Era, ask, fresh_key, http, key, modern, until, words};

#[tokio::test]
async fn foreign_hosts_and_origins_are_refused_before_the_key_is_looked_at() {
    let bench = Bench::with(|settings| settings.allowed_origins = vec!["https://app.example:443".to_owned()]).await;
    let overview = || modern(bench.running.address, "tools/list", json!({}));
    for (name, value, status) in [
        ("host", "evil.example", 403),
        ("host", "mcp.homelab.local.evil.example", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "http://app.example", 403),
        ("host", "mcp.homelab.local", 401),
        ("origin", "https://app.example", 401),
    ] {
        let answer = overview().header(name, value).send().await.unwrap();
        assert_eq!(answer.status(), status, "{name}: {value}");
        let known = overview().header(name, value).bearer_auth(bench.reader.reveal()).send().await.unwrap();
        assert_eq!(known.status(), if status == 403 { 403 } else { 200 }, "{name}: {value}");
    }
}

#[tokio::test]
async fn without_a_valid_key_there_is_nothing() {
    let bench = Bench::start().await;
    let expired = key(&bench.keys(), "old", Scope::Admin, Some(OffsetDateTime::now_utc() - Duration::seconds(1)));
    let (stranger, _) = fresh_key("stranger", Scope::Admin, None);
    let forged = format!("hlk_{}_{}", bench.reader.id(), &stranger.reveal()[13..]);
    let list = || modern(bench.running.address, "tools/list", json!({}));
    for (what, request) in [
        ("none", list()),
        ("stranger", list().bearer_auth(stranger.reveal())),
        ("forged", list().bearer_auth(&forged)),
        ("expired", list().bearer_auth(expired.reveal())),
        ("short", list().bearer_auth("hlk_")),
        ("empty", list().bearer_auth("")),
        ("basic", list().basic_auth(bench.reader.reveal(), Some(""))),
        ("query", http().post(bench.url(&format!("/mcp?api_key={}", bench.reader.reveal())))),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{what}");
        let challenge = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(challenge.starts_with("Bearer realm=") && !challenge.contains("resource_metadata"), "{challenge}");
    }
    for request in [
        list().bearer_auth(bench.reader.reveal()),
        list().bearer_auth(bench.operator.reveal()),
        list().header("x-api-key", bench.reader.reveal()),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    // Clients look for OAuth after a 401; there is none, and they must hear it plainly.
    for path in ["/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server", "/register", "/"] {
        assert_eq!(http().get(bench.url(path)).send().await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_within_seconds_and_a_new_one_is_known() {
    let bench = Bench::start().await;
    let new = key(&bench.keys(), "new", Scope::Read, None);
    let status = async |token| bench.request(token, "tools/list", json!({})).send().await.unwrap().status().as_u16();
    until("the new key is known", async || status(&new).await == 200).await;
    std::fs::remove_file(bench.keys().join(format!("{}.json", bench.reader.id()))).unwrap();
    until("the old key is refused", async || status(&bench.reader).await == 401).await;
    assert_eq!(status(&new).await, 200);
    // A broken folder neither opens nor closes anything.
    std::fs::rename(bench.keys(), bench.folder.path().join("away")).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    assert_eq!((status(&new).await, status(&bench.reader).await), (200, 401));
}

#[tokio::test]
async fn a_read_key_neither_sees_nor_calls_what_operates() {
    let bench = Bench::start().await;
    for era in [Era::Modern, Era::Legacy] {
        let reader = bench.client(&bench.reader, era).await;
        assert!(reader.list_all_tools().await.unwrap().iter().all(|tool| tool.name != "test_operate"));
        let refused = reader.call_tool(ask("test_operate", &json!({}))).await.unwrap();
        assert_eq!(refused.is_error, Some(true));
        assert!(words(&refused).contains("needs the scope `operate`"), "{}", words(&refused));
        let operator = bench.client(&bench.operator, era).await;
        assert!(operator.list_all_tools().await.unwrap().iter().any(|tool| tool.name == "test_operate"));
        assert_eq!(operator.call_tool(ask("test_operate", &json!({}))).await.unwrap().is_error, Some(false));
    }
}

#[tokio::test]
async fn headers_and_body_must_agree() {
    let bench = Bench::start().await;
    let send = async |headers: &[(&'static str, &'static str)], params: Value| {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        let mut request = http()
            .post(bench.url("/mcp"))
            .bearer_auth(bench.reader.reveal())
            .header("accept", "application/json, text/event-stream")
            .json(&body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default();
        (status, body["error"]["code"].as_i64().unwrap_or_default())
    };
    let meta = |version: &str| {
        json!({"name": "system_overview", "arguments": {}, "_meta": {
            "io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {}}})
    };
    let version = ("mcp-protocol-version", "2026-07-28");
    let method = ("mcp-method", "tools/call");
    let name = ("mcp-name", "system_overview");
    assert_eq!(send(&[version, method, name], meta("2026-07-28")).await, (200, 0));
    assert_eq!(send(&[version, method, ("mcp-name", "list_pods")], meta("2026-07-28")).await, (400, -32020));
    assert_eq!(send(&[version, ("mcp-method", "tools/list"), name], meta("2026-07-28")).await, (400, -32020));
    assert_eq!(send(&[version, method], meta("2026-07-28")).await, (400, -32020));
    let future = ("mcp-protocol-version", "2099-01-01");
    assert_eq!(send(&[future, method, name], meta("2099-01-01")).await, (400, -32022));
    assert_eq!(send(&[version, method, name], json!({"name": "system_overview"})).await.0, 400);
}

#[tokio::test]
async fn bodies_have_a_size_and_a_form() {
    let bench = Bench::start().await;
    let post = || {
        http()
            .post(bench.url("/mcp"))
            .bearer_auth(bench.reader.reveal())
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    };
    assert_eq!(post().body(vec![b' '; (1 << 20) + 1]).send().await.unwrap().status(), 413);
    let chunks = futures::stream::iter((0..40).map(|_| Ok::<_, std::io::Error>(vec![b' '; 64 << 10])));
    assert_eq!(post().body(reqwest::Body::wrap_stream(chunks)).send().await.unwrap().status(), 413);
    assert!(post().body("{").send().await.unwrap().status().is_client_error());
    assert_eq!(post().header("accept", "text/html").body("{}").send().await.unwrap().status().as_u16() / 100, 4);
    let get = http().get(bench.url("/mcp")).bearer_auth(bench.reader.reveal());
    assert_eq!(get.header("accept", "text/event-stream").send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn files_outside_of_their_folder_do_not_exist() {
    let bench = Bench::start().await;
    std::fs::write(bench.folder.path().join("secret"), "outside").unwrap();
    std::os::unix::fs::symlink("../secret", bench.folder.path().join("files/link")).unwrap();
    let read = async |uri: &str| {
        let answer = bench.request(&bench.reader, "resources/read", json!({"uri": uri})).send().await.unwrap();
        answer.text().await.unwrap()
    };
    let mut answers = std::collections::BTreeSet::new();
    for path in [
        "data/../secret",
        "data/%2e%2e/secret",
        "data/%252e%252e/secret",
        "data//etc/passwd",
        "data/%2fetc%2fpasswd",
        "data/link",
        "data/nothing",
        "data/note.md%00",
        "other/note.md",
        "data",
        "data/",
        "../keys",
    ] {
        answers.insert(read(&format!("homelab://files/{path}")).await);
    }
    answers.insert(read("file:///etc/passwd").await);
    assert_eq!(answers.len(), 1, "one answer for all: {answers:?}");
    assert!(answers.first().unwrap().contains("-32602") && answers.first().unwrap().contains("no such resource"));
    std::fs::write(bench.folder.path().join("files/env"), "DB_PASSWORD=hunter2\n\u{202e}x").unwrap();
    let masked = read("homelab://files/data/env").await;
    assert!(masked.contains("[masked]") && !masked.contains("hunter2") && !masked.contains('\u{202e}'), "{masked}");
}

#[tokio::test]
async fn a_credential_leaves_through_no_file() {
    let secrets = tempfile::tempdir().unwrap();
    std::fs::write(secrets.path().join("nas"), "Tr0ub4dor&3").unwrap();
    let bench = Bench::with(|settings| {
        settings.secrets = Some(secrets.path().to_owned());
        settings.limits.output_bytes = 1024;
    })
    .await;
    let file = |name: &str| bench.folder.path().join("files").join(name);
    std::fs::write(file("plain"), "it is Tr0ub4dor&3, or VHIwdWI0ZG9yJjM= in base64").unwrap();
    std::fs::write(file("binary"), b"\xff\x00Tr0ub4dor&3").unwrap();
    std::fs::write(file("long"), format!("{}Tr0ub4dor&3{}", "x".repeat(1019), "y".repeat(99))).unwrap();
    let read = async |name: &str| {
        let uri = format!("homelab://files/data/{name}");
        bench.request(&bench.reader, "resources/read", json!({"uri": uri})).send().await.unwrap().text().await.unwrap()
    };
    let plain = read("plain").await;
    assert!(plain.contains("it is [masked], or [masked]= in base64"), "{plain}");
    let binary = read("binary").await;
    assert!(binary.contains("with a credential in it") && !binary.contains("blob"), "{binary}");
    let long = read("long").await;
    assert!(long.contains("xx\\n[cut here") && !long.contains("Tr0"), "the beginning of one is none: {long}");
}
