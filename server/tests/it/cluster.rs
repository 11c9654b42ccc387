//! The keys' Secret and the tools, against a stand-in for the Kubernetes API on loopback.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use homelab_mcp::{
    keys::{Record, Scope, Token},
    serve::{self, Running, Setup},
};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{fresh_key, http, local, modern, quiet, until, with_test_tools};

/// An API server that knows one Secret, pods and a log, and can be told to fail.
struct Api {
    address: SocketAddr,
    secret: watch::Sender<Option<Value>>,
    broken: Arc<Mutex<bool>>,
}

#[derive(Clone)]
struct Shared {
    secret: watch::Receiver<Option<Value>>,
    broken: Arc<Mutex<bool>>,
}

impl Api {
    async fn start() -> Self {
        let (secret, seen) = watch::channel(None);
        let broken = Arc::new(Mutex::new(false));
        let shared = Shared { secret: seen, broken: Arc::clone(&broken) };
        let app = Router::new()
            .route("/api/v1/namespaces/default/secrets", get(secrets))
            .route("/api/v1/pods", get(pods))
            .route(
                "/api/v1/namespaces/media/pods/web/log",
                get(|| async { "one\npassword=hunter2\n\u{1b}[31mred\nnas Tr0ub4dor&3\n" }),
            )
            .with_state(shared);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, secret, broken }
    }

    fn hold(&self, records: &[Record]) {
        let data: BTreeMap<String, String> =
            records.iter().map(|record| (record.entry_name(), STANDARD.encode(record.to_bytes()))).collect();
        let version = self.secret.borrow().as_ref().map_or(1, version) + 1;
        self.secret.send_replace(Some(json!({
            "apiVersion": "v1", "kind": "Secret", "data": data,
            "metadata": {"name": "homelab-mcp-keys", "namespace": "default", "resourceVersion": version.to_string()},
        })));
    }

    fn config(&self) -> kube::Config {
        kube::Config::new(format!("http://{}", self.address).parse().unwrap())
    }
}

fn version(object: &Value) -> u32 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

async fn secrets(State(shared): State<Shared>, uri: Uri) -> Response {
    if *shared.broken.lock().unwrap() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let query = uri.query().unwrap();
    assert!(query.contains("fieldSelector=metadata.name%3Dhomelab-mcp-keys"), "{query}");
    if !query.contains("watch=true") {
        let items: Vec<Value> = shared.secret.borrow().iter().cloned().collect();
        let now = items.first().map_or(1, version).to_string();
        let list =
            json!({"apiVersion": "v1", "kind": "SecretList", "metadata": {"resourceVersion": now}, "items": items});
        return Json(list).into_response();
    }
    let mut secret = shared.secret.clone();
    // As the real one: what changed after the version that the client knows comes first.
    let known =
        query.split('&').find_map(|pair| pair.strip_prefix("resourceVersion=")).unwrap().parse::<u32>().unwrap();
    if secret.borrow_and_update().as_ref().map_or(1, version) > known {
        secret.mark_changed();
    }
    let broken = Arc::clone(&shared.broken);
    let events = async_stream::stream! {
        loop {
            tokio::select! {
                changed = secret.changed() => {
                    if changed.is_err() { break; }
                    let now = secret.borrow().clone();
                    let event = match now {
                        Some(object) => json!({"type": "MODIFIED", "object": object}),
                        None => json!({"type": "DELETED", "object": {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "homelab-mcp-keys", "resourceVersion": "99"}}}),
                    };
                    yield Ok::<_, Infallible>(format!("{event}\n"));
                }
                () = tokio::time::sleep(Duration::from_millis(50)) => if *broken.lock().unwrap() { break },
            }
        }
    };
    Body::from_stream(events).into_response()
}

async fn pods(State(shared): State<Shared>) -> Response {
    if *shared.broken.lock().unwrap() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let pod = json!({"metadata": {"name": "web", "namespace": "media"}, "spec": {"containers": [{"name": "a"}]}, "status": {"phase": "Pending"}});
    Json(json!({"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [pod]})).into_response()
}

async fn server(config: kube::Config) -> (Running, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = local(folder.path());
    settings.keys.folder = None;
    std::fs::create_dir(folder.path().join("secrets")).unwrap();
    std::fs::write(folder.path().join("secrets/nas"), "Tr0ub4dor&3\n").unwrap();
    settings.secrets = Some(folder.path().join("secrets"));
    let setup = Setup {
        settings,
        tools: with_test_tools(),
        cluster: Some(config),
        host: Some([127, 0, 0, 1].into()),
        journal: quiet(),
    };
    (serve::start(setup).await.unwrap(), folder)
}

async fn get_status(running: &Running, path: &str) -> u16 {
    http().get(format!("http://{}{path}", running.address)).send().await.unwrap().status().as_u16()
}

async fn call(running: &Running, token: &Token, tool: &str, arguments: Value) -> (u16, String) {
    let request = modern(running.address, "tools/call", json!({"name": tool, "arguments": arguments}));
    let answer = request.bearer_auth(token.reveal()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_secret_is_followed_and_outlives_the_api() {
    let api = Api::start().await;
    let ((one, one_record), (two, two_record)) =
        (fresh_key("one", Scope::Read, None), fresh_key("two", Scope::Read, None));
    api.hold(std::slice::from_ref(&one_record));
    let (running, _folder) = server(api.config()).await;
    until("ready", async || get_status(&running, "/readyz").await == 200).await;
    let status = async |token| call(&running, token, "test_slow", json!({})).await.0;
    assert_eq!((status(&one).await, status(&two).await), (200, 401));
    api.hold(&[one_record.clone(), two_record.clone()]);
    until("the second key is known", async || status(&two).await == 200).await;
    api.hold(std::slice::from_ref(&two_record));
    until("the first key is revoked", async || status(&one).await == 401).await;

    *api.broken.lock().unwrap() = true;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((status(&two).await, status(&one).await), (200, 401), "the last known keys stay in force");
    assert_eq!(get_status(&running, "/readyz").await, 200);
    api.hold(std::slice::from_ref(&one_record));
    *api.broken.lock().unwrap() = false;
    until("what changed meanwhile is seen", async || status(&one).await == 200 && status(&two).await == 401).await;
    api.secret.send_replace(None);
    until("no Secret, no key", async || status(&one).await == 401).await;
}

#[tokio::test]
async fn tools_read_the_cluster_and_say_when_they_cannot() {
    let api = Api::start().await;
    let (token, record) = fresh_key("one", Scope::Read, None);
    api.hold(&[record]);
    let (running, _folder) = server(api.config()).await;
    until("ready", async || get_status(&running, "/readyz").await == 200).await;
    let (_, pods) = call(&running, &token, "list_pods", json!({})).await;
    assert!(pods.contains("media") && pods.contains("1 pods, 1 not running well."), "{pods}");
    let (_, log) = call(&running, &token, "pod_logs", json!({"namespace": "media", "pod": "web"})).await;
    assert!(log.contains("| one\\n| password=[masked]\\n| red\\n| nas [masked]"), "{log}");
    let guess = json!({"namespace": "media", "pod": "web", "contains": "Tr0"});
    let (_, guessed) = call(&running, &token, "pod_logs", guess).await;
    assert!(guessed.contains("contains that text"), "the search tells nothing of what is masked: {guessed}");
    let (_, escape) = call(&running, &token, "pod_logs", json!({"namespace": "media", "pod": "../../secrets/x"})).await;
    assert!(escape.contains("no name of a pod"), "{escape}");
    let (_, overview) = call(&running, &token, "system_overview", json!({})).await;
    assert!(overview.contains("kubelet at 127.0.0.1") && overview.contains("\"isError\":false"), "{overview}");
    *api.broken.lock().unwrap() = true;
    let (status, pods) = call(&running, &token, "list_pods", json!({})).await;
    assert!(status == 200 && pods.contains("cannot list pods") && pods.contains("\"isError\":true"), "{pods}");
}

#[tokio::test]
async fn without_the_api_it_starts_is_alive_and_not_ready() {
    let nobody = kube::Config::new("http://127.0.0.1:1".parse().unwrap());
    let (running, _folder) = server(nobody).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(get_status(&running, "/livez").await, 200);
    assert_eq!((get_status(&running, "/readyz").await, get_status(&running, "/health").await), (503, 503));
    let (token, _) = fresh_key("one", Scope::Read, None);
    assert_eq!(call(&running, &token, "test_slow", json!({})).await.0, 503);
}
