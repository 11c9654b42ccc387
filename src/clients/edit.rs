//! One entry set in a JSON file that belongs to somebody else: a splice, so that every other byte stays.
//!
//! The text is never parsed and printed again. The parser only tells where things are; the new text is what
//! stood before, the new piece, and what stood after.

use jsonc_parser::{
    CollectOptions, ParseOptions,
    ast::{Object, Value as Node},
    common::Ranged,
    parse_to_ast,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::ops::Range;

/// What setting an entry came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    /// The entry already says so.
    Unchanged,
    /// The whole new text, and what stood in the entry's place.
    Changed { text: String, replaced: Option<Value> },
}

/// Why a file is left alone.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotEditable {
    #[error("line {line}, column {column}: {what}\n  {source_line}")]
    Invalid { line: usize, column: usize, what: String, source_line: String },
    #[error("`{pointer}` is {found}, not an object")]
    NotAnObject { pointer: String, found: &'static str },
}

const MARK: char = '\u{feff}';

/// Sets `pointer`/`name` to `value` in `text`; a missing object on the way is made, an empty text is an empty object.
pub fn set_entry(text: &str, pointer: &[&str], name: &str, value: &Value) -> Result<Edit, NotEditable> {
    let body = text.strip_prefix(MARK).unwrap_or(text);
    if body.trim().is_empty() {
        let whole = pointer.iter().rfold(json!({ name: value }), |inner, key| json!({ *key: inner }));
        return Ok(changed(text, body, 0..body.len(), &(Layout::of(body).print(&whole, "") + "\n"), None));
    }
    let root = parse(body)?;
    let layout = Layout::of(body);
    let mut object = as_object(&root, "the file")?;
    let mut walked = String::new();
    for (depth, key) in pointer.iter().enumerate() {
        let Some(node) = last_value(object, key) else {
            let inner = pointer[depth + 1..].iter().rfold(json!({ name: value }), |inner, key| json!({ *key: inner }));
            return Ok(insert(text, body, object, &layout, key, &inner));
        };
        walked = if walked.is_empty() { (*key).to_owned() } else { format!("{walked}.{key}") };
        object = as_object(node, &walked)?;
    }
    let Some(node) = last_value(object, name) else {
        return Ok(insert(text, body, object, &layout, name, value));
    };
    let at = node.range().start..node.range().end;
    let stands: Value = serde_json::from_str(&body[at.clone()]).unwrap_or_default();
    if stands == *value {
        return Ok(Edit::Unchanged);
    }
    let printed = match indent_of(body, object) {
        Some(indent) => layout.print(value, indent),
        None => value.to_string(),
    };
    Ok(changed(text, body, at, &printed, Some(stands)))
}

/// Strict JSON: what the client's own parser refuses must not pass here.
fn parse(body: &str) -> Result<Node<'_>, NotEditable> {
    if let Err(error) = serde_json::from_str::<Value>(body) {
        let what = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        return Err(NotEditable::Invalid {
            line: error.line(),
            column: error.column(),
            what: what.strip_suffix(&place).unwrap_or(&what).to_owned(),
            source_line: body.lines().nth(error.line().saturating_sub(1)).unwrap_or_default().trim().to_owned(),
        });
    }
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        ..ParseOptions::default()
    };
    let parsed = parse_to_ast(body, &CollectOptions::default(), &strict);
    parsed.ok().and_then(|parsed| parsed.value).ok_or_else(|| NotEditable::Invalid {
        line: 1,
        column: 1,
        what: "this JSON cannot be edited in place".to_owned(),
        source_line: String::new(),
    })
}

/// A key that occurs twice counts by its last value, as JavaScript reads it.
fn last_value<'a, 'b>(object: &'b Object<'a>, key: &str) -> Option<&'b Node<'a>> {
    object.properties.iter().rfind(|property| property.name.as_str() == key).map(|property| &property.value)
}

fn as_object<'a, 'b>(node: &'b Node<'a>, pointer: &str) -> Result<&'b Object<'a>, NotEditable> {
    let found = match node {
        Node::Object(object) => return Ok(object),
        Node::Array(_) => "a list",
        Node::StringLit(_) => "a text",
        Node::NumberLit(_) => "a number",
        Node::BooleanLit(_) => "a yes or no",
        Node::NullKeyword(_) => "null",
    };
    Err(NotEditable::NotAnObject { pointer: pointer.to_owned(), found })
}

/// A new property behind the object's last one, written the way its neighbours are.
fn insert(text: &str, body: &str, object: &Object<'_>, layout: &Layout, key: &str, value: &Value) -> Edit {
    let key = Value::from(key);
    let Some(last) = object.properties.last() else {
        let outer = line_indent(body, object.range.start);
        let indent = format!("{outer}{}", layout.unit);
        let inner = format!("{n}{indent}{key}: {}{n}{outer}", layout.print(value, &indent), n = layout.newline);
        return changed(text, body, object.range.start + 1..object.range.end - 1, &inner, None);
    };
    let piece = match indent_of(body, object) {
        Some(indent) => format!(",{}{indent}{key}: {}", layout.newline, layout.print(value, indent)),
        None => format!(", {key}: {value}"),
    };
    let end = last.value.range().end;
    changed(text, body, end..end, &piece, None)
}

fn changed(text: &str, body: &str, at: Range<usize>, piece: &str, replaced: Option<Value>) -> Edit {
    let mark = &text[..text.len() - body.len()];
    Edit::Changed { text: [mark, &body[..at.start], piece, &body[at.end..]].concat(), replaced }
}

/// How deep the object's properties stand; `None` when they share a line with the brace.
fn indent_of<'a>(body: &'a str, object: &Object<'_>) -> Option<&'a str> {
    let last = object.properties.last()?.range.start;
    let start = body[..last].rfind('\n')? + 1;
    let before = &body[start..last];
    (start > object.range.start && before.trim().is_empty()).then_some(before)
}

/// The white space at the beginning of the line that `at` is in.
fn line_indent(body: &str, at: usize) -> &str {
    let start = body[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &body[start..at];
    &line[..line.len() - line.trim_start().len()]
}

/// How this file breaks and indents lines.
struct Layout {
    newline: &'static str,
    unit: String,
}

impl Layout {
    /// Read off the file: its first indented line is one level deep. Two spaces where it has none.
    fn of(body: &str) -> Self {
        let indents = body.lines().skip(1).map(|line| &line[..line.len() - line.trim_start().len()]);
        let unit = indents.into_iter().find(|indent| !indent.is_empty()).unwrap_or("  ").to_owned();
        Self { newline: if body.contains("\r\n") { "\r\n" } else { "\n" }, unit }
    }

    /// The value over several lines, as it stands at `indent`.
    fn print(&self, value: &Value, indent: &str) -> String {
        let mut bytes = Vec::new();
        let style = serde_json::ser::PrettyFormatter::with_indent(self.unit.as_bytes());
        let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, style));
        let plain = written.ok().and_then(|()| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.to_string());
        plain.replace('\n', &format!("{}{indent}", self.newline))
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
