//! What the bridge knows of its client, and what it does about each of the client's messages.

use serde_json::{Value, json};

use super::{call::Call, introduction::Introduction};
use crate::mcp::{Message, Trouble};

/// What to do about a message.
#[derive(Debug, PartialEq)]
pub enum Move {
    /// The client gets this, the server is not asked.
    Answer(Value),
    /// The server is asked.
    Forward(Box<Call>),
    /// The client begins: it gets to know the server.
    Introduce(Box<Introduction>),
    /// The call of this id is given up; nothing more is said about it.
    Cancel(Value),
    /// The client's answer to a question of ours.
    Reply {
        id: Value,
        reply: Value,
    },
    Nothing,
}

/// One client, from its first message to its last.
#[derive(Debug, Default)]
pub struct Session {
    announced: Announced,
}

/// What a client of the earlier revisions says once, and today's requests say each time.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Announced {
    pub client_info: Value,
    pub capabilities: Value,
    pub log_level: Option<Value>,
}

impl Default for Announced {
    fn default() -> Self {
        let client_info = json!({ "name": "unknown", "version": "0" });
        Self { client_info, capabilities: json!({}), log_level: None }
    }
}

impl Session {
    pub fn receive(&mut self, message: Value) -> Move {
        let id = message["id"].clone();
        let Some(method) = message["method"].as_str() else {
            return if message.get("result").is_some() || message.get("error").is_some() {
                Move::Reply { id, reply: message }
            } else {
                Move::Answer(error_answer(&id, INVALID, "a message has a method, a result or an error"))
            };
        };
        if id.is_null() {
            return match method {
                "notifications/cancelled" => Move::Cancel(message["params"]["requestId"].clone()),
                _ => Move::Nothing,
            };
        }
        if message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].is_string() {
            return Move::Forward(Box::new(Call::as_it_is(id, Message::carrying(message))));
        }
        match method {
            "initialize" => {
                let params = &message["params"];
                self.announced = Announced {
                    client_info: params["clientInfo"].clone(),
                    capabilities: object(&params["capabilities"]),
                    log_level: None,
                };
                Move::Introduce(Box::new(Introduction::new(id, &params["protocolVersion"], &self.announced)))
            }
            "ping" => Move::Answer(answer(&id, &json!({}))),
            "logging/setLevel" => {
                self.announced.log_level = Some(message["params"]["level"].clone());
                Move::Answer(answer(&id, &json!({})))
            }
            _ => Move::Forward(Box::new(Call::translated(id, message, &self.announced))),
        }
    }
}

fn object(value: &Value) -> Value {
    if value.is_object() { value.clone() } else { json!({}) }
}

const INVALID: i64 = -32600;

pub(super) fn answer(id: &Value, result: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// An error as JSON-RPC says it.
pub fn error_answer(id: &Value, code: i64, words: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": words } })
}

impl Trouble {
    /// This trouble as the answer to a call: clients show the message and nothing else, so the cure is in it.
    pub fn answer(&self, id: &Value) -> Value {
        const INTERNAL: i64 = -32603;
        let words = self.help().map_or_else(|| self.to_string(), |help| format!("{self}. To cure it: {help}"));
        error_answer(id, INTERNAL, &words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, params: &Value) -> Value {
        json!({ "jsonrpc": "2.0", "id": 5, "method": method, "params": params })
    }

    fn forwarded(session: &mut Session, message: Value) -> Option<Message> {
        match session.receive(message) {
            Move::Forward(call) => Some(call.message().clone()),
            _ => None,
        }
    }

    #[test]
    fn a_legacy_client_is_spoken_for_with_what_it_announced() {
        let mut session = Session::default();
        let hello = json!({ "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} },
            "clientInfo": { "name": "claude-ai", "version": "1" } });
        assert!(matches!(session.receive(request("initialize", &hello)), Move::Introduce(_)));
        assert_eq!(session.receive(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })), Move::Nothing);
        assert!(matches!(
            session.receive(request("logging/setLevel", &json!({ "level": "warning" }))),
            Move::Answer(_)
        ));

        let params = json!({ "name": "list_pods", "arguments": {}, "_meta": { "progressToken": 9 } });
        let sent = forwarded(&mut session, request("tools/call", &params));
        let body = sent.map(|message| message.body).unwrap_or_default();
        assert_eq!(body["params"]["name"], "list_pods");
        let meta = &body["params"]["_meta"];
        assert_eq!(meta["progressToken"], 9);
        assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
        assert_eq!(meta["io.modelcontextprotocol/clientInfo"]["name"], "claude-ai");
        assert_eq!(meta["io.modelcontextprotocol/clientCapabilities"], json!({ "elicitation": {} }));
        assert_eq!(meta["io.modelcontextprotocol/logLevel"], "warning");
    }

    #[test]
    fn a_modern_message_passes_as_it_is() {
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2027-01-01", "x": 1 });
        let message = request("future/method", &json!({ "_meta": meta, "anything": [1] }));
        let sent = forwarded(&mut Session::default(), message.clone());
        assert_eq!(sent.as_ref().map(|sent| &sent.body), Some(&message));
        let version = sent.and_then(|sent| sent.headers.into_iter().find(|(name, _)| *name == "mcp-protocol-version"));
        assert_eq!(version.map(|(_, value)| value).as_deref(), Some("2027-01-01"));
    }

    #[test]
    fn what_concerns_only_the_two_of_us_is_settled_here() {
        let mut session = Session::default();
        assert_eq!(session.receive(request("ping", &json!({}))), Move::Answer(answer(&json!(5), &json!({}))));
        let cancelled =
            json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "a" } });
        assert_eq!(session.receive(cancelled), Move::Cancel(json!("a")));
        let reply = json!({ "jsonrpc": "2.0", "id": "homelabctl-1", "result": {} });
        assert_eq!(session.receive(reply.clone()), Move::Reply { id: json!("homelabctl-1"), reply });
        assert!(matches!(session.receive(json!({ "id": 3 })), Move::Answer(_)));
        assert!(matches!(session.receive(json!([])), Move::Answer(_)));
    }
}
