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
    let (old, mut new) = (by_name(old), by_name(new));
    let mut found = Vec::new();
    let (kept, gone): (Vec<_>, Vec<_>) = old.iter().partition(|(name, _)| new.contains_key(*name));
    for (name, object) in kept {
        let other = new.remove(name).unwrap_or_default();
        if other != *object {
            found.push(Change { object: format!("~ {name}"), lines: lines(object, &other) });
        }
    }
    for (name, object) in gone {
        let successor = stem(name).and_then(|ours| new.keys().find(|other| stem(other) == Some(ours)).cloned());
        match successor.and_then(|other| new.remove_entry(&other)) {
            None => found.push(Change { object: format!("- {name}"), lines: Vec::new() }),
            Some((other, successor)) => {
                let lines = lines(object, &successor);
                found.push(Change { object: format!("~ {name} -> {other}"), lines });
            }
        }
    }
    found.extend(new.into_keys().map(|name| Change { object: format!("+ {name}"), lines: Vec::new() }));
    found
}

/// The name of an object that is named by its content, without the content's hash.
fn stem(name: &str) -> Option<&str> {
    let (stem, hash) = name.rsplit_once('-')?;
    (hash.len() == 10 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(stem)
}

/// Settings are one text in their ConfigMap; what changed is a key of it.
fn unfolded(object: &Value) -> Value {
    let mut object = object.clone();
    // the title has it
    object["metadata"]["name"] = Value::Null;
    if object["kind"] != "ConfigMap" {
        return object;
    }
    let entries = object["data"].as_object_mut().into_iter().flatten();
    for (_, text) in entries.filter(|(name, _)| name.ends_with(".yaml")) {
        if let Some(parsed) = text.as_str().and_then(|text| serde_yaml::from_str(text).ok()) {
            *text = parsed;
        }
    }
    object
}

fn lines(old: &Value, new: &Value) -> Vec<String> {
    let secret = old["kind"] == "Secret";
    let (old, new) = (&unfolded(old), &unfolded(new));
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
            Some(other) => {
                let (was, is) = (show(&shown_before, path, value), show(&shown_after, path, other));
                lines.push(if was == is { format!("{path}: another {is}") } else { format!("{path}: {was} -> {is}") });
            }
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
        ~ Secret n/s
            /data/k: "(secret, 12 bytes)" -> "(secret, 8 bytes)"
        ~ Service n/w
            /spec/port: 80 -> 81
        - ConfigMap n/m
        "#);
        assert_eq!(changes(std::slice::from_ref(&map), std::slice::from_ref(&map)), []);
        let same_size = changes(&[secret("YWE=")], &[secret("YmI=")]);
        assert_eq!(same_size[0].lines, [r#"/data/k: another "(secret, 4 bytes)""#]);
    }

    #[test]
    fn what_is_named_by_its_content_is_compared_with_what_takes_its_place() {
        let map = |hash: &str, log: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "n", "name": format!("m-config-{hash}")}, "data": {"settings.yaml": format!("log: {log}\nfiles: []\n")}});
        let secret = |hash: &str, value: &str| json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"namespace": "n", "name": format!("m-secrets-{hash}")}, "data": {"k": value}});
        let old = [map("d320011d8e", "info"), secret("0123456789", "aHVudGVyMg==")];
        let new = [map("8feec59ad1", "debug"), secret("9876543210", "c2VjcmV0")];
        let text: Vec<String> = changes(&old, &new).iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n"), @r#"
        ~ ConfigMap n/m-config-d320011d8e -> ConfigMap n/m-config-8feec59ad1
            /data/settings.yaml/log: "info" -> "debug"
        ~ Secret n/m-secrets-0123456789 -> Secret n/m-secrets-9876543210
            /data/k: "(secret, 12 bytes)" -> "(secret, 8 bytes)"
        "#);
    }
}
