//! The table of tools, made ready once for the protocol.

use std::sync::Arc;

use rmcp::model::{Tool as Shown, ToolAnnotations};

use crate::{
    keys::Record,
    tools::{Effect, Tool},
};

/// Every tool with its definition, in the order of the table.
pub(crate) struct Toolset(Vec<(&'static Tool, Shown)>);

impl Toolset {
    pub(crate) fn new(rows: &'static [&'static Tool]) -> Self {
        let mut all: Vec<_> = rows.iter().map(|row| (*row, shown(row))).collect();
        // The order is part of a client's prompt cache.
        all.sort_by_key(|(row, _)| row.name);
        Self(all)
    }

    pub(crate) fn find(&self, name: &str) -> Option<&'static Tool> {
        let at = self.0.binary_search_by_key(&name, |(row, _)| row.name).ok()?;
        Some(self.0[at].0)
    }

    /// The tools that this key may call.
    pub(crate) fn seen_with(&self, key: &Record) -> Vec<Shown> {
        self.0.iter().filter(|(row, _)| key.may(row.scope)).map(|(_, shown)| shown.clone()).collect()
    }
}

fn shown(row: &'static Tool) -> Shown {
    let annotations = ToolAnnotations::new()
        .read_only(row.effect == Effect::Looks)
        .destructive(row.effect == Effect::Destroys)
        .idempotent(row.effect == Effect::Looks)
        .open_world(false);
    Shown::new(row.name, row.about, Arc::new(row.body.schema())).with_title(row.title).with_annotations(annotations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::TOOLS;

    #[test]
    fn definitions_are_what_clients_have_seen_before() {
        let all: Vec<_> = Toolset::new(TOOLS).0.into_iter().map(|(_, shown)| shown).collect();
        insta::assert_json_snapshot!(all);
    }

    #[test]
    fn schemas_are_plain_and_strict() {
        for (row, shown) in Toolset::new(TOOLS).0 {
            let schema = serde_json::Value::Object((*shown.input_schema).clone());
            assert_eq!(schema["type"], "object", "{}", row.name);
            assert_eq!(schema["additionalProperties"], false, "{} ignores misspelt arguments", row.name);
            let text = schema.to_string();
            for unwanted in ["\"format\"", "\"$ref\"", "\"null\""] {
                assert!(!text.contains(unwanted), "{}: {text}", row.name);
            }
        }
    }
}
