//! A config as a person reads it: every value and where it comes from.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::problem::Place;
use super::read::leaves;
use super::{Config, Loaded};

/// One value and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// Its key, such as `host.address`.
    pub key: String,
    pub value: Value,
    pub origin: Origin,
}

/// Where a value comes from, as `--output json` says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "from", rename_all = "lowercase")]
pub enum Origin {
    Flag { name: &'static str },
    Env { name: &'static str },
    File { line: usize, column: usize },
    Default,
}

impl Origin {
    pub(crate) fn of(place: Option<&Place>) -> Origin {
        match place {
            Some(Place::Flag(name)) => Origin::Flag { name },
            Some(Place::Env(name)) => Origin::Env { name },
            Some(Place::File { line, column, .. }) => Origin::File { line: *line, column: *column },
            Some(Place::Nowhere) | None => Origin::Default,
        }
    }

    fn words(&self, file: &str) -> String {
        match self {
            Origin::Flag { name } | Origin::Env { name } => (*name).to_owned(),
            Origin::File { line, .. } => format!("{file}:{line}"),
            Origin::Default => "default".to_owned(),
        }
    }
}

/// Every value of the config, in the order of the schema.
pub fn values(loaded: &Loaded) -> Vec<Shown> {
    let all = tree(&loaded.config);
    leaves(&all)
        .into_iter()
        .filter_map(|path| {
            let value = path.iter().try_fold(&all, |value, key| value.get(key))?.clone();
            let key = path.join(".");
            let origin = Origin::of(loaded.origin(&key));
            Some(Shown { key, value, origin })
        })
        .collect()
}

/// The config as a complete homelab.yaml; a comment behind each value says where it comes from.
pub fn yaml(loaded: &Loaded, file: &str) -> String {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for shown in values(loaded) {
        let mut path: Vec<String> = shown.key.split('.').map(str::to_owned).collect();
        let name = path.pop().unwrap_or_default();
        let shared = open.iter().zip(&path).take_while(|(a, b)| a == b).count();
        for (depth, section) in path.iter().enumerate().skip(shared) {
            lines.push((format!("{}{section}:", "  ".repeat(depth)), String::new()));
        }
        let indent = "  ".repeat(path.len());
        lines.push((format!("{indent}{name}: {}", scalar(&shown.value)), shown.origin.words(file)));
        open = path;
    }
    let width = lines.iter().map(|(line, _)| line.chars().count()).filter(|width| *width <= 48).max().unwrap_or(0);
    let mut text = String::new();
    for (line, origin) in lines {
        // Writing to a String cannot fail.
        let _ = match origin.as_str() {
            "" => writeln!(text, "{line}"),
            origin => writeln!(text, "{line:width$}  # {origin}"),
        };
    }
    text
}

fn tree(config: &Config) -> Value {
    serde_json::to_value(config).expect("a config is made of text, numbers and lists")
}

/// One line of YAML; JSON is YAML, so whatever is not a plain word is written as JSON.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        _ => value.to_string(),
    }
}

/// Text that no reader of YAML takes for anything else.
fn is_plain(text: &str) -> bool {
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c))
        && text.parse::<f64>().is_err()
        && !reserved.contains(&text.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{Override, Source, read};
    use super::*;

    #[test]
    fn each_value_says_where_it_comes_from() {
        let text = "host: {user: ann}\nserver:\n  autoscaling: {max: 5}\n";
        let flag = Override { key: "host.address", value: "nas".to_owned(), place: Place::Flag("--host") };
        let loaded = read(Some(Source { name: "homelab.yaml", text }), &[flag]).unwrap();
        insta::assert_snapshot!(yaml(&loaded, "homelab.yaml"));
    }

    #[test]
    fn a_credential_shows_where_it_lies() {
        let text = "server:\n  secrets:\n    nas: {env: NAS}\n    grafana: {file: ~/.secrets/grafana}\n";
        let loaded = read(Some(Source { name: "homelab.yaml", text }), &[]).unwrap();
        let shown = yaml(&loaded, "homelab.yaml");
        let from = shown.find("  secrets:").unwrap();
        insta::assert_snapshot!(&shown[from..shown.find("  settings:").unwrap()], @r#"
        secrets:
          grafana:
            file: "~/.secrets/grafana"          # homelab.yaml:4
          nas:
            env: NAS                            # homelab.yaml:3
        "#);
        let again = read(Some(Source { name: "homelab.yaml", text: &shown }), &[]).unwrap();
        assert_eq!(again.config, loaded.config);
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same() {
        let shown = yaml(&Loaded::built_in(), "homelab.yaml");
        let again = read(Some(Source { name: "homelab.yaml", text: &shown }), &[]).unwrap();
        assert_eq!(again.config, Config::default());
    }
}
