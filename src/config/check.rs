//! The tree against the schema of the types: every unknown key, wrong type and value out of range.

use serde_json::{Map, Value};

use super::Label;
use super::near;
use super::problem::Problem;
use super::tree::{Entry, Kind, Node};

/// Checks `node` against a schema without references and gives the value with everything bad left out.
pub(crate) fn check(
    node: &Node,
    schema: &Value,
    path: &str,
    whole: &Value,
    problems: &mut Vec<Problem>,
) -> Option<Value> {
    let schema = without_null(schema);
    if let Some(words) = choices(schema) {
        return choice(node, &words, path, problems);
    }
    match schema.get("type").and_then(kind_of_type) {
        Some("object") => object(node, schema, path, whole, problems),
        Some("array") => list(node, schema, path, whole, problems),
        Some("boolean") => boolean(node, path, problems),
        Some("integer" | "number") => number(node, schema, path, problems),
        Some("string") => text(node, path, problems).map(Value::from),
        _ => Some(untyped(node)),
    }
}

/// An optional value has the schema of its content here: absence was settled by the tree.
fn without_null(schema: &Value) -> &Value {
    let is_null = |variant: &Value| variant.get("type").is_some_and(|t| t == "null");
    match schema.get("anyOf").and_then(Value::as_array).map(Vec::as_slice) {
        Some([content, null]) if is_null(null) => content,
        _ => schema,
    }
}

fn kind_of_type(kind: &Value) -> Option<&str> {
    match kind {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

/// The words of an enum, if the schema is one.
fn choices(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().filter(|word| !word.is_null()).map(Value::as_str).collect();
    }
    let mut words = Vec::new();
    for variant in schema.get("oneOf")?.as_array()? {
        match (variant.get("const").and_then(Value::as_str), variant.get("enum").and_then(Value::as_array)) {
            (Some(word), _) => words.push(word),
            (None, Some(list)) => words.extend(list.iter().filter_map(Value::as_str)),
            (None, None) => return None,
        }
    }
    Some(words)
}

fn choice(node: &Node, words: &[&str], path: &str, problems: &mut Vec<Problem>) -> Option<Value> {
    let text = text(node, path, problems)?;
    if words.contains(&text.as_str()) {
        return Some(Value::from(text));
    }
    let message = format!("`{text}` is nothing that `{path}` can be");
    let help = match near::miss(&text, words.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("write {}", or_list(words)),
    };
    problems.push(Problem::at(node.place.clone(), message).help(help));
    None
}

fn object(node: &Node, schema: &Value, path: &str, whole: &Value, problems: &mut Vec<Problem>) -> Option<Value> {
    let Kind::Map(entries) = &node.kind else {
        let what = if path.is_empty() { "the file".to_owned() } else { format!("`{path}`") };
        let problem = Problem::at(node.place.clone(), format!("{what} holds keys, not {}", describe(node)));
        problems.push(match free_keys(schema) {
            Some(inner) => {
                problem.help(format!("keys are names of your own, with {} behind each", or_list(&keys(inner))))
            }
            None => problem.help(format!("keys are: {}", keys(schema).join(", "))),
        });
        return None;
    };
    let mut values = Map::new();
    for entry in entries {
        let below = join(path, &entry.key);
        let known = properties(schema).get(&entry.key);
        let inner = match (known, free_keys(schema)) {
            (Some(inner), _) => inner,
            (None, Some(inner)) => match unusable(entry, schema, inner, path) {
                Some(problem) => {
                    problems.push(problem);
                    // what is behind it may be wrong as well
                    if !matches!(entry.value.kind, Kind::Absent) {
                        check(&entry.value, inner, &below, whole, problems);
                    }
                    continue;
                }
                None => inner,
            },
            (None, None) => {
                problems.push(unknown(entry, schema, path, whole));
                continue;
            }
        };
        if matches!(entry.value.kind, Kind::Absent) {
            continue;
        }
        if let Some(value) = check(&entry.value, inner, &below, whole, problems) {
            values.insert(entry.key.clone(), value);
        }
    }
    Some(Value::Object(values))
}

fn unknown(entry: &Entry, schema: &Value, path: &str, whole: &Value) -> Problem {
    let section = if path.is_empty() { "at the top".to_owned() } else { format!("under `{path}`") };
    let problem = Problem::at(entry.place.clone(), format!("there is no key `{}` {section}", entry.key));
    let known = properties(schema);
    if let Some(word) = near::miss(&entry.key, known.keys().map(String::as_str)) {
        return problem.help(format!("did you mean `{word}`?"));
    }
    match elsewhere(whole, &entry.key, "") {
        Some(home) => problem.help(format!("it belongs under `{home}`")),
        None => problem.help(format!("keys are: {}", known.keys().map(String::as_str).collect::<Vec<_>>().join(", "))),
    }
}

/// What is wrong with a key that the person chose: its name, or that nothing is behind it. Nobody leaves such a key out by
/// writing it down.
fn unusable(entry: &Entry, schema: &Value, inner: &Value, path: &str) -> Option<Problem> {
    let format = schema.pointer("/propertyNames/format").and_then(Value::as_str);
    if format == Some(Label::FORMAT)
        && let Err(message) = entry.key.parse::<Label>()
    {
        return Some(Problem::at(entry.place.clone(), format!("under `{path}`, {message}")));
    }
    matches!(entry.value.kind, Kind::Absent).then(|| {
        let problem = Problem::at(entry.place.clone(), format!("`{}` says nothing", join(path, &entry.key)));
        problem.help(format!("write {} behind it, or remove the line", or_list(&keys(inner))))
    })
}

/// The first section of the schema that has a key of this name.
fn elsewhere(schema: &Value, key: &str, path: &str) -> Option<String> {
    let known = properties(schema);
    if !path.is_empty() && known.contains_key(key) {
        return Some(path.to_owned());
    }
    known.iter().find_map(|(name, inner)| elsewhere(inner, key, &join(path, name)))
}

fn list(node: &Node, schema: &Value, path: &str, whole: &Value, problems: &mut Vec<Problem>) -> Option<Value> {
    let Kind::List(items) = &node.kind else {
        let help = "write each item on a line of its own, with `- ` before it";
        problems
            .push(Problem::at(node.place.clone(), format!("`{path}` is a list, not {}", describe(node))).help(help));
        return None;
    };
    let any = Value::Bool(true);
    let inner = schema.get("items").unwrap_or(&any);
    let checked =
        items.iter().enumerate().filter_map(|(at, item)| check(item, inner, &format!("{path}[{at}]"), whole, problems));
    Some(Value::Array(checked.collect()))
}

fn boolean(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<Value> {
    if let Kind::Scalar { text, .. } = &node.kind {
        match text.as_str() {
            "true" => return Some(Value::Bool(true)),
            "false" => return Some(Value::Bool(false)),
            _ => (),
        }
    }
    let help = match describe(node).trim_matches('`').to_lowercase().as_str() {
        "yes" | "on" | "1" | "y" => "write `true`",
        "no" | "off" | "0" | "n" => "write `false`",
        _ => "write `true` or `false`",
    };
    problems
        .push(Problem::at(node.place.clone(), format!("`{path}` is true or false, not {}", describe(node))).help(help));
    None
}

fn number(node: &Node, schema: &Value, path: &str, problems: &mut Vec<Problem>) -> Option<Value> {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let (low, high) = (bound("minimum"), bound("maximum"));
    let range = match (low, high) {
        (Some(low), Some(high)) if low == high => format!("write {low}"),
        (Some(low), Some(high)) => format!("write a number from {low} to {high}"),
        (Some(low), None) => format!("write a number from {low} up"),
        (None, Some(high)) => format!("write a number up to {high}"),
        (None, None) => "write a number".to_owned(),
    };
    let parsed = match &node.kind {
        Kind::Scalar { text, .. } => parse_number(text, schema),
        Kind::Absent | Kind::List(_) | Kind::Map(_) => None,
    };
    let Some(value) = parsed else {
        let whole = if kind_of_type(&schema["type"]) == Some("integer") { "a whole number" } else { "a number" };
        problems
            .push(Problem::at(node.place.clone(), format!("`{path}` is {whole}, not {}", describe(node))).help(range));
        return None;
    };
    let size = value.as_f64()?;
    if low.is_some_and(|low| size < low) || high.is_some_and(|high| size > high) {
        problems.push(
            Problem::at(node.place.clone(), format!("`{path}` cannot be {}", describe(node).trim_matches('`')))
                .help(range),
        );
        return None;
    }
    Some(value)
}

fn parse_number(text: &str, schema: &Value) -> Option<Value> {
    if kind_of_type(&schema["type"]) == Some("integer") {
        text.parse::<i64>().ok().map(Value::from)
    } else {
        text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
    }
}

fn text(node: &Node, path: &str, problems: &mut Vec<Problem>) -> Option<String> {
    match &node.kind {
        Kind::Scalar { text, .. } => Some(text.clone()),
        Kind::Absent | Kind::List(_) | Kind::Map(_) => {
            problems.push(Problem::at(node.place.clone(), format!("`{path}` is one value, not {}", describe(node))));
            None
        }
    }
}

/// A value whose schema says too little; its type judges it when it is read.
fn untyped(node: &Node) -> Value {
    match &node.kind {
        Kind::Absent => Value::Null,
        Kind::Scalar { text, quoted: true } => Value::from(text.as_str()),
        Kind::Scalar { text, quoted: false } => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => parse_number(text, &serde_json::json!({ "type": "integer" }))
                .unwrap_or_else(|| Value::from(text.as_str())),
        },
        Kind::List(items) => Value::Array(items.iter().map(untyped).collect()),
        Kind::Map(entries) => entries.iter().map(|entry| (entry.key.clone(), untyped(&entry.value))).collect(),
    }
}

fn properties(schema: &Value) -> &Map<String, Value> {
    static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    without_null(schema).get("properties").and_then(Value::as_object).unwrap_or(&NONE)
}

fn keys(schema: &Value) -> Vec<&str> {
    properties(schema).keys().map(String::as_str).collect()
}

/// The schema of keys that the person chooses.
fn free_keys(schema: &Value) -> Option<&Value> {
    schema.get("additionalProperties").filter(|inner| inner.is_object())
}

fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::Absent => "nothing".to_owned(),
        Kind::Scalar { text, .. } => format!("`{text}`"),
        Kind::List(_) => "a list".to_owned(),
        Kind::Map(_) => "a section of keys".to_owned(),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn or_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}
