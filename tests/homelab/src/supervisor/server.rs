//! The supervisor itself.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use nix::errno::Errno;
use nix::sys::signal::{self, Signal};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::Pid;

use super::{Answer, BOOT, FAILED, Request, SERVICES, SOCKET, Service, State, Status};

/// How long a service that asked for it stays down before it is started again.
const PAUSE_BEFORE_RESTART: Duration = Duration::from_secs(1);
/// Last lines of a log that explain an end.
const LAST_LINES: usize = 6;

/// `supervisor`: serves on the node's fixed socket until the node is powered off.
pub fn main(_args: Vec<String>) -> ExitCode {
    match serve(Path::new(SOCKET), Path::new(FAILED), boot) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "supervisor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// What a start of the node brings up.
fn boot(table: &Table) {
    for path in files(Path::new(SERVICES)) {
        let service = fs::read(&path).map_err(anyhow::Error::from).and_then(|text| Ok(serde_json::from_slice(&text)?));
        if let Err(error) = service.and_then(|service| table.start(&service)) {
            table.write_down(&format!("{}: {error:#}\n", path.display()));
        }
    }
    for path in files(Path::new(BOOT)) {
        let name = format!("boot-{}", path.file_stem().unwrap_or_default().display());
        let mut service = Service::new(&name, [path.display().to_string()]);
        service.log_path = "/var/log/homelab/boot.log".into();
        if let Err(error) = table.once(&service) {
            table.write_down(&format!("{}: {error:#}\n", path.display()));
        }
    }
}

/// By name; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Listens on `socket` and returns after a power-off; notes unasked ends in `failed`.
pub(crate) fn serve(socket: &Path, failed: &Path, boot: fn(&Table)) -> Result<()> {
    for folder in [socket.parent(), failed.parent()].into_iter().flatten() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let _ = fs::remove_file(socket);
    let listener = UnixListener::bind(socket).with_context(|| format!("cannot listen on {}", socket.display()))?;
    let table = Arc::new(Table { rows: Mutex::default(), changed: Condvar::new(), failed: failed.to_owned() });
    let reaper = Arc::clone(&table);
    thread::spawn(move || reaper.collect());
    let starter = Arc::clone(&table);
    thread::spawn(move || boot(&starter));
    let (off, power) = std::sync::mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (table, off) = (Arc::clone(&table), off.clone());
            thread::spawn(move || {
                if let Ok(Request::PowerOff) = converse(&table, stream) {
                    let _ = off.send(());
                }
            });
        }
    });
    power.recv().context("the listener has ended")
}

/// One request, one answer.
fn converse(table: &Arc<Table>, mut stream: UnixStream) -> Result<Request> {
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line)?;
    let answer = match &request {
        Request::Start(service) => table.start(service).map(|pid| Answer::Started { pid }),
        Request::Stop { name, signal, wait_ms } => {
            table.stop(name, *signal, Duration::from_millis(*wait_ms)).map(|()| Answer::Done)
        }
        Request::Signal { name, signal } => table.signal(name, *signal).map(|()| Answer::Done),
        Request::List => Ok(Answer::List(table.list())),
        Request::PowerOff => {
            table.stop_all();
            Ok(Answer::Done)
        }
    };
    let answer = answer.unwrap_or_else(|error| Answer::Refused(format!("{error:#}")));
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    stream.write_all(text.as_bytes())?;
    Ok(request)
}

struct Row {
    service: Service,
    pid: Option<i32>,
    state: State,
    /// Its end is no failure: somebody asked for it, or it was meant to end.
    stopping: bool,
}

pub(crate) struct Table {
    rows: Mutex<Vec<Row>>,
    changed: Condvar,
    failed: PathBuf,
}

impl Table {
    fn rows(&self) -> MutexGuard<'_, Vec<Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, service: &Service) -> Result<i32> {
        self.launch(service, false)
    }

    /// The table stays locked until the pid is in it: the collector cannot overlook a child that ends at once.
    fn launch(&self, service: &Service, stopping: bool) -> Result<i32> {
        let mut rows = self.rows();
        let known = rows.iter().position(|row| row.service.name == service.name);
        if let Some(pid) = known.and_then(|at| rows[at].pid) {
            bail!("{} runs already, pid {pid}", service.name);
        }
        let pid = spawn(service)?;
        let row = Row { service: service.clone(), pid: Some(pid), state: State::Running, stopping };
        match known {
            Some(at) => rows[at] = row,
            None => rows.push(row),
        }
        Ok(pid)
    }

    /// Starts what ends by itself, and waits for that; how it ends is its own business.
    fn once(&self, service: &Service) -> Result<()> {
        self.launch(service, true)?;
        let mut rows = self.rows();
        while rows.iter().any(|row| row.service.name == service.name && row.pid.is_some()) {
            rows = self.changed.wait(rows).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(())
    }

    fn stop(&self, name: &str, number: i32, wait: Duration) -> Result<()> {
        let first = Signal::try_from(number).with_context(|| format!("{number} is no signal"))?;
        let mut rows = self.rows();
        for (signal, patience) in [(first, wait), (Signal::SIGKILL, Duration::from_secs(5))] {
            let Some(row) = rows.iter_mut().find(|row| row.service.name == name) else {
                return Ok(());
            };
            row.stopping = true;
            let Some(pid) = row.pid else {
                row.state = State::Stopped;
                return Ok(());
            };
            let _ = signal::kill(Pid::from_raw(pid), signal);
            let until = Instant::now() + patience;
            while Instant::now() < until && rows.iter().any(|row| row.pid == Some(pid)) {
                let left = until.saturating_duration_since(Instant::now());
                rows = self.changed.wait_timeout(rows, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            if !rows.iter().any(|row| row.pid == Some(pid)) {
                return Ok(());
            }
        }
        Err(anyhow!("{name} does not end"))
    }

    fn signal(&self, name: &str, number: i32) -> Result<()> {
        let signal = Signal::try_from(number).with_context(|| format!("{number} is no signal"))?;
        let pid = self.rows().iter().find(|row| row.service.name == name).and_then(|row| row.pid);
        let Some(pid) = pid else { bail!("{name} does not run") };
        signal::kill(Pid::from_raw(pid), signal).with_context(|| format!("cannot signal {name}"))
    }

    fn list(&self) -> Vec<Status> {
        let status = |row: &Row| Status { name: row.service.name.clone(), pid: row.pid, state: row.state };
        self.rows().iter().map(status).collect()
    }

    fn stop_all(&self) {
        let names: Vec<String> = self.rows().iter().map(|row| row.service.name.clone()).collect();
        for name in names.iter().rev() {
            let _ = self.stop(name, Signal::SIGTERM as i32, Duration::from_secs(3));
        }
    }

    /// Waits for every process that ends in the node: services, and orphans that PID 1 inherits.
    fn collect(self: Arc<Self>) {
        loop {
            match waitpid(None, None) {
                Ok(WaitStatus::Exited(pid, code)) => self.ended(pid, &format!("exit code {code}")),
                Ok(WaitStatus::Signaled(pid, signal, _)) => self.ended(pid, &format!("killed by {signal}")),
                Err(Errno::ECHILD) => thread::sleep(Duration::from_millis(50)),
                Ok(_) | Err(_) => (),
            }
        }
    }

    fn ended(self: &Arc<Self>, pid: Pid, how: &str) {
        let mut rows = self.rows();
        let Some(row) = rows.iter_mut().find(|row| row.pid == Some(pid.as_raw())) else {
            return;
        };
        row.pid = None;
        if row.stopping {
            row.state = State::Stopped;
        } else {
            row.state = State::Ended;
            self.note(&row.service, how);
            if row.service.restart {
                let (table, service) = (Arc::clone(self), row.service.clone());
                thread::spawn(move || table.restart(&service));
            }
        }
        self.changed.notify_all();
    }

    fn restart(&self, service: &Service) {
        thread::sleep(PAUSE_BEFORE_RESTART);
        let wanted = |row: &Row| row.service.name == service.name && row.state == State::Ended;
        if self.rows().iter().any(wanted) {
            let _ = self.start(service);
        }
    }

    fn note(&self, service: &Service, how: &str) {
        let mut text = format!("{} has ended: {how}\n", service.name);
        for line in last_lines(&service.log_path) {
            text.push_str(&format!("  {line}\n"));
        }
        self.write_down(&text);
    }

    fn write_down(&self, text: &str) {
        let file = OpenOptions::new().create(true).append(true).open(&self.failed);
        let _ = file.and_then(|mut file| file.write_all(text.as_bytes()));
    }
}

fn spawn(service: &Service) -> Result<i32> {
    let [program, args @ ..] = service.argv.as_slice() else { bail!("{} has no program", service.name) };
    if let Some(folder) = service.log_path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let log = OpenOptions::new().create(true).append(true).open(&service.log_path);
    let log = log.with_context(|| format!("cannot open {}", service.log_path.display()))?;
    let child = Command::new(program)
        .args(args)
        .envs(service.env.iter().map(|(key, value)| (key, value)))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        // A group of its own: a signal for a service never reaches its neighbours.
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot start {}: {program}", service.name))?;
    Ok(i32::try_from(child.id())?)
}

/// The end of a log, each line cut to what a person reads.
pub(crate) fn last_lines(path: &Path) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(16 * 1024)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let from = lines.len().saturating_sub(LAST_LINES);
    lines[from..].iter().map(|line| line.chars().take(400).collect()).collect()
}

#[cfg(test)]
mod tests;
