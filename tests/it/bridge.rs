//! The bridge, driven by a real MCP client over its two ends.

use homelabctl::edge::{
    self,
    endpoint::{Endpoint, Manner, Target},
};
use homelabctl::secret::Secret;
use rmcp::{
    ClientHandler, ClientLifecycleMode, ClientServiceExt as _, ErrorData, RoleClient,
    model::*,
    service::{NotificationContext, PeerRequestOptions, RequestContext, RunningService},
};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::stand::Stand;

/// A person at a client: confirms everything, counts what is told.
#[derive(Clone, Debug, Default)]
struct Person {
    steps: Arc<AtomicU64>,
    changes: Arc<AtomicU64>,
}

impl ClientHandler for Person {
    fn get_info(&self) -> ClientConfig {
        let can = ClientCapabilities::builder().enable_elicitation().build();
        ClientConfig::new(can, Implementation::new("claude-ai", "1"))
    }

    async fn create_elicitation(
        &self,
        _request: ElicitRequestParams,
        _context: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "yes": true })))
    }

    async fn on_progress(&self, _params: ProgressNotificationParam, _context: NotificationContext<RoleClient>) {
        self.steps.fetch_add(1, Ordering::SeqCst);
    }

    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}

type Client = RunningService<RoleClient, Person>;

const LEGACY: ClientLifecycleMode = ClientLifecycleMode::Initialize;

fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] }
}

/// A client whose other end is the bridge.
async fn connect(target: &Target, person: Person, mode: ClientLifecycleMode) -> anyhow::Result<Client> {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    let endpoint = Endpoint::new(target, Manner::Client)?;
    let (read, write) = tokio::io::split(theirs);
    tokio::spawn(edge::bridge::run(endpoint, read, write));
    Ok(person.serve_with_lifecycle(tokio::io::split(ours), mode).await?)
}

async fn call(client: &Client, tool: &'static str, arguments: serde_json::Value) -> Result<String, rmcp::ServiceError> {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let result = client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments)).await?;
    Ok(result.content[0].as_text().map(|text| text.text.clone()).unwrap_or_default())
}

async fn until(what: &str, so: impl Fn() -> bool) {
    for _ in 0..500 {
        if so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not come about");
}

#[tokio::test]
async fn clients_of_both_eras_get_everything_through() {
    let stand = Stand::start().await;
    for mode in [LEGACY, modern()] {
        let client = connect(&stand.target(), Person::default(), mode.clone()).await.unwrap();
        let tools = client.list_all_tools().await.unwrap();
        assert_eq!(tools.len(), 4, "{mode:?}");
        assert_eq!(call(&client, "echo", json!({ "words": "hallo" })).await.unwrap(), "hallo");
        assert_eq!(client.list_all_prompts().await.unwrap()[0].name, "status_report");
        client.get_prompt(GetPromptRequestParams::new("status_report")).await.unwrap();
        let read = client.read_resource(ReadResourceRequestParams::new("homelab://docs/größe")).await.unwrap();
        assert_eq!(read.contents.len(), 1);
        let done = client.complete_prompt_simple("status_report", "scope", "n").await.unwrap();
        assert_eq!(done, ["nginx"]);
        client.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn a_legacy_client_gets_to_know_the_server() {
    let stand = Stand::start().await;
    let client = connect(&stand.target(), Person::default(), LEGACY).await.unwrap();
    let known = client.peer_info().unwrap();
    assert_eq!(known.instructions.as_deref(), Some("Ask gently."));
    assert!(known.capabilities.tools.is_some() && known.capabilities.completions.is_some());
    assert!(known.protocol_version < ProtocolVersion::V_2026_07_28);
}

#[tokio::test]
async fn what_the_server_wants_to_know_is_asked_from_the_person() {
    let stand = Stand::start().await;
    for mode in [LEGACY, modern()] {
        let client = connect(&stand.target(), Person::default(), mode.clone()).await.unwrap();
        assert_eq!(call(&client, "restart", json!({})).await.unwrap(), "restarted", "{mode:?}");
    }
}

#[tokio::test]
async fn progress_comes_through_and_giving_up_stops_the_tool() {
    for mode in [LEGACY, modern()] {
        let stand = Stand::start().await;
        let person = Person::default();
        let client = connect(&stand.target(), person.clone(), mode).await.unwrap();
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(CallToolRequestParams::new("slow")));
        let handle = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
        until("progress", || person.steps.load(Ordering::SeqCst) > 2).await;
        assert!(!stand.knobs.cancelled.load(Ordering::SeqCst));
        handle.cancel(None).await.unwrap();
        until("the end of the tool", || stand.knobs.cancelled.load(Ordering::SeqCst)).await;
    }
}

#[tokio::test]
async fn a_server_that_restarts_is_no_event() {
    let mut stand = Stand::start().await;
    let client = connect(&stand.target(), Person::default(), LEGACY).await.unwrap();
    assert_eq!(call(&client, "echo", json!({ "words": "a" })).await.unwrap(), "a");
    stand.stop().await;
    let error = call(&client, "echo", json!({ "words": "b" })).await.unwrap_err().to_string();
    assert!(error.contains("cannot reach the server at 127.0.0.1:"), "{error}");
    assert!(error.contains("homelabctl status"), "{error}");
    stand.start_again().await;
    assert_eq!(call(&client, "echo", json!({ "words": "c" })).await.unwrap(), "c");
}

#[tokio::test]
async fn a_client_may_begin_while_the_server_is_away() {
    let mut stand = Stand::start().await;
    stand.stop().await;
    let person = Person::default();
    let client = connect(&stand.target(), person.clone(), LEGACY).await.unwrap();
    let error = client.list_all_tools().await.unwrap_err().to_string();
    assert!(error.contains("cannot reach the server"), "{error}");
    stand.start_again().await;
    until("word of the server's return", || person.changes.load(Ordering::SeqCst) == 1).await;
    assert_eq!(client.list_all_tools().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_refused_key_and_a_foreign_ca_are_told_at_once() {
    let stand = Stand::start().await;
    let wrong_key =
        Target { key: Secret::new("hlk_00000000_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"), ..stand.target() };
    let error = format!("{:#}", connect(&wrong_key, Person::default(), LEGACY).await.unwrap_err());
    assert!(error.contains("the server refuses the API key"), "{error}");
    let foreign = Stand::start().await;
    let wrong_ca = Target { ca: foreign.ca.clone(), ..stand.target() };
    let error = format!("{:#}", connect(&wrong_ca, Person::default(), LEGACY).await.unwrap_err());
    assert!(error.contains("is not the one that the homelab's CA vouches for"), "{error}");
}
