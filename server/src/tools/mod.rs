//! The tools: one file each, and its line in the table below.
//!
//! A row says everything about its tool (words, scope, cost, rights); schema, lists, audit, limits, roles
//! and docs follow from it. `docs/tools.md` shows how to add one.

mod list_pods;
mod pod_logs;
mod row;
#[cfg(feature = "serve")]
mod run;
mod system_overview;

pub use row::{Cost, Effect, Tool};
#[cfg(feature = "serve")]
pub use run::{Answer, Body, Run, Trouble};

/// Every tool, by name.
pub static TOOLS: &[&Tool] = &[&list_pods::TOOL, &pod_logs::TOOL, &system_overview::TOOL];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_in_order_unique_and_well_worded() {
        assert!(TOOLS.windows(2).all(|pair| pair[0].name < pair[1].name), "sorted by name, each once");
        for tool in TOOLS {
            assert!(tool.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", tool.name);
            assert!(!tool.title.is_empty() && tool.about.ends_with('.'), "{}", tool.name);
            assert!(tool.about.len() <= 400, "{}: definitions cost every client tokens", tool.name);
            assert!(tool.about.is_ascii(), "{}: no hidden characters", tool.name);
        }
    }
}
