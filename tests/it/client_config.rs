//! `homelabctl client-config` and the command that it writes, as programs, against a server over TLS on loopback.

use homelabctl::{config::Config, store::Connection};
use rmcp::{ServiceExt as _, model::CallToolRequestParams};
use serde_json::{Value, json};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Output, Stdio},
};
use tokio::process::Command;

use crate::stand::{KEY, Stand};

/// Addresses that lead nowhere: everything in here is dialled by `--address`.
const CONFIG: &str = "host: {address: 127.0.0.1}\n\
                      network: {lan: 10.9.8.0/24, pool: 10.9.8.200-10.9.8.210}\n";

/// A person's machine that has been set up before.
struct Desk {
    home: tempfile::TempDir,
    stand: Stand,
}

impl Desk {
    async fn new() -> Self {
        let desk = Self { home: tempfile::tempdir().unwrap(), stand: Stand::start().await };
        let state = desk.state();
        fs::create_dir_all(state.join("keys")).unwrap();
        fs::write(desk.home.path().join("homelab.yaml"), CONFIG).unwrap();
        let mut connection = Connection::of(&Config::default());
        connection.address = "10.9.8.200".parse().unwrap();
        fs::write(state.join("connection.json"), connection.text()).unwrap();
        fs::write(state.join("ca.crt"), &desk.stand.ca).unwrap();
        desk.keep_key("claude-desktop", KEY);
        desk
    }

    fn state(&self) -> PathBuf {
        self.home.path().join(".local/state/homelabctl/homelab")
    }

    fn keep_key(&self, name: &str, key: &str) {
        fs::write(self.state().join("keys").join(name), format!("{key}\n")).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.home.path().join("claude.json")
    }

    async fn client_config(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homelabctl"));
        command.args(["client-config", "--claude-desktop", "--address"]).arg(self.stand.at.to_string());
        command.arg("--file").arg(self.file()).args(arguments);
        command.current_dir(self.home.path()).env_clear().env("HOME", self.home.path());
        command.output().await.unwrap()
    }
}

fn words(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn files_in(folder: &Path) -> usize {
    fs::read_dir(folder).unwrap().count()
}

const BEFORE: &str =
    "{\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"other\": { \"command\": \"npx\" }\n  }\n}\n";

#[tokio::test]
async fn an_entry_is_written_proven_and_then_left_alone() {
    let desk = Desk::new().await;
    fs::write(desk.file(), BEFORE).unwrap();
    fs::set_permissions(desk.file(), fs::Permissions::from_mode(0o640)).unwrap();

    let dry = desk.client_config(&["--dry-run"]).await;
    assert_eq!(dry.status.code(), Some(3), "{}", words(&dry.stderr));
    assert!(words(&dry.stderr).contains("add mcpServers.homelab in Claude Desktop's configuration"));
    assert_eq!(fs::read_to_string(desk.file()).unwrap(), BEFORE);

    let done = desk.client_config(&["--yes"]).await;
    assert_eq!(done.status.code(), Some(0), "{}", words(&done.stderr));
    let answer = words(&done.stdout);
    assert!(answer.contains("reaches stand 1 (4 tools, MCP 2025-11-25)"), "{answer}");
    assert!(answer.contains("called overview"), "{answer}");
    let text = fs::read_to_string(desk.file()).unwrap();
    assert!(
        text.starts_with("{\n  \"theme\": \"dark\",\n  \"mcpServers\": {\n    \"other\": { \"command\": \"npx\" },\n")
    );
    assert!(!text.contains("hlk_"), "no key in it");
    assert_eq!(fs::read_to_string(desk.file().with_extension("json.homelabctl-backup-1")).unwrap(), BEFORE);
    assert_eq!(fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777, 0o640);

    let files = files_in(desk.home.path());
    let again = desk.client_config(&["--yes"]).await;
    assert_eq!(again.status.code(), Some(0), "{}", words(&again.stderr));
    assert!(words(&again.stderr).contains("nothing to do"));
    assert_eq!(fs::read_to_string(desk.file()).unwrap(), text);
    assert_eq!(files_in(desk.home.path()), files, "no further backup");
}

#[tokio::test]
async fn the_report_is_json_when_asked() {
    let desk = Desk::new().await;
    let done = desk.client_config(&["--yes", "--output", "json"]).await;
    assert_eq!(done.status.code(), Some(0), "{}", words(&done.stderr));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&report["version"], &report["client"]), (&json!(1), &json!("claude-desktop")));
    assert_eq!(report["proof"]["called"], "overview");
    assert_eq!(report["entry"]["args"][0], "bridge");
    assert_eq!(fs::metadata(desk.file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn the_entry_can_be_printed_alone() {
    let desk = Desk::new().await;
    let printed = desk.client_config(&["--print"]).await;
    let entry: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(entry["homelab"]["args"][1], "--state");
    assert!(!desk.file().exists());
}

#[tokio::test]
async fn a_file_that_is_no_json_is_left_alone() {
    let desk = Desk::new().await;
    fs::write(desk.file(), "{\n  \"theme\": dark\n}\n").unwrap();
    let refused = desk.client_config(&["--yes"]).await;
    assert_eq!(refused.status.code(), Some(1));
    let said = words(&refused.stderr);
    assert!(said.contains("line 2, column 12: expected value"), "{said}");
    assert!(said.contains("help: repair the file"), "{said}");
    assert_eq!(fs::read_to_string(desk.file()).unwrap(), "{\n  \"theme\": dark\n}\n");
    assert_eq!(files_in(desk.home.path()), 3);
}

#[tokio::test]
async fn a_question_without_a_terminal_names_the_flag() {
    let desk = Desk::new().await;
    let asked = desk.client_config(&[]).await;
    assert_eq!(asked.status.code(), Some(2));
    assert!(words(&asked.stderr).contains("--yes"), "{}", words(&asked.stderr));
    assert!(!desk.file().exists());
}

#[tokio::test]
async fn an_entry_that_does_not_get_through_is_told_with_the_reason() {
    let desk = Desk::new().await;
    desk.stand.stop().await;
    let away = desk.client_config(&["--yes"]).await;
    assert_eq!(away.status.code(), Some(1));
    let said = words(&away.stderr);
    assert!(said.contains("is written, but its command does not get through"), "{said}");
    assert!(said.contains("cannot reach the server at 127.0.0.1:"), "{said}");
}

#[tokio::test]
async fn the_written_command_serves_a_real_client_over_stdio() {
    let desk = Desk::new().await;
    let done = desk.client_config(&["--yes"]).await;
    assert_eq!(done.status.code(), Some(0), "{}", words(&done.stderr));
    let file: Value = serde_json::from_str(&fs::read_to_string(desk.file()).unwrap()).unwrap();
    let entry = &file["mcpServers"]["homelab"];
    let arguments = entry["args"].as_array().unwrap().iter().map(|argument| argument.as_str().unwrap());
    let mut bridge = Command::new(entry["command"].as_str().unwrap())
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let client = ().serve((bridge.stdout.take().unwrap(), bridge.stdin.take().unwrap())).await.unwrap();
    assert_eq!(client.list_all_tools().await.unwrap().len(), 4);
    let arguments = json!({ "words": "through" }).as_object().cloned().unwrap();
    let result = client.call_tool(CallToolRequestParams::new("echo").with_arguments(arguments)).await.unwrap();
    assert_eq!(result.content[0].as_text().unwrap().text, "through");
    client.cancel().await.unwrap();
    assert!(bridge.wait().await.unwrap().success(), "it ends when its client leaves");
}

#[tokio::test]
async fn a_bridge_without_a_record_says_what_is_missing() {
    let desk = Desk::new().await;
    let run = async |key: &str| {
        let mut bridge = Command::new(env!("CARGO_BIN_EXE_homelabctl"));
        bridge.args(["bridge", "--key", key, "--state"]).arg(desk.state()).env_clear().stdin(Stdio::null());
        let output = bridge.output().await.unwrap();
        assert!(output.stdout.is_empty(), "stdout is the protocol's");
        (output.status.code(), words(&output.stderr))
    };
    let (code, said) = run("other").await;
    assert_eq!(code, Some(1));
    assert!(said.contains("this machine does not know the key other"), "{said}");
    assert!(said.contains("help: homelabctl client-config --claude-desktop"), "{said}");
    desk.keep_key("other", "nonsense");
    assert!(run("other").await.1.contains("holds no API key"));
}
