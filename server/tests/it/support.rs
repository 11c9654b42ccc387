//! A server to talk to, keys for it, and tools that only tests have.

use std::{net::SocketAddr, path::Path, time::Duration};

use homelab_mcp::{
    config::Settings,
    journal::Journal,
    keys::{Record, Scope, Token},
    lab::Lab,
    serve::{self, Running, Setup},
    tools::{Answer, Body, Cost, Effect, Run, TOOLS, Tool, Trouble},
};
use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt, RoleClient,
    model::{CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, Implementation, ProtocolVersion},
    service::RunningService,
    transport::{StreamableHttpClientTransport, streamable_http_client::StreamableHttpClientTransportConfig},
};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

/// An audit log that nobody reads.
pub(crate) fn quiet() -> Journal {
    Journal::begin(std::io::sink(), "test")
}

/// A server with a folder of keys and one of files, on free ports.
pub(crate) struct Bench {
    pub(crate) running: Running,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) reader: Token,
    pub(crate) operator: Token,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let bench = Self::unready(change).await;
        bench.until_ready().await;
        bench
    }

    /// Not waited for.
    pub(crate) async fn unready(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["keys", "files"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        std::fs::write(folder.path().join("files/note.md"), "hello").unwrap();
        let reader = key(&folder.path().join("keys"), "reader", Scope::Read, None);
        let operator = key(&folder.path().join("keys"), "operator", Scope::Operate, None);
        let mut settings = local(folder.path());
        change(&mut settings);
        assert_eq!(settings.validate().into_iter().filter(|p| !p.path.starts_with("limits")).count(), 0);
        let setup = Setup { settings, tools: with_test_tools(), cluster: None, host: None, journal: quiet() };
        let running = serve::start(setup).await.unwrap();
        Self { running, folder, reader, operator }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    pub(crate) fn keys(&self) -> std::path::PathBuf {
        self.folder.path().join("keys")
    }

    async fn until_ready(&self) {
        until("ready", async || http().get(self.url("/readyz")).send().await.is_ok_and(|r| r.status() == 200)).await;
    }

    /// A modern request with this key, as a client that knows the specification sends it.
    pub(crate) fn request(&self, token: &Token, method: &str, params: Value) -> reqwest::RequestBuilder {
        modern(self.running.address, method, params).bearer_auth(token.reveal())
    }

    /// A modern call of a tool.
    pub(crate) fn call(&self, token: &Token, tool: &str, arguments: Value) -> reqwest::RequestBuilder {
        self.request(token, "tools/call", json!({"name": tool, "arguments": arguments}))
    }

    pub(crate) async fn client(&self, token: &Token, era: Era) -> RunningService<RoleClient, Person> {
        client(&self.url("/mcp"), token, era).await
    }
}

/// Settings for loopback, free ports, and folders below this one.
pub(crate) fn local(folder: &Path) -> Settings {
    let mut settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        metrics_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..Settings::default()
    };
    settings.keys.folder = Some(folder.join("keys"));
    settings.files[0].path = folder.join("files");
    settings
}

pub(crate) fn key(folder: &Path, name: &str, scope: Scope, expires_at: Option<OffsetDateTime>) -> Token {
    let (token, record) = fresh_key(name, scope, expires_at);
    std::fs::write(folder.join(record.entry_name()), record.to_bytes()).unwrap();
    token
}

pub(crate) fn fresh_key(name: &str, scope: Scope, expires_at: Option<OffsetDateTime>) -> (Token, Record) {
    let token = Token::generate(&ring::rand::SystemRandom::new()).unwrap();
    let record = Record::new(name, &token, &[scope], OffsetDateTime::now_utc(), expires_at);
    (token, record)
}

/// One for each test: a test has a thread and a runtime of its own.
pub(crate) fn http() -> reqwest::Client {
    thread_local! {
        static CLIENT: reqwest::Client = {
            let _ = rustls::crypto::ring::default_provider().install_default();
            reqwest::Client::builder().no_proxy().build().unwrap()
        };
    }
    CLIENT.with(Clone::clone)
}

pub(crate) fn modern(address: SocketAddr, method: &str, params: Value) -> reqwest::RequestBuilder {
    modern_by(&http(), &format!("http://{address}"), method, params)
}

/// The same by this client, to a server anywhere.
pub(crate) fn modern_by(
    http: &reqwest::Client,
    base: &str,
    method: &str,
    mut params: Value,
) -> reqwest::RequestBuilder {
    let name = params["name"].as_str().or(params["uri"].as_str()).map(str::to_owned);
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let mut request = http
        .post(format!("{base}/mcp"))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", method)
        .json(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
    if let Some(name) = name {
        request = request.header("mcp-name", name);
    }
    request
}

/// Waits for something that takes a moment, and says what never came.
pub(crate) async fn until(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 10 s: {what}");
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Era {
    Modern,
    Legacy,
}

#[derive(Clone)]
pub(crate) struct Person;

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("test", "1"))
    }
}

pub(crate) async fn client(url: &str, token: &Token, era: Era) -> RunningService<RoleClient, Person> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = StreamableHttpClientTransportConfig::with_uri(url.to_owned()).auth_header(token.reveal());
    let mode = match era {
        Era::Legacy => ClientLifecycleMode::Initialize,
        Era::Modern => {
            ClientLifecycleMode::Auto { preferred_versions: vec![ProtocolVersion::V_2026_07_28], legacy_version: None }
        }
    };
    let transport = StreamableHttpClientTransport::with_client(http(), config);
    Person.serve_with_lifecycle(transport, mode).await.unwrap()
}

pub(crate) fn ask(tool: &'static str, arguments: &Value) -> CallToolRequestParams {
    CallToolRequestParams::new(tool).with_arguments(arguments.as_object().cloned().unwrap())
}

pub(crate) fn words(result: &CallToolResult) -> String {
    result.content.iter().filter_map(|block| block.as_text()).map(|block| block.text.as_str()).collect()
}

/// The real table and the tools of the tests, which show what a tool may do wrong.
pub(crate) fn with_test_tools() -> &'static [&'static Tool] {
    static MORE: [Tool; 4] = [
        row("test_big", Scope::Read, Cost::Light, Body::of::<Big>()),
        row("test_operate", Scope::Operate, Cost::Costly, Body::of::<Big>()),
        row("test_panic", Scope::Read, Cost::Light, Body::of::<Panics>()),
        row("test_slow", Scope::Read, Cost::Light, Body::of::<Slow>()),
    ];
    Vec::leak(TOOLS.iter().copied().chain(&MORE).collect())
}

const fn row(name: &'static str, scope: Scope, cost: Cost, body: Body) -> Tool {
    let effect = match scope {
        Scope::Read => Effect::Looks,
        Scope::Operate | Scope::Admin => Effect::Changes,
    };
    Tool { name, title: "Test", about: "For tests.", scope, cost, effect, grants: &[], body }
}

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Size {
    #[serde(default)]
    bytes: usize,
}

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wait {
    #[serde(default)]
    ms: u64,
}

struct Big;
struct Panics;
struct Slow;

impl Run for Big {
    type Ask = Size;
    async fn run(_: &Lab, ask: Size) -> Result<Answer, Trouble> {
        Ok(Answer("x".repeat(ask.bytes)))
    }
}

impl Run for Panics {
    type Ask = Size;
    async fn run(_: &Lab, _: Size) -> Result<Answer, Trouble> {
        panic!("on purpose");
    }
}

/// How many slow calls were dropped before their end.
pub(crate) static DROPPED: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

struct Count(bool);

impl Drop for Count {
    fn drop(&mut self) {
        if !self.0 {
            DROPPED.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }
}

impl Run for Slow {
    type Ask = Wait;
    async fn run(_: &Lab, ask: Wait) -> Result<Answer, Trouble> {
        let mut count = Count(false);
        tokio::time::sleep(Duration::from_millis(ask.ms)).await;
        count.0 = true;
        Ok(Answer("slept".to_owned()))
    }
}
