//! What would change between two sets of objects, field by field, with the values of Secrets masked.

use crate::{masked, step::Object};
use serde_json::Value;
use std::{collections::BTreeMap, fmt};

/// One object that is new, goes, or changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub object: String,
    pub lines: Vec<String>,
}

/// Every difference, by object.
pub fn changes(old: &[Value], new: &[Value]) -> Vec<Change> {
    let by_name = |objects: &[Value]| -> BTreeMap<String, Value> {
        objects.iter().map(|object| (Object::new(object.clone()).reference().to_string(), object.clone())).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let mut found = Vec::new();
    for (name, object) in &old {
        match new.get(name) {
            None => found.push(Change { object: format!("- {name}"), lines: Vec::new() }),
            Some(other) if other != object => {
                found.push(Change { object: format!("~ {name}"), lines: lines(object, other) });
            }
            Some(_) => (),
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        found.push(Change { object: format!("+ {name}"), lines: Vec::new() });
    }
    found
}

fn lines(old: &Value, new: &Value) -> Vec<String> {
    let secret = old["kind"] == "Secret";
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    flatten(old, String::new(), &mut before);
    flatten(new, String::new(), &mut after);
    let (shown_before, shown_after) = (masked(old), masked(new));
    let show =
        |whole: &Value, path: &str, value: &Value| if secret { at(whole, path).to_string() } else { value.to_string() };
    let mut lines = Vec::new();
    for (path, value) in &before {
        match after.get(path) {
            Some(other) if other == value => (),
            Some(other) => lines.push(format!(
                "{path}: {} -> {}",
                show(&shown_before, path, value),
                show(&shown_after, path, other)
            )),
            None => lines.push(format!("{path}: {} -> (none)", show(&shown_before, path, value))),
        }
    }
    for (path, value) in after.iter().filter(|(path, _)| !before.contains_key(*path)) {
        lines.push(format!("{path}: (none) -> {}", show(&shown_after, path, value)));
    }
    lines
}

fn flatten(value: &Value, path: String, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, value)| {
                flatten(value, format!("{path}/{}", key.replace('~', "~0").replace('/', "~1")), into);
            });
        }
        Value::Array(items) if !items.is_empty() => {
            items.iter().enumerate().for_each(|(at, value)| flatten(value, format!("{path}/{at}"), into));
        }
        other => drop(into.insert(path, other.clone())),
    }
}

fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.object)?;
        for line in &self.lines {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::changes;
    use serde_json::json;

    #[test]
    fn a_difference_names_fields_and_masks_secrets() {
        let secret = |value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "n", "name": "s"}, "data": {"k": value}});
        let service = |port: u16| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "n", "name": "w"}, "spec": {"port": port}});
        let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "n", "name": "m"}});
        let found = changes(&[secret("aHVudGVyMg=="), service(80), map.clone()], &[secret("c2VjcmV0"), service(81)]);
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        - ConfigMap n/m
        ~ Secret n/s
            /data/k: "(secret, 12 bytes)" -> "(secret, 8 bytes)"
        ~ Service n/w
            /spec/port: 80 -> 81
        "#);
        assert_eq!(changes(std::slice::from_ref(&map), std::slice::from_ref(&map)), []);
    }
}
