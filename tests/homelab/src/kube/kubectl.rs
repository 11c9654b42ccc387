//! The real kubectl, as the stand-ins use it.

use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::paths;

/// kubectl as the cluster's administrator; on a worker, which has none, as Calico.
pub fn kubectl() -> Command {
    let configs = ["credentials/client.config", "credentials/calico.config"].map(paths::data);
    let config = configs.iter().find(|path| std::fs::metadata(path).is_ok()).unwrap_or(&configs[0]);
    let mut command = Command::new(paths::part("kubernetes", "kubectl"));
    command.env("KUBECONFIG", config);
    command
}

/// What kubectl prints, or its complaint.
pub fn output(args: &[&str]) -> Result<String> {
    let output = kubectl().args(args).stdin(Stdio::null()).output().context("cannot start kubectl")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Gives `manifest` to kubectl's stdin and returns what it prints.
pub fn feed(args: &[&str], manifest: &str) -> Result<String> {
    let mut child = kubectl()
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start kubectl")?;
    let mut stdin = child.stdin.take().context("kubectl has no stdin")?;
    let text = manifest.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output()?;
    let _ = writer.join();
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// True when the API server says that it is ready. The port is tried first: a kubectl costs a tenth of a second of a core.
pub fn api_is_ready() -> bool {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], 16443));
    TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok()
        && output(&["get", "--raw", "/readyz", "--request-timeout=2s"]).is_ok()
}
