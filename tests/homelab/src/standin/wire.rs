//! How a joining node and the cluster agent talk: one line of JSON each way over TLS. The real ones speak HTTP there;
//! nobody else does.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::{ServerConfig, ServerConnection, Stream};

use super::cluster::{self, Answer, NotJoined, Request};
use crate::kube::{files, paths, tls};
use crate::standin::say::grumble;

/// Serves joining nodes with the API server's own certificate.
pub(super) fn serve() -> Result<Infallible> {
    let listener = TcpListener::bind(("0.0.0.0", cluster::PORT)).context("cannot listen for joining nodes")?;
    loop {
        let (stream, _) = listener.accept().context("cannot accept a joining node")?;
        thread::spawn(move || {
            if let Err(error) = converse(stream) {
                grumble!("a joining node: {error:#}");
            }
        });
    }
}

fn converse(mut stream: TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let certificate = files::read(paths::data("certs/server.crt"))?;
    let key = files::read(paths::data("certs/server.key"))?;
    let config = ServerConfig::builder_with_provider(tls::provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate.as_bytes())?],
            PrivateKeyDer::from_pem_slice(key.as_bytes())?,
        )?;
    let mut connection = ServerConnection::new(Arc::new(config))?;
    let mut tls = Stream::new(&mut connection, &mut stream);
    let request: Request = serde_json::from_str(&line(&mut tls)?)?;
    write(&mut tls, &serde_json::to_string(&cluster::admit(&request))?)?;
    connection.send_close_notify();
    connection.complete_io(&mut stream)?;
    Ok(())
}

/// Asks the agent at `address`, whose certificate must begin with `fingerprint`.
pub(super) fn ask(address: &str, fingerprint: Option<&str>, request: &Request) -> Result<Answer, NotJoined> {
    let failed = |error: anyhow::Error| {
        let mismatch = format!("{error:#}").contains(tls::MISMATCH);
        let text = if mismatch {
            "Joining cluster failed. Could not verify the identity of the remote node.".to_owned()
        } else {
            format!("Connecting to cluster failed with {error:#}.")
        };
        NotJoined { text, code: if mismatch { 4 } else { 1 } }
    };
    exchange(address, fingerprint, request).map_err(failed)
}

fn exchange(address: &str, fingerprint: Option<&str>, request: &Request) -> Result<Answer> {
    let target: SocketAddr = address.parse()?;
    let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(10))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut connection = tls::client(target.ip(), fingerprint, None)?;
    let mut tls = Stream::new(&mut connection, &mut stream);
    write(&mut tls, &serde_json::to_string(request)?)?;
    serde_json::from_str(&line(&mut tls)?).context("the answer is not understood")
}

fn line(stream: &mut impl Read) -> Result<String> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}

fn write(stream: &mut impl Write, text: &str) -> Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.write_all(b"\n")?;
    Ok(stream.flush()?)
}
