//! Starts a bed and brings it into a state.

use std::fs::{self, File};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::programs::{self, Homelabctl};
use super::{Bed, Plan, cgroup, keys, lan, write_json};
use crate::tree::Tree;
use crate::{cache, parts, say};

/// How far a bed is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A host with sshd and henry; no snap is installed
    Bare,
    /// After `homelabctl setup`
    Installed,
    /// After `homelabctl deploy`: one proven release, and a key in the laptop's HOME
    Deployed,
}

/// What sudo wants of henry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Sudo {
    /// Nothing
    Free,
    /// His password, which is `homelab`
    Password,
}

#[derive(Debug, Clone)]
pub struct Options {
    pub state: State,
    pub nodes: u8,
    pub sudo: Sudo,
    /// What the laptop has as `homelabctl`.
    pub homelabctl: Homelabctl,
    /// The program `homelab`, when the caller is another one, such as a test.
    pub driver: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { state: State::Bare, nodes: 1, sudo: Sudo::Free, homelabctl: Homelabctl::Checkout, driver: None }
    }
}

/// Brings the bed up; one that is up in that state is left alone, one in another state is refused.
pub fn up(bed: &Bed, options: &Options) -> Result<()> {
    let start = Instant::now();
    crate::machine::check()?;
    let _alone = alone(bed)?;
    if bed.init().is_some() && state(bed).is_some() {
        return already_up(bed, options.state);
    }
    // What a start that was interrupted has left.
    super::down(bed)?;
    let (tree, parts) = {
        let cache = cache::root()?;
        let _lock = cache::lock(&cache)?;
        let tree = Tree::ensure(&cache)?;
        let parts = parts::ensure(&cache, &tree)?;
        (tree, parts)
    };
    let homelabctl = programs::homelabctl(&options.homelabctl)?;
    let plan = Plan {
        name: bed.name.clone(),
        folder: bed.folder.clone(),
        nodes: options.nodes,
        sudo: options.sudo,
        tree: tree.root.clone(),
        cache: cache::root()?,
        addons: Path::new(env!("CARGO_MANIFEST_DIR")).join("addons"),
        parts,
        owner: std::env::var("HOMELAB_OWNER").ok().and_then(|pid| pid.parse().ok()),
    };
    let built = start.elapsed();
    let started =
        prepare(bed, &tree, &plan, options.driver.as_deref(), homelabctl.as_deref()).and_then(|()| run(bed, &plan));
    if let Err(error) = started {
        let evidence = evidence(bed);
        let _ = super::down(bed);
        return Err(if evidence.is_empty() { error } else { error.context(evidence) });
    }
    remember(bed, State::Bare)?;
    let took = (start.elapsed() - built).as_secs_f64();
    say::tell(&format!("the bed {} is up: henry@{} answers, nothing is installed  [{took:.1} s]", bed.name, lan::HOST));
    advance(bed, options.state)
}

/// Only one `up` at a time for a bed: a name that the kernel forgets with this process.
fn alone(bed: &Bed) -> Result<UnixListener> {
    let name = SocketAddr::from_abstract_name(format!("homelab-bed-{}", bed.name))?;
    UnixListener::bind_addr(&name).map_err(|_| anyhow!("the bed {:?} is being started by another process", bed.name))
}

/// The state that `up` has reached, kept in the bed's folder.
pub(crate) fn state(bed: &Bed) -> Option<State> {
    super::read_json(&bed.folder.join("state.json")).ok()
}

fn remember(bed: &Bed, state: State) -> Result<()> {
    write_json(&bed.folder.join("state.json"), &state)
}

fn already_up(bed: &Bed, wanted: State) -> Result<()> {
    let name = |state: State| format!("{state:?}").to_lowercase();
    match state(bed) {
        Some(state) if state == wanted => {
            say::tell(&format!("the bed {} is up and {} already", bed.name, name(state)));
            Ok(())
        }
        state => bail!(
            "the bed {:?} is up and {}, not {}\nhelp: {} down",
            bed.name,
            state.map_or("not finished".to_owned(), name),
            name(wanted),
            bed.command()
        ),
    }
}

/// Everything on disk that the bed's processes need.
fn prepare(bed: &Bed, tree: &Tree, plan: &Plan, driver: Option<&Path>, homelabctl: Option<&Path>) -> Result<()> {
    // What a killed bed of that name has left.
    cgroup::sweep(&bed.name)?;
    cache::remove(&bed.folder)?;
    for name in ["run", "log", "disk", "etc", "home", "bin"] {
        fs::create_dir_all(bed.folder.join(name))?;
    }
    fs::set_permissions(&bed.folder, fs::Permissions::from_mode(0o700))?;
    // A copy: the driver may be built anew while the bed runs.
    let driver = driver.map_or_else(programs::driver, |path| Ok(path.to_owned()))?;
    fs::copy(driver, bed.folder.join("driver")).context("cannot copy the driver")?;
    keys::make(tree, &bed.folder, plan.nodes)?;
    programs::laptop(bed, tree, plan, homelabctl)?;
    write_json(&bed.folder.join("plan.json"), plan)
}

/// Starts the monitor and waits until every node's sshd answers.
fn run(bed: &Bed, plan: &Plan) -> Result<()> {
    let log = File::create(bed.folder.join("log/monitor.log"))?;
    let monitor = Command::new(bed.folder.join("driver"))
        .arg("__monitor")
        .arg(&bed.folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("cannot start the bed's monitor")?;
    let until = Instant::now() + Duration::from_secs(60);
    let ended = bed.folder.join("run/ended");
    while !bed.folder.join("run/pids.json").exists() {
        if ended.exists() || !Path::new(&format!("/proc/{}", monitor.id())).exists() {
            bail!("the bed has ended while it was started");
        }
        if Instant::now() > until {
            bail!("the bed has not started within a minute");
        }
        thread::sleep(Duration::from_millis(10));
    }
    for number in 1..=plan.nodes {
        wait_for_sshd(bed, number, until)?;
    }
    fs::write(bed.folder.join("run/ready"), "")?;
    Ok(())
}

pub(crate) fn wait_for_sshd(bed: &Bed, number: u8, until: Instant) -> Result<()> {
    let (address, _) = lan::node(number);
    loop {
        if let Some(failed) = bed.failed(number)? {
            bail!("a part of node {number} has ended:\n{failed}");
        }
        let probe =
            bed.laptop(["bash", "-c", &format!("read -t 1 -r line </dev/tcp/{address}/22 && [[ $line = SSH-* ]]")]);
        let answered = probe?.stdin(Stdio::null()).stderr(Stdio::null()).status();
        if answered.is_ok_and(|status| status.success()) {
            return Ok(());
        }
        if Instant::now() > until {
            bail!("sshd of node {number} does not answer at {address}");
        }
        thread::sleep(Duration::from_millis(30));
    }
}

/// From bare to what was asked for, with homelabctl itself.
fn advance(bed: &Bed, wanted: State) -> Result<()> {
    for (state, command) in [(State::Installed, "setup"), (State::Deployed, "deploy")] {
        if wanted < state {
            break;
        }
        let start = Instant::now();
        let status = run_watched(bed, ["homelabctl", command, "--yes"])?;
        if !status.success() {
            let failed =
                bed.failed(1)?.map(|text| format!("\na part of the host has ended:\n{text}")).unwrap_or_default();
            bail!("homelabctl {command} failed ({status}){failed}\nhelp: {} logs", bed.command());
        }
        if let Some(failed) = bed.failed(1)? {
            bail!("a part of the host has ended:\n{failed}");
        }
        remember(bed, state)?;
        say::tell(&format!("homelabctl {command} is done  [{:.1} s]", start.elapsed().as_secs_f64()));
    }
    Ok(())
}

/// Ends with the command, or with the first part of the host that dies meanwhile.
fn run_watched<const N: usize>(bed: &Bed, argv: [&str; N]) -> Result<ExitStatus> {
    let mut child = bed.laptop(argv)?.spawn().context("cannot run homelabctl")?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Some(failed) = bed.failed(1)? {
            // It may look before it is ended: what it says is about the same.
            let _ = child.kill();
            let _ = child.wait();
            bail!("a part of the host has ended:\n{failed}help: {} logs", bed.command());
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// Last lines of the logs of a bed that did not start.
fn evidence(bed: &Bed) -> String {
    let Ok(entries) = fs::read_dir(bed.folder.join("log")) else { return String::new() };
    let mut text = String::new();
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
        for line in crate::supervisor::last_lines(&path) {
            text.push_str(&format!("{}: {line}\n", path.file_stem().unwrap_or_default().display()));
        }
    }
    text.trim_end().to_owned()
}

impl Bed {
    /// A command on the laptop, to be run from any process: the driver carries it into the bed.
    pub fn laptop<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Command> {
        self.inside("laptop", argv)
    }

    /// A command on the machine outside of the LAN.
    pub fn outside<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Command> {
        self.inside("outside", argv)
    }

    /// A command on the first node, as root.
    pub fn host<S: AsRef<str>>(&self, argv: impl IntoIterator<Item = S>) -> Result<Command> {
        self.inside("host", argv)
    }

    fn inside<S: AsRef<str>>(&self, place: &str, argv: impl IntoIterator<Item = S>) -> Result<Command> {
        let driver = self.folder.join("driver");
        if !driver.exists() {
            return Err(anyhow!("there is no bed {:?}: `{} up` starts it", self.name, self.command()));
        }
        let mut command = Command::new(driver);
        command.args(["--name", &self.name, place, "--"]);
        command.args(argv.into_iter().map(|word| word.as_ref().to_owned()));
        Ok(command)
    }
}
