//! Files that are made from the code: completions, the man page, the reference of commands and of config keys.
//! Each test says when its file is stale; `UPDATE=1 cargo test --test it fresh` refreshes them all.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;
use homelabctl::cli::Cli;
use homelabctl::commands::completions::script;
use homelabctl::config::{Config, schema};
use serde_json::Value;

use crate::repository::{assert_fresh, text};

#[test]
fn completions_are_fresh() {
    for (file, shell) in
        [("homelabctl.bash", Shell::Bash), ("_homelabctl", Shell::Zsh), ("homelabctl.fish", Shell::Fish)]
    {
        assert_fresh(&format!("completions/{file}"), &script(shell));
    }
}

#[test]
fn the_man_page_is_fresh() {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).unwrap();
    assert_fresh("docs/homelabctl.1", &String::from_utf8(page).unwrap());
}

#[test]
fn the_reference_of_commands_is_fresh() {
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut page =
        "# Every command\n\nMade from the help texts; `homelabctl help COMMAND` prints the same.\n".to_owned();
    command(&mut root, &mut page);
    assert_fresh("docs/cli.md", &page);
}

/// A command's own help, then that of the commands below it.
fn command(command_here: &mut clap::Command, page: &mut String) {
    let name = command_here.get_bin_name().unwrap_or("homelabctl").to_owned();
    let help = command_here.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(page, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end()).unwrap();
    for below in command_here.get_subcommands_mut().filter(|below| below.get_name() != "help" && !below.is_hide_set()) {
        command(below, page);
    }
}

#[test]
fn the_table_of_config_keys_is_fresh() {
    let (begin, end) = ("<!-- keys begin -->\n", "<!-- keys end -->");
    let page = text("docs/config.md");
    let (before, rest) = page.split_once(begin).expect("docs/config.md marks where the table begins");
    let (_, after) = rest.split_once(end).expect("docs/config.md marks where the table ends");
    let mut table = "\n| key | default | what it is |\n| --- | --- | --- |\n".to_owned();
    let defaults = serde_json::to_value(Config::default()).unwrap();
    let schema = schema();
    keys(&schema, &schema, &defaults, "", &mut table);
    assert_fresh("docs/config.md", &format!("{before}{begin}{table}\n{end}{after}"));
}

fn keys(section: &Value, whole: &Value, defaults: &Value, path: &str, table: &mut String) {
    let Some(properties) = resolved(section, whole).get("properties").and_then(Value::as_object) else { return };
    for (name, key) in properties {
        let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let target = resolved(key, whole);
        let about = key.get("description").or_else(|| target.get("description")).and_then(Value::as_str);
        let about = about.unwrap_or_else(|| panic!("`{full}` has no description"));
        let default = &defaults[name];
        if target.get("properties").is_some() {
            writeln!(table, "| **{full}** | | {about} |").unwrap();
            keys(target, whole, default, &full, table);
        } else {
            let default = match default {
                Value::Null => "left out".to_owned(),
                Value::String(text) => format!("`{text}`"),
                other => format!("`{other}`"),
            };
            writeln!(table, "| {full} | {default} | {}{} |", about, bounds(key, target)).unwrap();
        }
    }
}

/// A reference's target, also inside of an optional value.
fn resolved<'a>(schema: &'a Value, whole: &'a Value) -> &'a Value {
    let inner = schema.pointer("/anyOf/0").unwrap_or(schema);
    match inner.get("$ref").and_then(Value::as_str) {
        Some(reference) => whole.pointer(reference.trim_start_matches('#')).unwrap_or(inner),
        None => inner,
    }
}

fn bounds(key: &Value, target: &Value) -> String {
    if let (Some(low), Some(high)) = (key.get("minimum"), key.get("maximum"))
        && low != high
        && low != 0
    {
        return format!("; {low} to {high}");
    }
    let words: Vec<&str> = match (target.get("enum"), target.get("oneOf")) {
        (Some(words), _) => words.as_array().unwrap().iter().filter_map(Value::as_str).collect(),
        (None, Some(variants)) => variants.as_array().unwrap().iter().filter_map(|one| one["const"].as_str()).collect(),
        (None, None) => Vec::new(),
    };
    if words.is_empty() { String::new() } else { format!("; one of: {}", words.join(", ")) }
}
