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

const CREDENTIALS: &str = "server:
  secrets:
    nas: {env: NAS_PASSWORD}
    grafana: {file: grafana}
    below-home: {file: ~/deep/one}
";

#[test]
fn credentials_that_are_not_in_their_place_are_all_told() {
    let output = homelabctl(CREDENTIALS, &["render"]);
    let said = words(&output.stderr);
    assert_eq!((output.status.code(), words(&output.stdout)), (Some(2), String::new()));
    assert!(said.starts_with("error: 3 credentials of the config cannot be used\n"), "{said}");
    for line in [
        "  server.secrets.nas: the variable NAS_PASSWORD is not set: export it\n",
        "  server.secrets.grafana: there is no file grafana: write the value into it\n",
        "/deep/one: write the value into it\n",
        "\nhelp: put each value in its place, or take its name out of server.secrets\n",
    ] {
        assert!(said.contains(line), "{line} is not in:\n{said}");
    }
}

#[test]
fn credentials_of_no_use_are_refused_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let text = "server: {secrets: {empty: {file: empty}, large: {file: large}, odd: {file: odd}, folder: {file: .}}}\n";
    for (name, content) in [
        ("homelab.yaml", text.as_bytes()),
        ("empty", b"\n"),
        ("large", &[b'x'; 256 * 1024 + 1]),
        ("odd", b"\xffhunter2"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let said = words(&run(folder.path(), &["render"]).stderr);
    for line in ["empty is empty", "large has more than 256 KiB", "odd is no text", "secrets.folder: cannot read"] {
        assert!(said.contains(line), "{line} is not in:\n{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

/// Read relative to the config's folder, wherever homelabctl is started.
#[test]
fn what_is_rendered_refers_to_credentials_and_does_not_hold_them() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("lab")).unwrap();
    std::fs::write(folder.path().join("lab/homelab.yaml"), "server: {secrets: {nas: {file: nas}}}\n").unwrap();
    std::fs::write(folder.path().join("lab/nas"), "Tr0ub4dor&3\n").unwrap();
    let output = run(folder.path(), &["render", "--config", "lab/homelab.yaml"]);
    let (answer, said) = (words(&output.stdout), words(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{said}");
    let mut names = answer.lines().filter_map(|line| line.trim().strip_prefix("secretName: "));
    let name = names.find(|name| name.starts_with("homelab-mcp-secrets-")).unwrap();
    assert!(
        said.contains(&format!("Secret mcp-system/{name} is left out; it has to be there, with the keys nas,")),
        "{said}"
    );
    assert!(!answer.contains("kind: Secret\n") && answer.contains("/run/secrets/homelab-mcp"), "{answer}");
    for form in ["Tr0ub4dor", "VHIwdWI0ZG9y"] {
        assert!(!answer.contains(form) && !said.contains(form), "{form}");
    }
}
