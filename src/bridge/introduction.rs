//! `initialize`, answered from what the server says of itself, or without it while it is away.

use serde_json::{Value, json};

use super::session::{Announced, answer};
use crate::mcp::{Message, meta};

/// The beginning of a session with a client of an earlier revision.
#[derive(Clone, Debug, PartialEq)]
pub struct Introduction {
    id: Value,
    version: String,
    question: Message,
}

const KNOWN: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const LATEST: &str = "2025-11-25";

impl Introduction {
    pub(super) fn new(id: Value, requested: &Value, announced: &Announced) -> Self {
        let version = requested.as_str().filter(|version| KNOWN.contains(version)).unwrap_or(LATEST).to_owned();
        let meta = meta(&Value::Null, &announced.client_info, &announced.capabilities);
        let body =
            json!({ "jsonrpc": "2.0", "id": "introduction", "method": "server/discover", "params": { "_meta": meta } });
        Self { id, version, question: Message::carrying(body) }
    }

    pub fn id(&self) -> &Value {
        &self.id
    }

    /// What to ask the server.
    pub fn question(&self) -> &Message {
        &self.question
    }

    /// The client's answer, from the server's.
    pub fn answer(&self, discovered: &Value) -> Value {
        let mut capabilities = discovered["capabilities"].clone();
        if let Some(kinds) = capabilities.as_object_mut() {
            kinds.remove("extensions");
            // Changes are told on a stream that the earlier revisions do not have.
            for kind in kinds.values_mut().filter_map(Value::as_object_mut) {
                kind.remove("listChanged");
                kind.remove("subscribe");
            }
        }
        let own_name = json!({ "name": "homelab", "version": env!("CARGO_PKG_VERSION") });
        let server = discovered["_meta"].get("io.modelcontextprotocol/serverInfo").cloned().unwrap_or(own_name);
        let mut result = json!({ "protocolVersion": self.version, "capabilities": capabilities, "serverInfo": server });
        if let Some(instructions) = discovered.get("instructions") {
            result["instructions"] = instructions.clone();
        }
        answer(&self.id, &result)
    }

    /// The client's answer while the server is away: it may begin, and is told when there is something to list.
    pub fn answer_without_server(&self) -> Value {
        let changing = json!({ "listChanged": true });
        let result = json!({
            "protocolVersion": self.version,
            "capabilities": { "tools": changing, "prompts": changing, "resources": changing, "completions": {}, "logging": {} },
            "serverInfo": { "name": "homelab", "version": env!("CARGO_PKG_VERSION") },
            "instructions": "The homelab cannot be reached right now. Its tools appear when it is back.",
        });
        answer(&self.id, &result)
    }
}

/// What a client is told when the server is back.
pub fn lists_changed() -> [Value; 3] {
    ["tools", "prompts", "resources"]
        .map(|list| json!({ "jsonrpc": "2.0", "method": format!("notifications/{list}/list_changed") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn introduction(version: &str) -> Introduction {
        Introduction::new(json!(0), &json!(version), &Announced::default())
    }

    #[test]
    fn a_client_gets_the_revision_it_asks_for_or_the_latest_of_its_kind() {
        let agreed = |version| introduction(version).answer(&json!({}))["result"]["protocolVersion"].clone();
        assert_eq!(agreed("2025-06-18"), "2025-06-18");
        assert_eq!(agreed("2026-07-28"), LATEST);
        assert_eq!(agreed("1999-01-01"), LATEST);
    }

    #[test]
    fn the_server_is_introduced_without_what_only_streams_can_tell() {
        let discovered = json!({
            "capabilities": { "tools": { "listChanged": true }, "resources": { "subscribe": true }, "prompts": {}, "extensions": { "x": {} } },
            "instructions": "Ask gently.",
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "homelab-mcp", "version": "0.1.0" } },
        });
        let result = introduction(LATEST).answer(&discovered)["result"].clone();
        assert_eq!(result["capabilities"], json!({ "tools": {}, "resources": {}, "prompts": {} }));
        assert_eq!(result["serverInfo"]["name"], "homelab-mcp");
        assert_eq!(result["instructions"], "Ask gently.");
    }
}
