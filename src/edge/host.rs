//! The host over SSH: one multiplexed connection of the real OpenSSH, argv in, exit code and output out.

use super::host_key;
use crate::{
    failure::{Cause, Kind},
    secret::Secret,
    step::{Cmd, Privilege},
};
use anyhow::Context as _;
use openssh::{ControlPersist, ForwardType, KnownHosts, Session, SessionBuilder, Socket, Stdio};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    sync::Semaphore,
};

/// How long our ssh stays when nobody uses it.
const IDLE: Duration = Duration::from_secs(60);

/// Where to connect to, as the person would say it to `ssh`.
#[derive(Debug, Clone)]
pub struct Target {
    pub address: String,
    pub user: String,
    pub port: u16,
    /// `SHA256:…` of a key to accept at the first contact.
    pub host_key: Option<String>,
    /// A person sits at a terminal and can answer ssh's own questions.
    pub interactive: bool,
}

impl Target {
    pub fn destination(&self) -> String {
        format!("{}@{}", self.user, self.address)
    }
}

/// How to become root.
#[derive(Debug, Clone)]
pub enum Sudo {
    NoPassword,
    Password(Secret),
}

/// What a command said and how it ended. 124 means that our time limit ended it, 127 that there is no such program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// # Errors
    /// The command failed: its words are the error's.
    pub fn success(self, what: &Cmd) -> anyhow::Result<Self> {
        if self.code == 0 {
            return Ok(self);
        }
        let words = if self.stderr.trim().is_empty() { self.stdout.trim() } else { self.stderr.trim() };
        if self.code == 124 {
            anyhow::bail!("`{what}` did not end within {} s and was ended\n{words}", what.within.as_secs());
        }
        anyhow::bail!("`{what}` failed with exit code {}\n{words}", self.code)
    }
}

/// One connection to the host. It ends with the value; a killed program's connection ends by itself after a minute.
pub struct Host {
    session: Arc<Session>,
    /// sshd refuses more than MaxSessions (10) at a time and frees them late.
    slots: Semaphore,
    folder: tempfile::TempDir,
    sudo: Option<Sudo>,
    target: Target,
}

impl Host {
    /// Connects with the person's own ssh config, agent and known hosts.
    ///
    /// # Errors
    /// Refused, unknown or changed host key, no key accepted, no answer: each with its cure.
    pub async fn connect(target: &Target) -> anyhow::Result<Self> {
        if target.address.is_empty() || target.address.starts_with('-') {
            return Err(Cause::new(
                Kind::Usage,
                format!("`{}` is not a host name", target.address),
                "set host.address in homelab.yaml",
            )
            .into());
        }
        // /tmp and not $TMPDIR: macOS allows 104 bytes for the path of a socket
        let folder = tempfile::Builder::new()
            .prefix("hl-")
            .tempdir_in("/tmp")
            .context("cannot make a folder for the connection")?;
        let config = folder.path().join("config");
        // ssh reads -o options before files, and openssh passes none of ours: so a file that includes the person's
        let text = "Host *\n  StreamLocalBindUnlink yes\n  StreamLocalBindMask 0177\n  ServerAliveInterval 5\n  ServerAliveCountMax 3\n  ForwardAgent no\n  ForwardX11 no\n  RequestTTY no\n  ControlMaster no\nInclude ~/.ssh/config\nInclude /etc/ssh/ssh_config\n";
        super::files::replace(&config, text.as_bytes(), 0o600)?;
        let session = match open(target, &config, folder.path()).await {
            Err(error) if host_key::is_unknown(&error) => {
                host_key::first_contact(target, folder.path()).await?;
                open(target, &config, folder.path()).await
            }
            other => other,
        };
        let session = Arc::new(session.map_err(|error| host_key::explain(target, &error))?);
        keep_alive(Arc::downgrade(&session));
        Ok(Self { session, slots: Semaphore::new(4), folder, sudo: None, target: target.clone() })
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// How the commands with [`Privilege::Root`] become root from now on.
    pub fn set_sudo(&mut self, sudo: Sudo) {
        self.sudo = Some(sudo);
    }

    /// Runs the command and waits for its end, which its time limit assures on the host as well.
    ///
    /// # Errors
    /// The connection was lost. A command that fails is an [`Output`].
    pub async fn run(&self, cmd: &Cmd) -> anyhow::Result<Output> {
        self.run_telling(cmd, |_| ()).await
    }

    /// The same, telling each line of stdout as it comes.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_telling(&self, cmd: &Cmd, mut tell: impl FnMut(&str)) -> anyhow::Result<Output> {
        let (argv, password) = self.privileged(cmd);
        let _slot = self.slots.acquire().await?;
        let mut child =
            self.spawn(&argv).await.with_context(|| format!("cannot run `{cmd}` on {}", self.target.address))?;
        let mut stdin = child.stdin().take().context("no stdin")?;
        let mut stderr = child.stderr().take().context("no stderr")?;
        let mut stdout = BufReader::new(child.stdout().take().context("no stdout")?);
        let feed = async move {
            if let Some(password) = password {
                // a command that ended without reading is judged by its exit code
                let _ = stdin.write_all(format!("{}\n", password.reveal()).as_bytes()).await;
            }
            let _ = stdin.shutdown().await;
        };
        let read_out = async {
            let (mut text, mut line) = (String::new(), Vec::new());
            while stdout.read_until(b'\n', &mut line).await? > 0 {
                let piece = String::from_utf8_lossy(&line).into_owned();
                tell(piece.trim_end());
                text.push_str(&piece);
                line.clear();
            }
            Ok::<_, std::io::Error>(text)
        };
        let read_err = async {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).await.map(|_| String::from_utf8_lossy(&bytes).into_owned())
        };
        let ((), out, err) = tokio::join!(feed, read_out, read_err);
        let status = match child.wait().await {
            Ok(status) => status.code().unwrap_or(-1),
            Err(openssh::Error::Remote(error)) if error.kind() == std::io::ErrorKind::NotFound => 127,
            Err(error) => {
                return Err(host_key::lost(&self.target, &error)).with_context(|| format!("while running `{cmd}`"));
            }
        };
        Ok(Output { code: status, stdout: out?, stderr: err? })
    }

    /// sudo by exit code and never by wording, the password alone on stdin; the limit inside, so that it can end what root started.
    fn privileged(&self, cmd: &Cmd) -> (Vec<String>, Option<Secret>) {
        let limit = cmd.within.as_secs().max(1).to_string();
        let mut argv: Vec<String> = Vec::new();
        let mut password = None;
        if cmd.privilege == Privilege::Root {
            match &self.sudo {
                Some(Sudo::Password(secret)) => {
                    argv.extend(["sudo", "-k", "-S", "-p", "", "--"].map(Into::into));
                    password = Some(secret.clone());
                }
                _ => argv.extend(["sudo", "-n", "--"].map(Into::into)),
            }
        }
        argv.extend(["timeout".into(), "--kill-after=5".into(), limit]);
        argv.extend(cmd.argv.iter().cloned());
        (argv, password)
    }

    async fn spawn<'s>(&'s self, argv: &[String]) -> Result<openssh::Child<&'s Session>, openssh::Error> {
        let mut tries = 0u32;
        loop {
            let mut command = self.session.command(argv[0].as_str());
            command.args(&argv[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            match command.spawn().await {
                // sshd frees a session a little after its command has ended
                Err(openssh::Error::SshMux(error)) if tries < 6 && error.to_string().contains("efused") => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(50 << tries)).await;
                }
                other => return other,
            }
        }
    }

    /// Writes a root-owned file: bytes go to a private file of the person, root installs it beside its place and renames.
    /// So data never shares a stdin with sudo's password, and the file is never half written.
    ///
    /// # Errors
    /// A step failed, for instance because the disk is full; the old file is then as it was.
    pub async fn write(&self, path: &str, mode: u32, bytes: &[u8]) -> anyhow::Result<()> {
        let staged = self.stage(bytes).await?;
        let new = format!("{path}.homelabctl-new");
        let folder = path.rsplit_once('/').map_or("/", |(folder, _)| if folder.is_empty() { "/" } else { folder });
        let mode = format!("{mode:04o}");
        let steps = [
            Cmd::root(["mkdir", "-p", folder]),
            Cmd::root(["install", "-o", "root", "-g", "root", "-m", &mode, &staged, &new]),
            Cmd::root(["mv", "-T", "-f", &new, path]),
        ];
        let mut result = Ok(());
        for step in &steps {
            result = self.run(step).await?.success(step).map(drop);
            if result.is_err() {
                self.run(&Cmd::root(["rm", "-f", &new])).await?;
                break;
            }
        }
        self.run(&Cmd::user(["rm", "-f", &staged])).await?;
        result.with_context(|| format!("cannot write {path} on {}", self.target.address))
    }

    /// Puts bytes into a new private file (0600) of the person on the host and says where.
    ///
    /// # Errors
    /// The file cannot be written, or arrived short.
    pub async fn stage(&self, bytes: &[u8]) -> anyhow::Result<String> {
        self.run(&self.sweep()).await?;
        let make = Cmd::user(["mktemp", "-p", "/var/tmp", "homelabctl-XXXXXXXX"]);
        let path = self.run(&make).await?.success(&make)?.stdout.trim().to_owned();
        let _slot = self.slots.acquire().await?;
        let argv =
            ["timeout", "--kill-after=5", "600", "dd", &format!("of={path}"), "bs=1M", "conv=fsync", "status=none"]
                .map(str::to_owned);
        let mut child = self.spawn(&argv).await.context("cannot send a file to the host")?;
        let mut stdin = child.stdin().take().context("no stdin")?;
        let feed = async move {
            stdin.write_all(bytes).await?;
            stdin.shutdown().await
        };
        let (fed, output) = tokio::join!(feed, child.wait_with_output());
        let output = output.map_err(|error| host_key::lost(&self.target, &error))?;
        if !output.status.success() || fed.is_err() {
            drop(_slot);
            self.run(&Cmd::user(["rm", "-f", &path])).await?;
            anyhow::bail!(
                "cannot store {} bytes on {}: {}",
                bytes.len(),
                self.target.address,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(path)
    }

    /// Removes what killed runs have staged. Sending ends within ten minutes and so does what reads the file, so nobody uses
    /// one that is an hour old; a younger one may be another run's.
    fn sweep(&self) -> Cmd {
        let user = self.target.user.as_str();
        let ours = ["-type", "f", "-user", user, "-name", "homelabctl-????????"];
        Cmd::user([&["find", "/var/tmp", "-maxdepth", "1"], &ours[..], &["-mmin", "+60", "-delete"]].concat())
    }

    /// Forwards a unix socket of this machine to an address as the host reaches it. The forward accepts even when nothing listens there.
    ///
    /// # Errors
    /// sshd forbids it.
    pub async fn forward(&self, name: &str, to: SocketAddr) -> anyhow::Result<PathBuf> {
        let socket = self.folder.path().join(name);
        if socket.exists() {
            // ssh answers a second request for the same forward with yes and does not listen anew
            return Ok(socket);
        }
        let cure = "allow it for this user in /etc/ssh/sshd_config: AllowTcpForwarding local";
        self.session
            .request_port_forward(
                ForwardType::Local,
                Socket::from(socket.as_path()),
                Socket::new(to.ip().to_string(), to.port()),
            )
            .await
            .map_err(|error| {
                Cause::new(Kind::Failed, format!("the host's sshd does not forward ports ({error})"), cure)
            })?;
        Ok(socket)
    }
}

/// Our ssh ends by itself after a minute in which nobody used it, so that a killed run leaves none behind. While this run is
/// busy elsewhere, building the server for instance, somebody has to use it.
fn keep_alive(session: Weak<Session>) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(IDLE / 4).await;
            let Some(session) = session.upgrade() else { return };
            // a connection that is lost is told by the next command
            let _ = session.check().await;
        }
    });
}

async fn open(target: &Target, config: &Path, folder: &Path) -> Result<Session, openssh::Error> {
    let mut builder = SessionBuilder::default();
    builder
        .user(target.user.clone())
        .port(target.port)
        .known_hosts_check(KnownHosts::Strict)
        .config_file(config)
        .connect_timeout(Duration::from_secs(10))
        .control_directory(folder)
        .control_persist(ControlPersist::IdleFor((IDLE.as_secs() as usize).try_into().expect("a minute is not zero")));
    builder.connect_mux(&target.address).await
}
