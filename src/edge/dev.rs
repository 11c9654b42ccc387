//! The server as a process of this machine, with throw-away certificates and a throw-away key.

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::Context as _;
use homelab_mcp::keys::{Record, Scope, Token};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};

use super::{
    build,
    endpoint::{Endpoint, Manner},
    files, recorded, store,
};
use crate::{
    config::Config,
    dev::{self, Layout},
    keys::KeyName,
    store::Store,
    tls::Authority,
};

/// A server that runs until it is stopped. Its folder goes with it.
pub struct Dev {
    pub at: SocketAddr,
    pub store: Store,
    pub key: KeyName,
    child: Child,
    /// Waiting for a child closes its stdin, so it is held here.
    _lifeline: ChildStdin,
    lines: mpsc::UnboundedReceiver<String>,
    last: Arc<Mutex<VecDeque<String>>>,
    patience: Duration,
    /// Removed on drop.
    _folder: tempfile::TempDir,
}

/// How `run` came to its end.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Told,
    /// The server ended by itself.
    Died(String),
}

const START: Duration = Duration::from_secs(20);
const KEPT: usize = 20;

/// The server's program: the one of the checkout that `here` or this program lies in, built now, or the one beside this program.
///
/// # Errors
/// It does not build, or there is none.
pub async fn program(here: &Path, tell: &dyn Fn(&str)) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("this program does not know where it is")?;
    for folder in [here, &own] {
        if let Some(checkout) = build::checkout(folder).await? {
            return build::for_this_machine(&checkout, tell).await;
        }
    }
    let beside = own.with_file_name("homelab-mcp");
    anyhow::ensure!(beside.exists(), "there is no server to run: no checkout here, and no {}", beside.display());
    Ok(beside)
}

/// An address on loopback that nobody listens on; port 0 is any.
///
/// # Errors
/// Somebody listens there already.
pub fn free(port: u16) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .with_context(|| format!("port {port} of this machine cannot be used"))?;
    Ok(listener.local_addr()?)
}

impl Dev {
    /// Makes CA, certificate and key, starts the server, waits until it answers.
    ///
    /// # Errors
    /// Something cannot be written, or the server does not come up; its last words are part of the message.
    pub async fn start(config: &Config, program: &Path, at: SocketAddr) -> anyhow::Result<Self> {
        let temporary = tempfile::Builder::new().prefix("homelabctl-dev-").tempdir().context("cannot make a folder")?;
        let layout = Layout::in_folder(temporary.path().to_owned());
        let store = Store::at(layout.folder().join("state"));
        let key: KeyName = "dev".parse().map_err(anyhow::Error::msg)?;
        write(config, &layout, &store, &key, at)?;
        let mut child = Command::new(program)
            .args(["serve", "--config"])
            .arg(layout.settings())
            // it ends with this end of the pipe, even when nobody is left to tell it
            .arg("--until-eof")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is meant for us; the server is ended with its drain.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let lifeline = child.stdin.take().context("the server has no stdin")?;
        let (say, lines) = mpsc::unbounded_channel();
        let last = Arc::<Mutex<VecDeque<String>>>::default();
        follow(child.stdout.take(), say.clone(), last.clone());
        follow(child.stderr.take(), say, last.clone());
        let patience = Duration::from_secs(u64::from(config.server.settings.limits.drain_seconds) + 5);
        let mut dev = Self { at, store, key, child, _lifeline: lifeline, lines, last, patience, _folder: temporary };
        dev.until_ready().await?;
        Ok(dev)
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let target = recorded::look(&self.store, &self.key)?.target(None).context("the record was not written")?;
        let endpoint = Endpoint::new(&target, Manner::Client)?;
        let began = tokio::time::Instant::now();
        loop {
            let Err(trouble) = endpoint.discover().await else { return Ok(()) };
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("the server ended at once ({status})\n{}", self.last_words());
            }
            if began.elapsed() > START {
                anyhow::bail!("the server does not answer: {trouble}\n{}", self.last_words());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Tells each line that the server logs, until the person ends it (Ctrl-C, or a signal) or it ends by itself.
    ///
    /// # Errors
    /// Signals cannot be heard.
    pub async fn run(mut self, tell: &dyn Fn(&str)) -> anyhow::Result<End> {
        let mut terminated = signal(SignalKind::terminate())?;
        let mut hung_up = signal(SignalKind::hangup())?;
        loop {
            tokio::select! {
                Some(line) = self.lines.recv() => tell(&line),
                ended = self.child.wait() => {
                    let status = ended.context("cannot wait for the server")?;
                    return Ok(End::Died(format!("{status}\n{}", self.last_words())));
                }
                _ = tokio::signal::ctrl_c() => break,
                _ = terminated.recv() => break,
                _ = hung_up.recv() => break,
            }
        }
        self.stop().await;
        Ok(End::Told)
    }

    /// Lets running calls end; a second Ctrl-C does not wait for them.
    async fn stop(&mut self) {
        if let Some(pid) = self.child.id().and_then(|pid| i32::try_from(pid).ok()) {
            // It may have ended in this moment.
            let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
        }
        tokio::select! {
            _ = self.child.wait() => return,
            () = tokio::time::sleep(self.patience) => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        let _ = self.child.kill().await;
    }

    fn last_words(&self) -> String {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().map(String::as_str).collect::<Vec<_>>().join("\n")
    }
}

fn write(config: &Config, layout: &Layout, store: &Store, key: &KeyName, at: SocketAddr) -> anyhow::Result<()> {
    let now = time::OffsetDateTime::now_utc();
    let ca = Authority::create("homelabctl dev", &dev::constraints(config), now)?;
    let leaf = Authority::load(&ca.certificate, &ca.key)?.issue(&dev::names(config), now)?;
    let settings = dev::settings(config, layout, at, free(0)?);
    let token = Token::generate(&ring::rand::SystemRandom::new()).ok().context("this machine gives no randomness")?;
    let record = Record::new(key.as_str(), &token, &Scope::ALL, now, None);
    files::make_folder(&layout.files())?;
    files::replace(&layout.certificate(), leaf.certificate.as_bytes(), 0o644)?;
    files::replace(&layout.certificate_key(), leaf.key.as_bytes(), 0o600)?;
    files::replace(&layout.settings(), serde_yaml::to_string(&settings)?.as_bytes(), 0o600)?;
    files::replace(&layout.records().join(record.entry_name()), &record.to_bytes(), 0o600)?;
    store::save_connection(store, &dev::connection(config, at))?;
    store::save_ca(store, &ca.certificate)?;
    store::save_key(store, key, &token)
}

fn follow(
    stream: Option<impl tokio::io::AsyncRead + Unpin + Send + 'static>,
    say: mpsc::UnboundedSender<String>,
    last: Arc<Mutex<VecDeque<String>>>,
) {
    let Some(stream) = stream else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.len() == KEPT {
                last.pop_front();
            }
            last.push_back(line.clone());
            drop(last);
            // Nobody listens before `run`; the lines wait there.
            let _ = say.send(line);
        }
    });
}
