//! A load of MCP calls from the laptop, in a thread that stands in the laptop's network. It is the library's prober, but a
//! process of its own: what homelabctl says about itself is not what is believed here.

use std::fs::File;
use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use homelabctl::edge::endpoint::Target;
use homelabctl::edge::prober::{Load as Rate, Prober, Report};
use homelabctl::edge::road::Road;
use homelabctl::secret::Secret;
use nix::sched::{CloneFlags, setns};

use super::world::World;

/// A running load.
pub(super) struct Load {
    stop: tokio::sync::oneshot::Sender<()>,
    thread: JoinHandle<Report>,
    began: Instant,
}

impl Load {
    /// Begins; returns once the first calls were answered.
    pub(super) fn start(world: &World, per_second: u32) -> Self {
        let network = Network::of_laptop(world);
        let target = target(world, "laptop");
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (begun, first): (_, Receiver<()>) = channel();
        let thread = std::thread::spawn(move || {
            let _ = rustls::crypto::ring::default_provider().install_default();
            network.enter();
            // one thread: every socket is made in this network
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let rate = Rate { per_second, ..Rate::default() };
                let prober = Prober::start(&target, rate).unwrap();
                while prober.so_far().calls < 50 {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                begun.send(()).unwrap();
                let _ = stopped.await;
                prober.stop().await
            })
        });
        first.recv_timeout(Duration::from_secs(30)).expect("the load does not begin");
        Self { stop, thread, began: Instant::now() }
    }

    /// Ends it; what it came to, and how long it took.
    pub(super) fn stop(self) -> (Report, Duration) {
        let took = self.began.elapsed();
        let _ = self.stop.send(());
        (self.thread.join().unwrap(), took)
    }
}

/// Where a client of the laptop finds the server, with a key of the laptop's HOME.
pub(super) fn target(world: &World, key: &str) -> Target {
    let state = world.bed.folder.join("home/.local/state/homelabctl/homelab");
    let text = |path: &str| std::fs::read_to_string(state.join(path)).unwrap();
    Target {
        url: "https://mcp.homelab.local/mcp".to_owned(),
        road: Road::straight(SocketAddr::from(([192, 168, 1, 200], 443))),
        ca: text("ca.crt"),
        key: Secret::new(text(&format!("keys/{key}")).trim()),
    }
}

/// The laptop's network, held open by a process that stands in it.
struct Network {
    holder: Child,
    namespace: File,
}

impl Network {
    fn of_laptop(world: &World) -> Self {
        let mut holder = world.bed.laptop(["sleep", "3600"]).unwrap();
        let holder = holder.stdin(Stdio::null()).spawn().unwrap();
        let of = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net")).unwrap();
        let (own, pid) = (of("self"), holder.id().to_string());
        let entered = (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            of(&pid) != own
        });
        assert!(entered, "the laptop's network cannot be entered");
        let namespace = File::open(format!("/proc/{pid}/ns/net")).unwrap();
        Self { holder, namespace }
    }

    /// The calling thread is in the laptop's network from now on.
    fn enter(mut self) {
        setns(self.namespace.as_fd(), CloneFlags::CLONE_NEWNET).unwrap();
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
