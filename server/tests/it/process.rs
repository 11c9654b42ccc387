//! The program itself: its command line, its log, its end.
#![expect(clippy::disallowed_methods, reason = "the program is what is tested")]

use std::{
    io::{BufRead, BufReader, Lines},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use homelab_mcp::{
    config::Settings,
    keys::{Scope, Token},
};
use serde_json::{Value, json};

use crate::support::{http, key, local, modern, until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_homelab-mcp");

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn write(folder: &Path, settings: &str) -> String {
    let file = folder.join("settings.yaml");
    std::fs::write(&file, settings).unwrap();
    file.to_str().unwrap().to_owned()
}

/// The program at work, with a key for it.
struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it has logged before it listened.
    said: Vec<String>,
    address: SocketAddr,
    token: Token,
    _folder: tempfile::TempDir,
}

impl Program {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("keys")).unwrap();
        let token = key(&folder.path().join("keys"), "mac", Scope::Read, None);
        let settings: Settings = local(folder.path());
        let file = write(folder.path(), &serde_yaml::to_string(&settings).unwrap());
        let mut child =
            Command::new(PROGRAM).args(["serve", "--config", &file]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        let address: SocketAddr = loop {
            let line = lines.next().unwrap().unwrap();
            let value: Value = serde_json::from_str(&line).unwrap();
            said.push(line);
            if value["message"] == "listening" {
                break value["address"].as_str().unwrap().parse().unwrap();
            }
        };
        until("ready", async || {
            http().get(format!("http://{address}/readyz")).send().await.is_ok_and(|answer| answer.status() == 200)
        })
        .await;
        Self { child, lines, said, address, token, _folder: folder }
    }

    /// Ends it, and all that it has logged.
    fn end(mut self) -> Vec<String> {
        let ended = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(ended.success());
        self.said.extend(self.lines.map(Result::unwrap));
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "an idle connection does not hold up the end");
        self.said
    }
}

#[test]
fn mistakes_are_named_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "allowed_hosts: ['a b']\nlimits: {early_seconds: 0}\n");
    let output = run(&["serve", "--config", &file]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said.contains("allowed_hosts[0]: `a b` is no host name") && said.contains("limits.early_seconds"),
        "{said}"
    );
    let file = write(folder.path(), "lisen: 1\n");
    let said = String::from_utf8(run(&["serve", "--config", &file]).stderr).unwrap();
    assert!(said.contains("unknown field `lisen`"), "{said}");
    assert_eq!(run(&["serve"]).status.code(), Some(2));
    assert_eq!(run(&["version"]).stdout, concat!("homelab-mcp ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
}

#[tokio::test]
async fn it_logs_json_without_secrets_and_ends_on_sigterm() {
    let program = Program::start().await;
    let (address, token) = (program.address, program.token.clone());
    let call = || modern(address, "tools/call", json!({"name": "system_overview", "arguments": {}}));
    let answer = call().bearer_auth(token.reveal()).header("x-request-id", "request-one").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["x-request-id"]), (200, &"request-one".parse().unwrap()));
    assert_eq!(answer.headers()["x-client-address"], "127.0.0.1", "a caller learns who the server takes it for");
    let length = answer.bytes().await.unwrap().len();
    assert_eq!(call().send().await.unwrap().status(), 401);

    let log = program.end();
    let seen: Vec<Value> = log.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let audit: Vec<&Value> = seen.iter().filter(|line| line["target"] == "audit").collect();
    let messages: Vec<&str> = audit.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["begin", "call", "refused", "end"], "one line a call");
    let line = audit[1];
    for (field, value) in [
        ("request", json!("request-one")),
        ("key", json!(token.id())),
        ("key_name", json!("mac")),
        ("method", json!("tools/call")),
        ("target_name", json!("system_overview")),
        ("outcome", json!("ok")),
        ("status", json!(200)),
        ("bytes", json!(length)),
        ("address", json!("127.0.0.1")),
    ] {
        assert_eq!(line[field], value, "{field}: {line}");
    }
    assert!(line["timestamp"].is_string() && line["duration_ms"].is_u64(), "{line}");
    assert_eq!((&audit[2]["outcome"], &audit[2]["why"]), (&json!("unauthorized"), &json!("no key was sent")));
    let secret = &token.reveal()[13..];
    assert!(seen.iter().all(|line| !line.to_string().contains(secret)));
}

/// The log of a run, as text, with what the caller does to it before it is verified.
fn verified(log: &str, words: &[&str], attack: impl Fn(Vec<&str>) -> Vec<String>) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    std::fs::write(&file, attack(log.lines().collect()).join("\n")).unwrap();
    let output = run(&[&["audit", "verify"], words, &[file.to_str().unwrap()]].concat());
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn an_audit_log_that_somebody_worked_on_is_found_out() {
    let program = Program::start().await;
    let (address, token) = (program.address, program.token.clone());
    let call = || modern(address, "tools/list", json!({})).bearer_auth(token.reveal()).send();
    // from several callers at the same time: the order of lines is the order of the chain
    let calls = futures::future::join_all((0..20).map(|_| call())).await;
    assert!(calls.into_iter().all(|answer| answer.unwrap().status() == 200));
    let log = program.end().join("\n");

    let whole = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let (code, said) = verified(&log, &["--complete"], whole);
    assert_eq!(code, Some(0), "{said}\n{log}");
    assert!(said.contains("lines 1 to 22, unbroken"), "{said}");
    let calls_only = |line: &&str| line.contains("tools/list");
    let removed = |lines: Vec<&str>| {
        let victim = lines.iter().copied().filter(calls_only).nth(7).unwrap();
        lines.into_iter().filter(|line| *line != victim).map(str::to_owned).collect()
    };
    let (code, said) = verified(&log, &[], removed);
    assert!(code == Some(1) && said.contains("line 9 is missing"), "{said}");
    let changed = |lines: Vec<&str>| lines.into_iter().map(|line| line.replacen("\"mac\"", "\"nas\"", 1)).collect();
    let (code, said) = verified(&log, &[], changed);
    assert!(code == Some(1) && said.contains("line 2 was changed"), "{said}");
    let cut = |lines: Vec<&str>| lines.into_iter().take(12).map(str::to_owned).collect();
    let (code, said) = verified(&log, &["--complete"], cut);
    assert!(code == Some(1) && said.contains("the end is not here"), "{said}");
    assert_eq!(verified(&log, &[], |_| vec!["nothing".into()]).0, Some(1));
    assert_eq!(run(&["audit", "verify", "/no/such/file"]).status.code(), Some(2));
}
