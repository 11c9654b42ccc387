//! How a joining node and the cluster agent talk: one line of JSON each way over TLS. The real ones speak HTTP there;
//! nobody else does.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject as _};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, ServerConfig, ServerConnection, SignatureScheme, Stream,
};
use sha2::Digest as _;

use super::cluster::{self, Answer, NotJoined, Request};
use crate::kube::{files, paths};
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
    let config = ServerConfig::builder_with_provider(provider())
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
        let mismatch = format!("{error:#}").contains(MISMATCH);
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
    let target = address.parse()?;
    let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(10))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Fingerprint(fingerprint.map(str::to_owned))))
        .with_no_client_auth();
    let mut connection = ClientConnection::new(Arc::new(config), ServerName::from(target.ip()))?;
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

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

const MISMATCH: &str = "fingerprint mismatch";

/// Trusts the certificate whose SHA-256 begins like this; `None` trusts any.
#[derive(Debug)]
struct Fingerprint(Option<String>);

impl ServerCertVerifier for Fingerprint {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let own = hex::encode(sha2::Sha256::digest(end_entity));
        match &self.0 {
            Some(wanted) if !own.starts_with(wanted.as_str()) => Err(rustls::Error::General(MISMATCH.into())),
            Some(_) | None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &provider().signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &provider().signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}
