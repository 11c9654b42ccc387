//! PID 1 of the bed: the LAN, the stations on it, and the nodes' power.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use nix::mount::{MsFlags, mount};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, sethostname};

use super::control::{Order, Power};
use super::{Pids, Plan, cgroup, lan, read_json, write_json};
use crate::supervisor::{self, Client};
use crate::tree::Tree;

/// `__init FOLDER`, started by the monitor in a new pid namespace.
pub(crate) fn init(folder: &Path) -> Result<()> {
    set_pdeathsig(Signal::SIGKILL)?;
    let plan: Plan = read_json(&folder.join("plan.json"))?;
    cgroup::enter(&plan.name, "init")?;
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWNET)
        .context("cannot make namespaces")?;
    let none: Option<&str> = None;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).context("cannot make mounts private")?;
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), none).context("cannot mount /proc")?;
    mount(Some("run"), "/run", Some("tmpfs"), MsFlags::empty(), Some("mode=755")).context("cannot mount /run")?;
    sethostname("lan")?;

    let mut bed = Running { tree: Tree { root: plan.tree.clone() }, pids: Pids::default(), plan };
    lan::switch(&bed.tree)?;
    // All of them prepare side by side; then each gets its cable.
    let stations =
        [("laptop", lan::LAPTOP), ("outside", lan::OUTSIDE)].map(|(name, address)| (bed.station(name), name, address));
    let nodes: Vec<_> = (1..=bed.plan.nodes).map(|number| bed.node(number)).collect();
    for (started, name, address) in stations {
        let pid = bed.plug(started?, name, address)?;
        *(if name == "laptop" { &mut bed.pids.laptop } else { &mut bed.pids.outside }) = pid;
    }
    for (number, started) in (1..=bed.plan.nodes).zip(nodes) {
        let pid = bed.plug(started?, &format!("node{number}"), lan::node(number).0)?;
        bed.pids.nodes.push(Some(pid));
    }
    let listener = UnixListener::bind(folder.join("run/control.sock"))?;
    bed.tell()?;
    bed.serve(&listener)
}

/// A child that has its namespaces, and waits for its cable.
struct Started {
    pid: i32,
    orders: ChildStdin,
    reports: BufReader<ChildStdout>,
}

struct Running {
    plan: Plan,
    tree: Tree,
    pids: Pids,
}

impl Running {
    fn station(&self, name: &str) -> Result<Started> {
        self.start(&["__station", name])
    }

    /// A node is PID 1 of a namespace of its own.
    fn node(&self, number: u8) -> Result<Started> {
        let ours = fs::File::open("/proc/self/ns/pid")?;
        unshare(CloneFlags::CLONE_NEWPID).context("cannot make a pid namespace")?;
        let started = self.start(&["__node", &number.to_string()]);
        setns(ours.as_fd(), CloneFlags::CLONE_NEWPID).context("cannot leave the node's pid namespace")?;
        started
    }

    fn start(&self, args: &[&str]) -> Result<Started> {
        let folder = &self.plan.folder;
        let log = folder.join("log").join(format!("{}.log", args.join("").trim_start_matches('_')));
        let log = fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = Command::new(folder.join("driver"))
            .args(args)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", args.join(" ")))?;
        let (orders, reports) = (child.stdin.take(), child.stdout.take());
        Ok(Started {
            pid: i32::try_from(child.id())?,
            orders: orders.context("no stdin")?,
            reports: BufReader::new(reports.context("no stdout")?),
        })
    }

    /// Waits for the namespaces of a child, lays its cable, and waits until it has taken it.
    fn plug(&self, mut started: Started, name: &str, address: Ipv4Addr) -> Result<i32> {
        let expect = |reports: &mut BufReader<ChildStdout>, word: &str| -> Result<()> {
            let mut line = String::new();
            reports.read_line(&mut line)?;
            if line.trim() == word { Ok(()) } else { bail!("{name} has ended before it was {word}") }
        };
        expect(&mut started.reports, "apart")?;
        lan::plug(&self.tree, name, address, started.pid)
            .with_context(|| format!("cannot connect {name} to the LAN"))?;
        started.orders.write_all(b"go\n")?;
        expect(&mut started.reports, "ready")?;
        Ok(started.pid)
    }

    fn tell(&self) -> Result<()> {
        write_json(&self.plan.folder.join("run/pids.json"), &self.pids)
    }

    /// Collects what ends and works the power switches, until the end.
    fn serve(&mut self, listener: &UnixListener) -> Result<()> {
        loop {
            self.collect()?;
            let mut waiting = [PollFd::new(listener.as_fd(), PollFlags::POLLIN)];
            if poll(&mut waiting, PollTimeout::from(200u16)).unwrap_or(0) == 0 {
                continue;
            }
            let (mut stream, _) = listener.accept()?;
            let answer = match self.obey(&stream) {
                Ok(()) => "done".to_owned(),
                Err(error) => format!("{error:#}"),
            };
            let _ = stream.write_all(format!("{answer}\n").as_bytes());
        }
    }

    fn collect(&mut self) -> Result<()> {
        while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            let (WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..)) = status else { break };
            let pid = pid.as_raw();
            if pid == self.pids.laptop || pid == self.pids.outside {
                bail!("a station of the LAN has ended");
            }
            if let Some(node) = self.pids.nodes.iter_mut().find(|node| **node == Some(pid)) {
                *node = None;
                self.tell()?;
            }
        }
        Ok(())
    }

    fn obey(&mut self, stream: &UnixStream) -> Result<()> {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        let Order { node, power } = serde_json::from_str(&line)?;
        let at = usize::from(node).wrapping_sub(1);
        let running = *self.pids.nodes.get(at).ok_or_else(|| anyhow!("there is no node {node}"))?;
        match (power, running) {
            (Power::Start, Some(_)) => bail!("node {node} is on already"),
            (Power::Start, None) => {
                cgroup::clear(&self.plan.name, &format!("node{node}"))?;
                let started = self.node(node)?;
                let pid = self.plug(started, &format!("node{node}"), lan::node(node).0)?;
                self.pids.nodes[at] = Some(pid);
                self.tell()
            }
            (Power::Stop | Power::Kill, None) => Ok(()),
            (Power::Stop | Power::Kill, Some(pid)) => {
                if power == Power::Stop {
                    let socket = format!("/proc/{pid}/root{}", supervisor::SOCKET);
                    Client::at(Path::new(&socket)).power_off()?;
                } else {
                    kill(Pid::from_raw(pid), Signal::SIGKILL)?;
                }
                self.wait_until_off(at)
            }
        }
    }

    fn wait_until_off(&mut self, at: usize) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(10);
        while self.pids.nodes[at].is_some() {
            if Instant::now() > until {
                bail!("node {} does not end", at + 1);
            }
            thread::sleep(Duration::from_millis(20));
            self.collect()?;
        }
        Ok(())
    }
}
