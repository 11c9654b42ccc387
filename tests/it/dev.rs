//! `homelabctl dev`: the real server on this machine, called by the real bridge, and what stays afterwards.

use homelabctl::edge::{
    endpoint::{Endpoint, Manner, Target},
    recorded,
};
use homelabctl::{mcp::Reason, secret::Secret, store::Store};
use rmcp::{ServiceExt as _, model::CallToolRequestParams};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, SystemTime},
};
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
};

/// The running command, and what it answered.
struct Dev {
    child: Child,
    answer: Value,
    home: tempfile::TempDir,
}

impl Dev {
    async fn start() -> Self {
        // this process calls too, and a process has one provider
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_homelabctl"));
        command.args(["dev", "--port", "0", "--output", "json", "--program"]).arg(server().await);
        command.current_dir(home.path()).env("HOME", home.path()).env_remove("HOMELABCTL_CONFIG");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut text = Vec::new();
        let answer = loop {
            assert_ne!(stdout.read_buf(&mut text).await.unwrap(), 0, "it ended: {}", String::from_utf8_lossy(&text));
            if let Ok(answer) = serde_json::from_slice(&text) {
                break answer;
            }
        };
        Self { child, answer, home }
    }

    fn store(&self) -> Store {
        Store::at(self.answer["state"].as_str().unwrap().into())
    }

    fn target(&self) -> Target {
        recorded::look(&self.store(), &"dev".parse().unwrap()).unwrap().target(None).unwrap()
    }

    /// Ctrl-C.
    async fn end(mut self) -> Option<i32> {
        let pid = nix::unistd::Pid::from_raw(self.child.id().unwrap().try_into().unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
        let status = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await.unwrap().unwrap();
        assert_eq!(std::fs::read_dir(self.home.path()).unwrap().count(), 0, "nothing in the person's home");
        status.code()
    }
}

/// The server's program beside this test's own. A run of the whole workspace has just built it; a run of this package
/// alone builds it here when it is older than its sources.
async fn server() -> PathBuf {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_homelabctl")).with_file_name("homelab-mcp");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let built = std::fs::metadata(&program).and_then(|found| found.modified());
    if built.is_ok_and(|built| built >= newest(&root.join("server/src"))) {
        return program;
    }
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(["build", "--quiet", "--package", "homelab-mcp"]);
    // What this run's cargo says about this package would make the build scripts of others run again.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        cargo.env_remove(name);
    }
    assert!(cargo.status().await.unwrap().success());
    program
}

fn newest(folder: &Path) -> SystemTime {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let changed = |entry: std::fs::DirEntry| match entry.file_type().unwrap().is_dir() {
        true => newest(&entry.path()),
        false => entry.metadata().unwrap().modified().unwrap(),
    };
    entries.map(changed).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

#[tokio::test]
async fn the_real_server_runs_here_and_leaves_nothing() {
    let dev = Dev::start().await;
    let target = dev.target();
    let endpoint = Endpoint::new(&target, Manner::Client).unwrap();
    let names: Vec<_> = endpoint.list_tools().await.unwrap().into_iter().map(|tool| tool.name).collect();
    assert!(names.iter().any(|name| name == "system_overview"), "{names:?}");
    endpoint.call_tool("system_overview", json!({})).await.unwrap();
    endpoint.health().await.unwrap();
    assert_eq!(endpoint.seen_from().await.unwrap(), Some([127, 0, 0, 1].into()), "the server tells whom it sees");

    let other = Target { key: Secret::new(format!("hlk_00000000_{}", "A".repeat(43))), ..target };
    let refused = Endpoint::new(&other, Manner::Client).unwrap().discover().await.unwrap_err();
    assert_eq!(refused.reason, Reason::KeyRefused);

    let mut bridge = Command::new(env!("CARGO_BIN_EXE_homelabctl"))
        .args(["bridge", "--key", "dev", "--state"])
        .arg(dev.store().folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let client = ().serve((bridge.stdout.take().unwrap(), bridge.stdin.take().unwrap())).await.unwrap();
    assert_eq!(client.list_all_tools().await.unwrap().len(), names.len());
    let overview = client.call_tool(CallToolRequestParams::new("system_overview")).await.unwrap();
    assert_ne!(overview.is_error, Some(true), "{overview:?}");
    assert!(!client.list_all_prompts().await.unwrap().is_empty());
    client.list_all_resources().await.unwrap();
    client.cancel().await.unwrap();

    let folder = PathBuf::from(dev.answer["state"].as_str().unwrap()).parent().unwrap().to_owned();
    let address = dev.answer["address"].as_str().unwrap().to_owned();
    assert_eq!(dev.end().await, Some(0));
    assert!(!folder.exists(), "its folder is gone");
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn a_killed_command_leaves_no_server_behind() {
    let mut dev = Dev::start().await;
    let address = dev.answer["address"].as_str().unwrap().to_owned();
    dev.child.kill().await.unwrap();
    let ends = async {
        while tokio::net::TcpStream::connect(&address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ends).await.expect("the server goes on without anybody");
    let folder = PathBuf::from(dev.answer["state"].as_str().unwrap()).parent().unwrap().to_owned();
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_taken_port_is_told_before_anything_is_built() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_homelabctl")).args(["dev", "--port", &port]).output().await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot be used") && said.contains("homelabctl dev --port 0"), "{said}");
}
