//! `homelab-mcp probe`: a GET, again and again, until it is answered with the expected status. The attack on the allow-list
//! runs it as a pod, whose address is outside of the LAN.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, ring::default_provider},
    pki_types::{CertificateDer, ServerName, UnixTime},
};

/// What to call and what to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The name that is asked for; it is not looked up.
    pub name: String,
    pub path: String,
    /// What is dialled.
    pub address: SocketAddr,
    pub until: u16,
    pub within: Duration,
}

const PAUSE: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(5);

impl Probe {
    /// From `probe https://NAME/PATH --address IP:PORT --until STATUS --within SECONDS`.
    ///
    /// # Errors
    /// The words are others.
    pub fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let ["probe", url, "--address", address, "--until", until, "--within", within] = words else {
            anyhow::bail!(
                "usage: homelab-mcp probe https://NAME/PATH --address IP:PORT --until STATUS --within SECONDS"
            );
        };
        let rest = url.strip_prefix("https://").with_context(|| format!("`{url}` does not begin with https://"))?;
        let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
        Ok(Self {
            name: name.to_owned(),
            path: format!("/{path}"),
            address: address.parse().with_context(|| format!("`{address}` is no IP:PORT"))?,
            until: until.parse().with_context(|| format!("`{until}` is no HTTP status"))?,
            within: Duration::from_secs(within.parse().with_context(|| format!("`{within}` is no number of seconds"))?),
        })
    }

    /// Whether the expected status came in time. Each change of the answer is said.
    pub fn run(&self, say: &mut impl Write) -> bool {
        let started = Instant::now();
        let mut said = String::new();
        loop {
            let answer = self.ask();
            let right = answer.as_ref().is_ok_and(|status| *status == self.until);
            let words = match answer {
                Ok(status) => format!("{} answers {status}", self.address),
                Err(error) => format!("{} does not answer: {error:#}", self.address),
            };
            if words != said {
                // a reader that went away misses nothing that counts
                let _ = writeln!(say, "{words}");
                said = words;
            }
            if right || started.elapsed() > self.within {
                return right;
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn ask(&self) -> anyhow::Result<u16> {
        let tcp = TcpStream::connect_timeout(&self.address, PATIENCE).context("no connection")?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        let name = ServerName::try_from(self.name.clone()).context("no name of a server")?;
        let tls = ClientConnection::new(Arc::new(config()?), name)?;
        let mut stream = StreamOwned::new(tls, tcp);
        write!(stream, "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.path, self.name)?;
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).context("no answer")?;
        let status = line.split_whitespace().nth(1).and_then(|word| word.parse().ok());
        status.with_context(|| format!("`{}` is no HTTP", line.trim_end()))
    }
}

/// Only the status counts here: who answers is the business of the gate, which verifies.
fn config() -> anyhow::Result<ClientConfig> {
    let provider = Arc::new(default_provider());
    let anybody = Arc::new(Anybody(provider.clone()));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(anybody).with_no_client_auth())
}

#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_words_of_the_attack_are_understood() {
        let words = [
            "probe",
            "https://mcp.homelab.local/health",
            "--address",
            "192.168.1.200:443",
            "--until",
            "403",
            "--within",
            "30",
        ];
        let probe = Probe::parse(&words).unwrap();
        assert_eq!((probe.name.as_str(), probe.path.as_str(), probe.until), ("mcp.homelab.local", "/health", 403));
        assert!(Probe::parse(&words[..4]).is_err());
        assert!(
            Probe::parse(&["probe", "https://n/", "--address", "nobody", "--until", "403", "--within", "30"]).is_err()
        );
    }

    #[test]
    fn nobody_there_is_an_answer_too() {
        let words =
            ["probe", "https://mcp.homelab.local/", "--address", "127.0.0.1:1", "--until", "403", "--within", "0"];
        let mut said = Vec::new();
        assert!(!Probe::parse(&words).unwrap().run(&mut said));
        assert!(String::from_utf8(said).unwrap().contains("does not answer"));
    }
}
