//! What an edit does to files as people have them.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;

fn entry() -> Value {
    json!({ "command": "/bin/homelabctl", "args": ["bridge"] })
}

fn set(text: &str) -> Result<Edit, NotEditable> {
    set_entry(text, &["mcpServers"], "homelab", &entry())
}

fn text_of(edit: Edit) -> String {
    match edit {
        Edit::Changed { text, .. } => text,
        Edit::Unchanged => panic!("nothing was changed"),
    }
}

/// The new text of `before`; checks that it says what it must, that all else stayed, and that a second run does nothing.
fn check(before: &str) -> String {
    let after = text_of(set(before).unwrap());
    let parse = |text: &str| serde_json::from_str::<Value>(text.trim_start_matches(MARK)).unwrap_or_default();
    let mut expected = parse(before);
    if expected.is_null() {
        expected = json!({});
    }
    expected["mcpServers"]["homelab"] = entry();
    assert_eq!(parse(&after), expected, "{after}");
    assert_eq!(set(&after), Ok(Edit::Unchanged));
    after
}

/// `after` is `before` with one piece put in, or one piece exchanged.
fn only_one_piece_differs(before: &str, after: &str, gone: &str) {
    let head = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let room = before.len().min(after.len()) - head;
    let tail = before.bytes().rev().zip(after.bytes().rev()).take(room).take_while(|(a, b)| a == b).count();
    assert_eq!(&before[head..before.len() - tail], gone);
}

#[test]
fn a_new_entry_is_written_like_its_neighbours() {
    let before = r#"{
    "preferences": { "theme":"dark" ,  "n": 1.50 },
    "mcpServers": {
        "other": {
            "command": "npx",
            "args": [ "-y","thing" ]
        }
    },
    "last" : true
}"#;
    let after = check(before);
    only_one_piece_differs(before, &after, "");
    assert!(after.contains(
        r#"
        },
        "homelab": {
            "command": "/bin/homelabctl",
            "args": [
                "bridge"
            ]
        }
    },
    "last" : true"#
    ));
}

#[test]
fn a_missing_or_empty_file_becomes_one_with_the_entry() {
    let expected = "{\n  \"mcpServers\": {\n    \"homelab\": {\n      \"command\": \"/bin/homelabctl\",\n      \"args\": [\n        \"bridge\"\n      ]\n    }\n  }\n}\n";
    assert_eq!(check(""), expected);
    assert_eq!(check(" \n\n"), expected);
    assert!(check("{}").starts_with("{\n  \"mcpServers\": {\n    \"homelab\": {"));
    assert!(check("{\n}\n").ends_with("    }\n  }\n}\n"));
}

#[test]
fn no_servers_yet_is_ordinary() {
    let before = "{\n\t\"theme\": \"dark\"\n}\n";
    let after = check(before);
    only_one_piece_differs(before, &after, "");
    assert!(after.starts_with("{\n\t\"theme\": \"dark\",\n\t\"mcpServers\": {\n\t\t\"homelab\": {\n\t\t\t\"command\""));
    assert!(check("{\n  \"mcpServers\": {}\n}").contains("\"mcpServers\": {\n    \"homelab\": {\n      \"command\""));
}

#[test]
fn a_file_on_one_line_stays_on_one_line() {
    let before = r#"{"a":1,"mcpServers":{"x":{"command":"y"}},"b":[1,2]}"#;
    let after = check(before);
    only_one_piece_differs(before, &after, "");
    assert!(!after.contains('\n'));
}

#[test]
fn windows_lines_and_the_byte_order_mark_stay() {
    let before = "\u{feff}{\r\n  \"mcpServers\": {\r\n    \"x\": {}\r\n  }\r\n}\r\n";
    let after = check(before);
    only_one_piece_differs(before, &after, "");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    assert!(after.starts_with(MARK));
}

#[test]
fn an_entry_that_says_something_else_is_replaced_alone() {
    let before = r#"{
  "mcpServers": {
    "homelab": { "command": "/old/homelabctl", "args": ["bridge"], "env": {} },
    "other": { "command": "npx" }
  }
}"#;
    let edit = set(before).unwrap();
    let Edit::Changed { text, replaced } = edit else { panic!("unchanged") };
    assert_eq!(replaced.unwrap()["command"], "/old/homelabctl");
    assert!(text.contains("    \"homelab\": {\n      \"command\": \"/bin/homelabctl\","));
    assert!(text.ends_with("    },\n    \"other\": { \"command\": \"npx\" }\n  }\n}"));
    check(before);
}

#[test]
fn what_is_right_already_is_left_alone_however_it_is_written() {
    let before = "{\"mcpServers\":{\"homelab\":{\"args\":[\"bridge\"],\n\n\"command\":\"/bin/homelabctl\"}}}";
    assert_eq!(set(before), Ok(Edit::Unchanged));
}

#[test]
fn a_key_that_occurs_twice_counts_by_its_last_value() {
    let after = text_of(set(r#"{"mcpServers":{"a":{}},"mcpServers":{"b":{}}}"#).unwrap());
    assert!(after.starts_with(r#"{"mcpServers":{"a":{}},"mcpServers":{"b":{}, "homelab":"#));
}

#[test]
fn names_with_quotes_and_text_beyond_ascii_are_safe() {
    let before = "{\n  \"ü\": \"日本\",\n  \"mcpServers\": { \"ä\": {} }\n}";
    only_one_piece_differs(before, &check(before), "");
    let edit = set_entry("{}", &["mcpServers"], "a\"b", &entry()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text_of(edit)).unwrap()["mcpServers"]["a\"b"], entry());
}

#[test]
fn a_file_that_is_not_json_is_left_alone_and_the_place_is_named() {
    let wrong = |text: &str| set(text).unwrap_err().to_string();
    assert_eq!(wrong("{\n  \"a\": 1,\n}"), "line 3, column 1: trailing comma\n  }");
    assert_eq!(wrong("{\n  // note\n  \"a\": 1\n}"), "line 2, column 3: key must be a string\n  // note");
    assert_eq!(wrong("{\"a\": 1"), "line 1, column 7: EOF while parsing an object\n  {\"a\": 1");
    assert_eq!(wrong("{} {}"), "line 1, column 4: trailing characters\n  {} {}");
    assert_eq!(wrong("{\"a\": 0x10}"), "line 1, column 8: expected `,` or `}`\n  {\"a\": 0x10}");
}

#[test]
fn an_object_is_needed_on_the_way() {
    assert_eq!(set("[]").unwrap_err().to_string(), "`the file` is a list, not an object");
    assert_eq!(set(r#"{"mcpServers":[]}"#).unwrap_err().to_string(), "`mcpServers` is a list, not an object");
    assert_eq!(set(r#"{"mcpServers":null}"#).unwrap_err().to_string(), "`mcpServers` is null, not an object");
}
