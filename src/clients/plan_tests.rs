//! What is planned for machines that have everything, something, nothing.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use homelab_mcp::keys::{Record, Token};
use serde_json::json;
use time::macros::datetime;

use super::*;
use crate::clients::find;

fn store() -> Store {
    Store::of(Path::new("/state"), "homelab")
}

fn launch(key: &str) -> Launch {
    Launch { program: "/bin/homelabctl".into(), state: store().folder().to_owned(), key: key.to_owned(), dial: None }
}

fn known(records: &[(&str, &str)], here: &[(&str, &str)]) -> Known {
    let record = |(id, name): &(&str, &str)| {
        let token: Token = format!("hlk_{id}_{}", "A".repeat(43)).parse().unwrap();
        Record::new(name, &token, &[Scope::Read], datetime!(2026-11-23 06:00 UTC), None)
    };
    let here = here.iter().map(|(name, id)| ((*name).to_owned(), (*id).to_owned()));
    Known { records: records.iter().map(record).collect(), unreadable: Vec::new(), here: BTreeMap::from_iter(here) }
}

fn client() -> &'static Client {
    find("claude-desktop").unwrap()
}

fn seen<'a>(text: Option<&'a str>, connection: Option<&'a Connection>, piece: Piece) -> Seen<'a> {
    Seen { file: Path::new("/c.json"), text, mode: 0o600, connection, ca: piece, key: piece }
}

fn planned(seen: &Seen<'_>, known: Option<&Known>) -> String {
    let key: KeyName = "claude-desktop".parse().unwrap();
    plan(&Config::default(), &store(), client(), &launch("claude-desktop"), &key, seen, known).unwrap().to_string()
}

#[test]
fn a_machine_that_has_nothing_gets_everything_and_the_file_last() {
    insta::assert_snapshot!(planned(&seen(None, None, Piece::Missing), Some(&known(&[], &[]))), @"
    1. record where the server is
         edit     /state/homelabctl/homelab/connection.json
    2. fetch the homelab's CA
         fetch    /state/homelabctl/homelab/ca.crt
    3. make the key claude-desktop and save it here
         save key /state/homelabctl/homelab/keys/claude-desktop
    4. let the server know its hash
         set      Secret mcp-system/homelab-mcp-keys: entry of step key
    5. add mcpServers.homelab in Claude Desktop's configuration
         edit     (with a backup) /c.json
    ");
}

#[test]
fn a_second_run_has_nothing_to_do() {
    let text = json!({ "mcpServers": { "homelab": (client().entry)(&launch("claude-desktop")) } }).to_string();
    let connection = Connection::of(&Config::default());
    assert_eq!(planned(&seen(Some(&text), Some(&connection), Piece::Here), None), "");
}

#[test]
fn a_key_that_the_server_refuses_is_replaced() {
    let connection = Connection::of(&Config::default());
    let old = known(&[("0a000001", "claude-desktop")], &[("claude-desktop", "0a000001")]);
    let seen = Seen { ca: Piece::Here, ..seen(Some("{}"), Some(&connection), Piece::Refused) };
    insta::assert_snapshot!(planned(&seen, Some(&old)), @"
    1. revoke the key claude-desktop (0a000001)
         remove   Secret mcp-system/homelab-mcp-keys: 0a000001.json
    2. remove it from this machine
         remove   /state/homelabctl/homelab/keys/claude-desktop
    3. make the key claude-desktop and save it here
         save key /state/homelabctl/homelab/keys/claude-desktop
    4. let the server know its hash
         set      Secret mcp-system/homelab-mcp-keys: entry of step key
    5. add mcpServers.homelab in Claude Desktop's configuration
         edit     (with a backup) /c.json
    ");
}

#[test]
fn another_machine_s_key_is_left_alone() {
    let name = |known: &Known| key_name(None, client(), None, Some(known)).to_string();
    assert_eq!(name(&known(&[], &[])), "claude-desktop");
    assert_eq!(name(&known(&[("0a000001", "claude-desktop")], &[])), "claude-desktop-2");
    assert_eq!(name(&known(&[("0a000001", "claude-desktop")], &[("claude-desktop", "0a000001")])), "claude-desktop");
}

#[test]
fn the_key_that_the_entry_names_is_kept() {
    let entry = (client().entry)(&launch("kims-mac"));
    assert_eq!(key_name(None, client(), Some(&entry), None).as_str(), "kims-mac");
    let asked = "other".parse().unwrap();
    assert_eq!(key_name(Some(&asked), client(), Some(&entry), None), asked);
    assert_eq!(key_name(None, client(), Some(&json!({ "args": ["--key"] })), None).as_str(), "claude-desktop");
}

#[test]
fn a_plan_never_shows_what_else_is_in_the_file() {
    let text = r#"{"mcpServers":{"other":{"env":{"TOKEN":"hunter2"}}}}"#;
    let connection = Connection::of(&Config::default());
    let seen = seen(Some(text), Some(&connection), Piece::Here);
    let key: KeyName = "claude-desktop".parse().unwrap();
    let plan = plan(&Config::default(), &store(), client(), &launch("x"), &key, &seen, None).unwrap();
    assert!(!format!("{plan} {plan:?} {}", serde_json::to_string(&plan).unwrap()).contains("hunter2"));
}
