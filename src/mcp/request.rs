//! A request of the 2026-07-28 revision: every one carries its own metadata and repeats part of it in headers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// The revision that homelabctl speaks to its server.
pub const VERSION: &str = "2026-07-28";

/// One message to the server, with the headers that belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub body: Value,
    pub headers: Vec<(&'static str, String)>,
}

impl Message {
    /// A request of our own.
    pub fn request(id: u64, method: &str, params: Value) -> Self {
        let mut params = match params {
            Value::Object(params) => params,
            _ => Map::new(),
        };
        let capabilities = json!({});
        params.insert("_meta".into(), meta(&json!({}), &own_info(), &capabilities));
        Self::carrying(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
    }

    /// A ready message of somebody who speaks this revision; the headers are read off it.
    pub fn carrying(body: Value) -> Self {
        let mut headers = vec![
            ("accept", "application/json, text/event-stream".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("mcp-protocol-version", version_of(&body).unwrap_or(VERSION).to_owned()),
        ];
        if let Some(method) = body["method"].as_str() {
            headers.push(("mcp-method", header_value(method)));
            let named_by = match method {
                "tools/call" | "prompts/get" => "name",
                "resources/read" => "uri",
                _ => "",
            };
            if let Some(name) = body["params"][named_by].as_str() {
                headers.push(("mcp-name", header_value(name)));
            }
        }
        Self { body, headers }
    }
}

/// The revision that a message says it is of; legacy messages do not say.
fn version_of(body: &Value) -> Option<&str> {
    body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str()
}

/// `_meta` of a request: what was there, and what the revision requires.
pub fn meta(there: &Value, client_info: &Value, capabilities: &Value) -> Value {
    let mut meta = there.as_object().cloned().unwrap_or_default();
    meta.insert("io.modelcontextprotocol/protocolVersion".into(), VERSION.into());
    meta.insert("io.modelcontextprotocol/clientInfo".into(), client_info.clone());
    meta.insert("io.modelcontextprotocol/clientCapabilities".into(), capabilities.clone());
    Value::Object(meta)
}

fn own_info() -> Value {
    json!({ "name": "homelabctl", "version": env!("CARGO_PKG_VERSION") })
}

/// Plain ASCII as it is, everything else in the specification's base64 wrapper.
fn header_value(text: &str) -> String {
    let wrapped = text.starts_with("=?base64?") && text.ends_with("?=");
    let trimmed = text.trim_matches(' ').len() == text.len();
    let plain = !wrapped && trimmed && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    if plain { text.to_owned() } else { format!("=?base64?{}?=", STANDARD.encode(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
        message.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_str())
    }

    #[test]
    fn a_request_repeats_method_name_and_revision_in_headers() {
        let call = Message::request(7, "tools/call", json!({ "name": "list_pods", "arguments": {} }));
        assert_eq!(header(&call, "mcp-method"), Some("tools/call"));
        assert_eq!(header(&call, "mcp-name"), Some("list_pods"));
        assert_eq!(header(&call, "mcp-protocol-version"), Some(VERSION));
        let meta = &call.body["params"]["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], VERSION);
        assert!(meta["io.modelcontextprotocol/clientCapabilities"].is_object());
        assert_eq!(header(&Message::request(1, "tools/list", Value::Null), "mcp-name"), None);
    }

    #[test]
    fn a_name_that_a_header_cannot_hold_is_wrapped() {
        let read = Message::request(1, "resources/read", json!({ "uri": "homelab://files/data/größe" }));
        assert_eq!(header(&read, "mcp-name"), Some("=?base64?aG9tZWxhYjovL2ZpbGVzL2RhdGEvZ3LDtsOfZQ==?="));
        assert_eq!(header_value("=?base64?eA==?="), "=?base64?PT9iYXNlNjQ/ZUE9PT89?=");
        assert_eq!(header_value("a\r\nx: y"), "=?base64?YQ0KeDogeQ==?=");
    }
}
