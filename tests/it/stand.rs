//! A small MCP server over TLS on loopback, made of the same library as the real one, with tools that a test needs:
//! slow ones, ones that ask, ones that tell on themselves.

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use homelabctl::{
    config::Lan,
    edge::{endpoint::Target, road::Road},
    secret::Secret,
    tls::{Authority, Constraints, Issued, Names},
};
use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    handler::server::{
        router::tool::ToolRouter,
        tool::{InputResponses, RequestState},
        wrapper::Parameters,
    },
    model::*,
    prompt, prompt_handler, prompt_router,
    service::RequestContext,
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
    },
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) const NAME: &str = "mcp.homelab.local";
pub(crate) const KEY: &str = "hlk_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What the server lets a test see and turn.
#[derive(Default)]
pub(crate) struct Knobs {
    /// The slow tool noticed that its caller left.
    pub cancelled: AtomicBool,
    /// Every so many-th request gets a 502, as from a proxy; 0 for none.
    pub fail_every: AtomicU64,
    served: AtomicU64,
}

/// A running server; it ends when this is dropped.
pub(crate) struct Stand {
    pub at: SocketAddr,
    pub ca: String,
    pub knobs: Arc<Knobs>,
    leaf: Issued,
    handle: axum_server::Handle<SocketAddr>,
}

impl Stand {
    pub(crate) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let now = time::OffsetDateTime::now_utc();
        let loopback: Lan = "127.0.0.0/8".parse().unwrap();
        let constraints = Constraints { dns: vec![NAME.to_owned()], networks: vec![loopback] };
        let ca = Authority::create("test", &constraints, now).unwrap();
        let leaf =
            Authority::load(&ca.certificate, &ca.key).unwrap().issue(&Names::of(&[NAME.to_owned()]), now).unwrap();
        let knobs = Arc::<Knobs>::default();
        let (at, handle) = serve("127.0.0.1:0".parse().unwrap(), &leaf, knobs.clone()).await;
        Self { at, ca: ca.certificate, knobs, leaf, handle }
    }

    /// Ends it at once: connections break, the port is free.
    pub(crate) async fn stop(&self) {
        self.handle.shutdown();
        while tokio::net::TcpStream::connect(self.at).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The same server again, on the same port.
    pub(crate) async fn start_again(&mut self) {
        self.handle = serve(self.at, &self.leaf, self.knobs.clone()).await.1;
    }

    pub(crate) fn target(&self) -> Target {
        let url = format!("https://{NAME}/mcp");
        Target { url, road: Road::straight(self.at), ca: self.ca.clone(), key: Secret::new(KEY) }
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

async fn serve(at: SocketAddr, leaf: &Issued, knobs: Arc<Knobs>) -> (SocketAddr, axum_server::Handle<SocketAddr>) {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts([NAME]);
    let lab = Lab { knobs: knobs.clone() };
    let mcp = StreamableHttpService::new(move || Ok(lab.clone()), Arc::new(NeverSessionManager::default()), config);
    let app = Router::new()
        .route_service("/mcp", mcp)
        .route_layer(from_fn_with_state(knobs, door))
        .route("/health", get(|| async { r#"{"status":"ok"}"# }));
    let (certificate, key) = (leaf.certificate.clone().into_bytes(), leaf.key.clone().into_bytes());
    let tls = axum_server::tls_rustls::RustlsConfig::from_pem(certificate, key).await.unwrap();
    let handle = axum_server::Handle::new();
    let serving = axum_server::bind_rustls(at, tls).handle(handle.clone()).serve(app.into_make_service());
    tokio::spawn(serving);
    (handle.listening().await.unwrap(), handle)
}

async fn door(State(knobs): State<Arc<Knobs>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {KEY}")) {
        return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer realm=\"test\"")]).into_response();
    }
    let number = knobs.served.fetch_add(1, Ordering::SeqCst) + 1;
    match knobs.fail_every.load(Ordering::SeqCst) {
        0 => next.run(request).await,
        every if number.is_multiple_of(every) => (StatusCode::BAD_GATEWAY, "Bad Gateway").into_response(),
        _ => next.run(request).await,
    }
}

#[derive(Clone)]
struct Lab {
    knobs: Arc<Knobs>,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Words {
    words: String,
}

static TOOLS: LazyLock<ToolRouter<Lab>> = LazyLock::new(Lab::make_tools);

#[tool_router(router = make_tools)]
impl Lab {
    /// How things are.
    #[tool(annotations(read_only_hint = true))]
    async fn overview(&self) -> String {
        "fine".to_owned()
    }

    /// Say it back.
    #[tool]
    async fn echo(&self, Parameters(Words { words }): Parameters<Words>) -> String {
        words
    }

    /// Tell the progress until the caller has had enough.
    #[tool]
    async fn slow(&self, context: RequestContext<RoleServer>) -> String {
        let token = context.meta.get_progress_token();
        for step in 1..1000_u32 {
            if let Some(token) = &token {
                let progress = ProgressNotificationParam::new(token.clone(), f64::from(step));
                let _ = context.peer.notify_progress(progress).await;
            }
            tokio::select! {
                () = context.ct.cancelled() => {
                    self.knobs.cancelled.store(true, Ordering::SeqCst);
                    return "cancelled".to_owned();
                }
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
            }
        }
        "done".to_owned()
    }

    /// Restart a service after the person confirmed it.
    #[tool]
    async fn restart(
        &self,
        RequestState(state): RequestState,
        InputResponses(answers): InputResponses,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        if context.client_capabilities().is_none_or(|can| can.elicitation.is_none()) {
            return Ok(CallToolResult::error(vec![ContentBlock::text("this client cannot confirm")]).into());
        }
        if state.is_none() {
            let question = serde_json::json!({ "confirm": { "method": "elicitation/create", "params": {
                "mode": "form", "message": "Restart nginx?",
                "requestedSchema": { "type": "object", "properties": { "yes": { "type": "boolean" } } } } } });
            let asked: InputRequests = serde_json::from_value(question).unwrap();
            return Ok(InputRequiredResult::new(Some(asked), Some("sealed".into())).into());
        }
        let answer = answers.as_ref().and_then(|answers| answers.get("confirm"));
        let yes = answer.is_some_and(|answer| answer["action"] == "accept" && answer["content"]["yes"] == true);
        Ok(CallToolResult::success(vec![ContentBlock::text(if yes { "restarted" } else { "left alone" })]).into())
    }
}

#[prompt_router]
impl Lab {
    /// Status of the infrastructure.
    #[prompt(name = "status_report")]
    async fn status_report(&self) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, "Report.")]
    }
}

#[tool_handler(router = TOOLS)]
#[prompt_handler]
impl ServerHandler for Lab {
    fn get_info(&self) -> ServerConfig {
        let can = ServerCapabilities::builder().enable_tools().enable_prompts().enable_resources().enable_completions();
        ServerConfig::new(can.build())
            .with_server_info(Implementation::new("stand", "1"))
            .with_instructions("Ask gently.")
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        match request.uri.as_str() {
            "homelab://docs/größe" => {
                Ok(ReadResourceResult::new(vec![ResourceContents::text("hello", request.uri)]).into())
            }
            _ => Err(ErrorData::resource_not_found("no such resource", None)),
        }
    }

    async fn complete(
        &self,
        _request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        Ok(CompleteResult::new(CompletionInfo::new(vec!["nginx".to_owned()]).unwrap()))
    }
}
