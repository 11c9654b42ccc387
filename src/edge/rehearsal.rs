//! A client's command started as the client would start it, to see that it works before the person does.

use anyhow::Context as _;
use rmcp::{
    ServiceExt as _,
    model::{CallToolRequestParams, ClientCapabilities, ClientConfig, Implementation, Tool},
};
use serde::Serialize;
use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::{io::AsyncReadExt as _, process::Command};

/// What a rehearsal came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rehearsal {
    pub server: String,
    pub protocol: String,
    pub tools: usize,
    /// A tool that only reads and needs no arguments, and that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub called: Option<String>,
    /// From the start of the program to the last answer.
    pub took_ms: u64,
}

/// Clients give a program about a minute to say who it is.
const PATIENCE: Duration = Duration::from_secs(45);

/// Starts the program with the poor environment that a graphical client gives it, greets, lists the tools, calls one.
///
/// # Errors
/// Anything of that did not work; what the program said on stderr is part of the message.
pub async fn rehearse(program: &Path, arguments: &[String]) -> anyhow::Result<Rehearsal> {
    let began = Instant::now();
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
    for name in ["HOME", "USER", "TMPDIR"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let pipes = (child.stdout.take(), child.stdin.take(), child.stderr.take());
    let (Some(stdout), Some(stdin), Some(mut stderr)) = pipes else { anyhow::bail!("the program has no pipes") };
    let said = tokio::spawn(async move {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text).await;
        String::from_utf8_lossy(&text).into_owned()
    });
    let played = tokio::time::timeout(PATIENCE, play(stdout, stdin)).await;
    let played = played.unwrap_or_else(|_| Err(anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs())));
    // Its side is closed now; a program that stays is ended when the child is dropped.
    let _ = tokio::time::timeout(Duration::from_secs(5), child.wait()).await;
    drop(child);
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match played {
        Ok(rehearsal) => Ok(Rehearsal { took_ms, ..rehearsal }),
        Err(error) => {
            let said = tokio::time::timeout(Duration::from_secs(1), said).await;
            let said = said.ok().and_then(Result::ok).unwrap_or_default();
            let said: Vec<_> = said.lines().filter(|line| !line.trim().is_empty()).collect();
            Err(match said.as_slice() {
                [] => error,
                [.., last] => error.context(format!("it said: {last}")),
            })
        }
    }
}

async fn play(stdout: tokio::process::ChildStdout, stdin: tokio::process::ChildStdin) -> anyhow::Result<Rehearsal> {
    let own = Implementation::new("homelabctl", env!("CARGO_PKG_VERSION"));
    let client = ClientConfig::new(ClientCapabilities::default(), own).serve((stdout, stdin)).await?;
    let known = client.peer_info().context("it did not say who it is")?;
    let tools = client.list_all_tools().await.context("cannot list the tools")?;
    let called = match tools.iter().find(|tool| is_harmless(tool)) {
        None => None,
        Some(tool) => {
            let result = client.call_tool(CallToolRequestParams::new(tool.name.clone())).await;
            let result = result.with_context(|| format!("cannot call {}", tool.name))?;
            let failed = result.is_error == Some(true);
            anyhow::ensure!(
                !failed,
                "{} fails: {:?}",
                tool.name,
                result.content.first().and_then(|part| part.as_text())
            );
            Some(tool.name.to_string())
        }
    };
    let name = |server: &Implementation| format!("{} {}", server.name, server.version);
    let rehearsal = Rehearsal {
        server: known.server_info.as_ref().map(name).unwrap_or_default(),
        protocol: known.protocol_version.to_string(),
        tools: tools.len(),
        called,
        took_ms: 0,
    };
    client.cancel().await?;
    Ok(rehearsal)
}

/// Only reads, and can be called with nothing.
fn is_harmless(tool: &Tool) -> bool {
    let reads = tool.annotations.as_ref().and_then(|annotations| annotations.read_only_hint) == Some(true);
    let needs = tool.input_schema.get("required").and_then(|needs| needs.as_array());
    reads && needs.is_none_or(Vec::is_empty)
}
