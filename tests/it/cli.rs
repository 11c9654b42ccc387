//! The program as it is run: arguments in, exit code and words out. Nothing here reaches a network.
#![expect(clippy::disallowed_methods, reason = "a test starts the program")]

use std::path::Path;
use std::process::{Command, Output};

/// Runs homelabctl in a folder that holds `homelab.yaml`, without what the person's own environment says.
fn homelabctl(config: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("homelab.yaml"), config).unwrap();
    run(folder.path(), arguments)
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_homelabctl"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .output()
        .unwrap()
}

fn words(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

#[test]
fn a_valid_config_is_exit_0() {
    let output = homelabctl("host: {address: nas.local}\n", &["config", "validate"]);
    assert_eq!((output.status.code(), words(&output.stdout)), (Some(0), "homelab.yaml is valid\n".to_owned()));
}

#[test]
fn a_wrong_config_is_exit_2_and_says_everything_on_stderr() {
    let output = homelabctl("hots: {}\nreleases: {keep: 0}\n", &["config", "validate"]);
    assert_eq!((output.status.code(), words(&output.stdout)), (Some(2), String::new()));
    let expected = "\
error: homelab.yaml has 2 mistakes
  there is no key `hots` at the top
    --> homelab.yaml:1:1
    |
  1 | hots: {}
    | ^^^^
    = did you mean `host`?

  `releases.keep` cannot be 0
    --> homelab.yaml:2:18
    |
  2 | releases: {keep: 0}
    |                  ^
    = write a number from 2 to 100
";
    assert_eq!(words(&output.stderr), expected);
}

#[test]
fn the_verdict_is_json_when_asked() {
    let output = homelabctl("hots: {}\n", &["config", "validate", "--output", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let verdict: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(verdict["problems"][0]["origin"], serde_json::json!({ "from": "file", "line": 1, "column": 1 }));
    assert_eq!(verdict["problems"][0]["help"], "did you mean `host`?");
}

#[test]
fn what_is_shown_knows_flag_and_file() {
    let output = homelabctl("host: {user: ann}\n", &["config", "show", "--output", "json", "--host", "nas:2222"]);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let origin = |key: &str| {
        let row = shown["values"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap();
        row["origin"]["from"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        ["host.user", "host.address", "host.port", "host.name"].map(origin),
        ["file", "flag", "flag", "default"]
    );
}

#[test]
fn a_config_that_was_named_must_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["config", "show", "--config", "other.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output.stderr).starts_with("error: there is no config at other.yaml (the flag --config)\nhelp: "));
}

#[test]
fn an_unknown_command_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["deplyo"]).status.code(), Some(2));
}

/// The tests are a debug build, and this machine is no test bed.
#[test]
fn a_debug_build_refuses_the_built_in_addresses() {
    let output = homelabctl("server: {name: mcp.lab.local}\n", &["setup", "--dry-run"]);
    let said = words(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("host.address and network.pool would be the built-in default"), "{said}");
    assert!(said.contains("\nhelp: write the addresses into homelab.yaml"), "{said}");
}
