//! Talks to the supervisor of a node.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{Answer, Request, SOCKET, Service, Status};

/// A connection for each request, so that a client is nothing but an address.
#[derive(Debug, Clone)]
pub struct Client {
    socket: PathBuf,
}

impl Client {
    /// The supervisor of the node that this process runs on.
    pub fn local() -> Self {
        Self::at(Path::new(SOCKET))
    }

    pub fn at(socket: &Path) -> Self {
        Self { socket: socket.to_owned() }
    }

    /// Starts a service and returns its pid; one that runs already is refused.
    pub fn start(&self, service: &Service) -> Result<i32> {
        match self.ask(&Request::Start(service.clone()))? {
            Answer::Started { pid } => Ok(pid),
            other => unexpected(&other),
        }
    }

    /// Sends `signal`, waits at most `wait`, then kills. One that is not running, or not known, is fine.
    pub fn stop(&self, name: &str, signal: i32, wait: Duration) -> Result<()> {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.done(&Request::Stop { name: name.to_owned(), signal, wait_ms })
    }

    /// Sends a signal without meaning to stop the service: what then ends has ended unasked.
    pub fn signal(&self, name: &str, signal: i32) -> Result<()> {
        self.done(&Request::Signal { name: name.to_owned(), signal })
    }

    /// Every service ever started, in the order of their first start.
    pub fn list(&self) -> Result<Vec<Status>> {
        match self.ask(&Request::List)? {
            Answer::List(list) => Ok(list),
            other => unexpected(&other),
        }
    }

    /// Shuts the node down; the answer comes when every service has ended.
    pub fn power_off(&self) -> Result<()> {
        self.done(&Request::PowerOff)
    }

    fn done(&self, request: &Request) -> Result<()> {
        match self.ask(request)? {
            Answer::Done => Ok(()),
            other => unexpected(&other),
        }
    }

    fn ask(&self, request: &Request) -> Result<Answer> {
        let mut stream =
            UnixStream::connect(&self.socket).with_context(|| format!("no supervisor at {}", self.socket.display()))?;
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        stream.write_all(line.as_bytes())?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).context("the supervisor did not answer")?;
        match serde_json::from_str(&answer).context("the supervisor's answer is not understood")? {
            Answer::Refused(why) => bail!("{why}"),
            answer => Ok(answer),
        }
    }
}

fn unexpected<T>(answer: &Answer) -> Result<T> {
    bail!("the supervisor gave another kind of answer: {answer:?}")
}
