//! Prompts: one file each, and its line in the table below.

mod infrastructure_status;

use rmcp::{
    ErrorData,
    model::{CacheScope, GetPromptResult, JsonObject, ListPromptsResult, PromptArgument, PromptMessage, Role},
};

/// A row of the table of prompts.
pub(crate) struct Prompt {
    /// By which it is asked for
    name: &'static str,
    /// Shown to people
    title: &'static str,
    /// What comes of it
    about: &'static str,
    /// Name and meaning of each argument; all may be left out
    arguments: &'static [(&'static str, &'static str)],
    /// The words for the model; arguments in the order of the row, empty when left out
    words: fn(&[&str]) -> String,
}

static PROMPTS: &[&Prompt] = &[&infrastructure_status::PROMPT];

/// All prompts.
pub(crate) fn list() -> ListPromptsResult {
    let all = PROMPTS.iter().map(|row| {
        let arguments = row
            .arguments
            .iter()
            .map(|(name, about)| PromptArgument::new(*name).with_description(*about).with_required(false))
            .collect();
        rmcp::model::Prompt::new(row.name, Some(row.about), Some(arguments)).with_title(row.title)
    });
    ListPromptsResult::with_all_items(all.collect()).with_ttl_ms(60_000).with_cache_scope(CacheScope::Private)
}

/// One prompt, ready to be sent.
pub(crate) fn get(name: &str, arguments: Option<&JsonObject>) -> Result<GetPromptResult, ErrorData> {
    let row = PROMPTS.iter().find(|row| row.name == name);
    let row = row.ok_or_else(|| ErrorData::invalid_params("unknown prompt", None))?;
    for given in arguments.into_iter().flat_map(JsonObject::keys) {
        if !row.arguments.iter().any(|(known, _)| known == given) {
            return Err(ErrorData::invalid_params(format!("`{name}` has no argument `{given}`"), None));
        }
    }
    let value = |name: &str| arguments.and_then(|all| all.get(name)).and_then(|value| value.as_str()).unwrap_or("");
    let values: Vec<&str> = row.arguments.iter().map(|(name, _)| value(name)).collect();
    let message = PromptMessage::new_text(Role::User, (row.words)(&values));
    Ok(GetPromptResult::new(vec![message]).with_description(row.about))
}
