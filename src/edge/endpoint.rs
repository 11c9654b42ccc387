//! The deployed server over HTTPS: dialled at its recorded address, verified by its public name and our CA alone.

use anyhow::Context as _;
use futures::StreamExt as _;
use homelab_mcp::config::CLIENT_ADDRESS;
use rmcp::model::{CallToolResult, DiscoverResult, ListToolsResult, Tool};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{answer::Answer, road::Road};
use crate::{
    clients::Platform,
    mcp::{self, Message, Reason, Trouble},
    secret::Secret,
};

/// Where the server is and how it is known.
#[derive(Clone, Debug)]
pub struct Target {
    /// `https://NAME/mcp`; the name is what the certificate must hold, it is never looked up.
    pub url: String,
    /// What is dialled, and how.
    pub road: Road,
    /// The certificates that are trusted, PEM. No other is, not even the system's.
    pub ca: String,
    pub key: Secret,
}

/// A client of the deployed server.
#[derive(Clone, Debug)]
pub struct Endpoint {
    http: reqwest::Client,
    url: reqwest::Url,
    at: SocketAddr,
    key: Secret,
    next_id: Arc<AtomicU64>,
}

/// How connections are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As a client: whatever HTTP the server offers, streams may stay open.
    Client,
    /// As many clients: HTTP/1.1, so that each call has a connection of its own; kept alive between calls.
    Crowd,
}

const CONNECT: Duration = Duration::from_secs(5);
/// The server breaks its silence after 10 s and then every 15 s.
const SILENCE: Duration = Duration::from_secs(60);

impl Endpoint {
    /// # Errors
    /// The URL is none with a name, or the CA is no certificate.
    pub fn new(target: &Target, manner: Manner) -> anyhow::Result<Self> {
        let mut url: reqwest::Url = target.url.parse().with_context(|| format!("`{}` is no URL", target.url))?;
        let name = url.domain().with_context(|| format!("`{}` has no host name", target.url))?.to_owned();
        // A port in the URL would be dialled instead of the recorded one.
        let _ = url.set_port(None);
        let roots = CertificateDer::pem_slice_iter(target.ca.as_bytes())
            .map(|certificate| Ok(reqwest::Certificate::from_der(&certificate?)?))
            .collect::<anyhow::Result<Vec<_>>>()
            .context("the CA is no PEM certificate")?;
        anyhow::ensure!(!roots.is_empty(), "the CA file holds no certificate");
        let client = reqwest::Client::builder()
            .tls_certs_only(roots)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .user_agent(concat!("homelabctl/", env!("CARGO_PKG_VERSION")));
        let client = target.road.lead(client, &name);
        let client = match manner {
            Manner::Crowd => client.http1_only(),
            // A laptop that slept finds its connection dead: notice before the person does.
            Manner::Client => {
                client.http2_keep_alive_interval(Duration::from_secs(10)).http2_keep_alive_timeout(CONNECT)
            }
        };
        let http = client.build().context("cannot prepare HTTPS")?;
        Ok(Self { http, url, at: target.road.at, key: target.key.clone(), next_id: Arc::default() })
    }

    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Sends one message; the answer comes message by message.
    ///
    /// # Errors
    /// No successful HTTP answer began.
    pub async fn send(&self, message: &Message) -> Result<Answer, Trouble> {
        Ok(Answer::new(self.post(message).await?, self.clone()))
    }

    async fn post(&self, message: &Message) -> Result<reqwest::Response, Trouble> {
        let mut request = self.http.post(self.url.clone()).bearer_auth(self.key.reveal());
        for (name, value) in &message.headers {
            request = request.header(*name, value);
        }
        let response = request.body(message.body.to_string()).send().await.map_err(|error| self.why(&error))?;
        let status = response.status();
        let json =
            response.headers().get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        // MCP's own errors come as JSON-RPC with a status of 400 or 404.
        if status.is_success() || (json && matches!(status.as_u16(), 400 | 404)) {
            return Ok(response);
        }
        let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = beginning(response).await;
        Err(mcp::refusal(status.as_u16(), wait.as_deref(), &body))
    }

    /// One request of ours, and its successful result.
    ///
    /// # Errors
    /// Everything else than a successful result.
    pub async fn ask(&self, method: &str, params: Value) -> Result<Value, Trouble> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let answer = self.send(&Message::request(id, method, params)).await?.last().await?;
        mcp::judge(&answer).cloned()
    }

    /// # Errors
    /// As [`Self::ask`].
    pub async fn discover(&self) -> Result<DiscoverResult, Trouble> {
        typed(self.ask("server/discover", Value::Null).await?)
    }

    /// All tools that the key may see.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn list_tools(&self) -> Result<Vec<Tool>, Trouble> {
        let mut tools = Vec::new();
        let mut params = Value::Null;
        loop {
            let page: ListToolsResult = typed(self.ask("tools/list", params).await?)?;
            tools.extend(page.tools);
            match page.next_cursor {
                Some(cursor) => params = json!({ "cursor": cursor }),
                None => return Ok(tools),
            }
        }
    }

    /// # Errors
    /// As [`Self::ask`]; a tool that reports a failure is one.
    pub async fn call_tool(&self, name: &str, arguments: Value) -> Result<CallToolResult, Trouble> {
        typed(self.ask("tools/call", json!({ "name": name, "arguments": arguments })).await?)
    }

    /// The answer of `/health`, which needs no key.
    ///
    /// # Errors
    /// No connection, or another status than success.
    pub async fn health(&self) -> Result<Value, Trouble> {
        let mut url = self.url.clone();
        url.set_path("/health");
        let response = self.http.get(url).timeout(CONNECT).send().await.map_err(|error| self.why(&error))?;
        let status = response.status();
        let body = beginning(response).await;
        if !status.is_success() {
            return Err(mcp::refusal(status.as_u16(), None, &body));
        }
        Ok(serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    /// The address that the server saw this call come from; `None` when it does not tell.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn seen_from(&self) -> Result<Option<IpAddr>, Trouble> {
        let response = self.post(&Message::request(0, "server/discover", Value::Null)).await?;
        let address = response.headers().get(CLIENT_ADDRESS).and_then(|address| address.to_str().ok());
        Ok(address.and_then(|address| address.parse().ok()))
    }

    /// What an error of the HTTP library means.
    pub(super) fn why(&self, error: &reqwest::Error) -> Trouble {
        if let Some(tls) = cause::<rustls::Error>(error) {
            return Trouble::because(Reason::Untrusted { at: self.at, why: tls.to_string() });
        }
        if error.is_timeout() {
            return Trouble::because(if error.is_connect() {
                Reason::Unreachable { at: self.at, why: "no answer".to_owned() }
            } else {
                Reason::TimedOut
            });
        }
        let io = cause::<std::io::Error>(error);
        match (error.is_connect(), io) {
            (true, Some(io)) => Trouble::of_connect(self.at, io.kind(), &io.to_string(), Platform::HERE),
            (true, None) => Trouble::because(Reason::Unreachable { at: self.at, why: deepest(error) }),
            (false, _) => Trouble::because(Reason::CutOff { why: deepest(error) }),
        }
    }
}

fn typed<T: DeserializeOwned>(result: Value) -> Result<T, Trouble> {
    serde_json::from_value(result).map_err(|error| Trouble::because(Reason::Garbled { why: error.to_string() }))
}

/// The first part of a body: enough for words, bounded whatever is sent.
async fn beginning(response: reqwest::Response) -> String {
    const ENOUGH: usize = 16 << 10;
    let mut text = Vec::new();
    let mut body = response.bytes_stream();
    while let Some(Ok(piece)) = body.next().await {
        text.extend_from_slice(&piece);
        if text.len() > ENOUGH {
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The deepest cause of that type. `io::Error` hides what it wraps from `source`, so it is unwrapped too.
fn cause<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    let mut found = error.downcast_ref::<T>();
    let mut next = Some(error);
    while let Some(here) = next {
        found = here.downcast_ref::<T>().or(found);
        let wrapped = here.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(inner) => Some(inner as &(dyn std::error::Error + 'static)),
            None => here.source(),
        };
    }
    found
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut here = error;
    while let Some(source) = here.source() {
        here = source;
    }
    here.to_string()
}
