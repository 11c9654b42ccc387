//! What an answer means: a success, or why not.

use serde_json::Value;

use super::trouble::{Reason, Trouble};

/// A successful result, or what was wrong with this message. A tool that reports a failure has failed.
pub fn judge(message: &Value) -> Result<&Value, Trouble> {
    if let Some(error) = message.get("error") {
        let said = error["message"].as_str().unwrap_or("an error without words");
        return Err(Trouble::because(Reason::Refused { said: format!("{said} ({})", error["code"]) }));
    }
    let Some(result) = message.get("result") else {
        return Err(Trouble::because(Reason::Garbled { why: "a message that is no answer".into() }));
    };
    if result["isError"] == Value::Bool(true) {
        let said = result["content"][0]["text"].as_str().unwrap_or("a tool failed without words");
        return Err(Trouble::because(Reason::Refused { said: said.to_owned() }));
    }
    if result.get("resultType").is_some_and(|kind| kind != "complete") {
        return Err(Trouble::because(Reason::Refused { said: format!("the answer is {}", result["resultType"]) }));
    }
    Ok(result)
}

/// Why an HTTP status other than success came; the body may hold words of ours or of a proxy.
pub fn refusal(status: u16, retry_after: Option<&str>, body: &str) -> Trouble {
    Trouble::because(match status {
        401 => Reason::KeyRefused,
        403 => Reason::Forbidden { said: first_line(body) },
        429 => Reason::Busy { seconds: retry_after.and_then(|seconds| seconds.trim().parse().ok()) },
        502..=504 => Reason::NotServing { status },
        // A proxy without a route for this name answers 404 in plain text, the server never does so on /mcp.
        404 => Reason::NotServing { status },
        _ => Reason::Unexpected { status, said: first_line(body) },
    })
}

/// Enough of a body to recognise it by.
fn first_line(body: &str) -> String {
    let line = body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    line.chars().filter(|letter| !letter.is_control()).take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(message: &Value, expected: Result<&Value, &str>) {
        let found = judge(message);
        assert_eq!(found.map_err(|trouble| trouble.to_string()), expected.map_err(str::to_owned), "{message}");
    }

    #[test]
    fn only_a_complete_result_is_a_success() {
        let tools = json!({ "resultType": "complete", "tools": [] });
        check(&json!({ "id": 1, "result": tools }), Ok(&tools));
        check(&json!({ "id": 1, "result": {} }), Ok(&json!({})));
        let error = json!({ "error": { "code": -32602, "message": "unknown tool" } });
        check(&error, Err("the server refused the call: unknown tool (-32602)"));
        let failed = json!({ "result": { "isError": true, "content": [{ "type": "text", "text": "no such pod" }] } });
        check(&failed, Err("the server refused the call: no such pod"));
        let asks = json!({ "result": { "resultType": "input_required" } });
        check(&asks, Err("the server refused the call: the answer is \"input_required\""));
        check(&json!({ "method": "x" }), Err("the answer cannot be understood: a message that is no answer"));
    }

    #[test]
    fn a_status_becomes_a_reason() {
        assert_eq!(refusal(401, None, "").reason, Reason::KeyRefused);
        assert_eq!(refusal(429, Some("3"), "").reason, Reason::Busy { seconds: Some(3) });
        assert_eq!(refusal(502, None, "Bad Gateway").reason, Reason::NotServing { status: 502 });
        let said = "\n <h1>no\u{1b}[31m</h1>";
        assert_eq!(refusal(418, None, said).reason, Reason::Unexpected { status: 418, said: "<h1>no[31m</h1>".into() });
    }
}
