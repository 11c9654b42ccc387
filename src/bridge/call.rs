//! A call of the client on its way to the server and back.

use serde_json::{Map, Value};

use super::session::Announced;
use crate::mcp::{Message, meta};

/// One call; `again` after the client answered what the server wanted to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    id: Value,
    message: Message,
    /// The client is of an earlier revision and must not see what that does not know.
    translated: bool,
}

/// What a message of the server's answer means.
#[derive(Debug, PartialEq)]
pub enum Receipt {
    /// On the way: progress, a log line.
    Pass(Value),
    /// The answer.
    Done(Value),
    /// The server wants to know something first.
    Asked { questions: Vec<Question>, state: Option<Value> },
}

/// Something that the server wants from the client: a confirmation, say.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The server's name for it.
    pub key: String,
    pub method: String,
    pub params: Value,
}

impl Call {
    pub(super) fn as_it_is(id: Value, message: Message) -> Self {
        Self { id, message, translated: false }
    }

    pub(super) fn translated(id: Value, mut body: Value, announced: &Announced) -> Self {
        let there = body["params"]["_meta"].take();
        let mut meta = meta(&there, &announced.client_info, &announced.capabilities);
        if let Some(level) = &announced.log_level {
            meta["io.modelcontextprotocol/logLevel"] = level.clone();
        }
        if !body["params"].is_object() {
            body["params"] = Value::Object(Map::new());
        }
        body["params"]["_meta"] = meta;
        Self { id, message: Message::carrying(body), translated: true }
    }

    pub fn id(&self) -> &Value {
        &self.id
    }

    pub fn message(&self) -> &Message {
        &self.message
    }

    pub fn receive(&self, mut message: Value) -> Receipt {
        if message.get("method").is_some() {
            return Receipt::Pass(message);
        }
        // Errors of the HTTP layer come without the id that they belong to.
        message["id"] = self.id.clone();
        if !self.translated {
            return Receipt::Done(message);
        }
        let method = self.message.body["method"].as_str().unwrap_or_default();
        let Some(result) = message["result"].as_object_mut() else {
            return Receipt::Done(message);
        };
        if result.get("resultType").is_some_and(|kind| kind == "input_required") {
            let asked = result.remove("inputRequests").unwrap_or_default();
            return Receipt::Asked { questions: questions(asked), state: result.remove("requestState") };
        }
        simplify(method, result);
        Receipt::Done(message)
    }

    /// The same call with the client's answers; any replica may serve it.
    #[must_use]
    pub fn again(&self, answers: Map<String, Value>, state: Option<Value>) -> Self {
        let mut body = self.message.body.clone();
        body["params"]["inputResponses"] = Value::Object(answers);
        match (state, body["params"].as_object_mut()) {
            (Some(state), Some(params)) => drop(params.insert("requestState".into(), state)),
            (None, Some(params)) => drop(params.remove("requestState")),
            (_, None) => (),
        }
        Self { message: Message::carrying(body), ..self.clone() }
    }
}

fn questions(asked: Value) -> Vec<Question> {
    let Value::Object(asked) = asked else { return Vec::new() };
    let question = |(key, mut request): (String, Value)| Question {
        key,
        method: request["method"].as_str().unwrap_or_default().to_owned(),
        params: request["params"].take(),
    };
    asked.into_iter().map(question).collect()
}

/// Takes out what the earlier revisions do not have; some of their clients refuse whole lists for it.
fn simplify(method: &str, result: &mut Map<String, Value>) {
    for unknown in ["resultType", "ttlMs", "cacheScope"] {
        result.remove(unknown);
    }
    if result.get("structuredContent").is_some_and(|content| !content.is_object()) {
        result.remove("structuredContent");
    }
    if method == "tools/list" {
        let tools = result.get_mut("tools").and_then(Value::as_array_mut);
        for tool in tools.into_iter().flatten().filter_map(Value::as_object_mut) {
            if tool.get("outputSchema").is_some_and(|schema| schema["type"] != "object") {
                tool.remove("outputSchema");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(method: &str) -> Call {
        let body = json!({ "jsonrpc": "2.0", "id": "c1", "method": method, "params": { "name": "restart" } });
        Call::translated(json!("c1"), body, &Announced::default())
    }

    #[test]
    fn what_comes_on_the_way_passes() {
        let progress =
            json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": { "progressToken": 1 } });
        assert_eq!(call("tools/call").receive(progress.clone()), Receipt::Pass(progress));
    }

    #[test]
    fn a_result_loses_what_earlier_revisions_do_not_know() {
        let result = json!({ "resultType": "complete", "ttlMs": 5, "cacheScope": "private", "nextCursor": "n",
            "tools": [{ "name": "a", "outputSchema": { "type": "array" } }, { "name": "b", "outputSchema": { "type": "object" } }] });
        let expected = json!({ "nextCursor": "n",
            "tools": [{ "name": "a" }, { "name": "b", "outputSchema": { "type": "object" } }] });
        let done = call("tools/list").receive(json!({ "jsonrpc": "2.0", "id": "c1", "result": result }));
        assert_eq!(done, Receipt::Done(json!({ "jsonrpc": "2.0", "id": "c1", "result": expected })));
    }

    #[test]
    fn an_error_gets_the_id_of_its_call() {
        let error = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32022, "message": "no" } });
        let Receipt::Done(done) = call("tools/call").receive(error) else { panic!("not done") };
        assert_eq!(done["id"], "c1");
    }

    #[test]
    fn a_question_is_asked_and_the_call_repeated_with_the_answer() {
        let call = call("tools/call");
        let confirm = json!({ "method": "elicitation/create", "params": { "message": "Restart nginx?" } });
        let result = json!({ "resultType": "input_required", "inputRequests": { "confirm": confirm }, "requestState": "sealed" });
        let Receipt::Asked { questions, state } = call.receive(json!({ "id": "c1", "result": result })) else {
            panic!("not asked")
        };
        assert_eq!(questions[0].method, "elicitation/create");
        assert_eq!(questions[0].params["message"], "Restart nginx?");

        let answers = Map::from_iter([(questions[0].key.clone(), json!({ "action": "accept" }))]);
        let again = call.again(answers, state).message().body.clone();
        assert_eq!(again["params"]["inputResponses"], json!({ "confirm": { "action": "accept" } }));
        assert_eq!(again["params"]["requestState"], "sealed");
        assert_eq!(again["params"]["name"], "restart");
        assert_eq!(again["id"], "c1");
    }
}
