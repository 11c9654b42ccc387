//! The proxy that stands in front of a server of the host while a fault is on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::unistd::{Gid, setgid};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

/// The proxy's own connections are told from others by this group.
pub(crate) const GROUP: u32 = 64_022;

/// `__proxy PORT delay MILLISECONDS TARGET`, or `__proxy PORT 503 CERT KEY`.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let [port, mode @ ..] = args else { bail!("no port") };
    // The key is read before the group changes.
    let serve: Arc<dyn Fn(TcpStream) + Send + Sync> = match mode {
        ["delay", by, target] => {
            let (by, target) = (Duration::from_millis(by.parse()?), (*target).to_owned());
            Arc::new(move |client| {
                if let Ok(server) = TcpStream::connect(&target) {
                    relay(client, server, by);
                }
            })
        }
        ["503", certificate, key] => {
            let config = Arc::new(tls(certificate, key)?);
            Arc::new(move |client| {
                let _ = unavailable(client, &config);
            })
        }
        _ => bail!("no such proxy"),
    };
    setgid(Gid::from_raw(GROUP))?;
    let listener = TcpListener::bind(("0.0.0.0", port.parse()?)).context("cannot listen")?;
    for client in listener.incoming() {
        let (client, serve) = (client?, Arc::clone(&serve));
        thread::spawn(move || serve(client));
    }
    Ok(())
}

/// Passes data on in both directions, each piece late.
fn relay(client: TcpStream, server: TcpStream, by: Duration) {
    let (Ok(back_from), Ok(back_to)) = (server.try_clone(), client.try_clone()) else { return };
    let back = thread::spawn(move || one_way(back_from, back_to, by));
    one_way(client, server, by);
    let _ = back.join();
}

fn one_way(mut from: TcpStream, mut to: TcpStream, by: Duration) {
    let mut piece = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        thread::sleep(by);
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

fn tls(certificate: &str, key: &str) -> Result<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .with_context(|| format!("cannot read {certificate}"))?
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("cannot read {key}"))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?)
}

/// One request, one refusal in the API server's own words.
fn unavailable(mut client: TcpStream, config: &Arc<ServerConfig>) -> Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut connection = ServerConnection::new(Arc::clone(config))?;
    let mut stream = Stream::new(&mut connection, &mut client);
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&piece[..count]);
    }
    let body = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server is currently unable to handle the request","reason":"ServiceUnavailable","code":503}"#;
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(())
}
