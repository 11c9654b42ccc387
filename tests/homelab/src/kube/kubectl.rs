//! The real kubectl, as the stand-ins use it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{files, paths, tls};

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

/// True when the API server says that it is ready. Not by kubectl: half a dozen services ask at once while it starts,
/// and a kubectl costs a tenth of a second of a core.
pub fn api_is_ready() -> bool {
    ask_readyz().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Without RBAC the API server refuses whom it does not know. A worker knows Calico only.
fn identity() -> Result<tls::Identity> {
    let read = |name: &str| -> Result<tls::Identity> {
        let file = |extension: &str| files::read(paths::data(&format!("certs/{name}.{extension}")));
        Ok(tls::Identity { certificate: file("crt")?, key: file("key")? })
    };
    read("client").or_else(|_| read("calico"))
}

fn ask_readyz() -> Result<String> {
    let address = SocketAddr::from(([127, 0, 0, 1], 16443));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut connection = tls::client(address.ip(), None, Some(&identity()?))?;
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    tls.write_all(b"GET /readyz HTTP/1.1\r\nHost: kubernetes\r\nConnection: close\r\n\r\n")?;
    let mut answer = [0; 12];
    tls.read_exact(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
