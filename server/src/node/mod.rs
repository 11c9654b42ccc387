//! Figures of the machine: from the kubelet in Kubernetes, from the machine itself outside of it.

mod kubelet;
mod local;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::text;

pub(crate) use kubelet::Kubelet;

/// The kubelet itself measures no more often, and a prober may call hundreds of times a second.
const FRESH: Duration = Duration::from_secs(5);

/// What is known about the machine at one moment; `None` is not known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) name: String,
    pub(crate) cpu_used: Option<f64>,
    pub(crate) cores: Option<usize>,
    pub(crate) load: Option<[f64; 3]>,
    pub(crate) memory: Option<Share>,
    pub(crate) disks: Vec<(String, Share)>,
    pub(crate) links: Vec<Link>,
    pub(crate) uptime: Option<i64>,
    pub(crate) pods: Option<usize>,
    /// What could not be seen, and why
    pub(crate) unknown: Vec<String>,
}

/// So much of so much, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    pub(crate) used: u64,
    pub(crate) total: u64,
}

/// Bytes over a network interface since it came up.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) received: u64,
    pub(crate) sent: u64,
}

/// The machine, its last figures kept for a moment.
pub(crate) struct Node {
    kubelet: Option<Kubelet>,
    last: Mutex<Option<(Instant, Arc<Figures>)>>,
}

impl Node {
    pub(crate) fn new(kubelet: Option<Kubelet>) -> Self {
        Self { kubelet, last: Mutex::new(None) }
    }

    /// Figures a few seconds old at most. Many callers at once cause one look.
    pub(crate) async fn figures(&self) -> Arc<Figures> {
        let mut last = self.last.lock().await;
        if let Some((taken, figures)) = &*last
            && taken.elapsed() < FRESH
        {
            return Arc::clone(figures);
        }
        let figures = Arc::new(self.look().await);
        *last = Some((Instant::now(), Arc::clone(&figures)));
        figures
    }

    async fn look(&self) -> Figures {
        let Some(kubelet) = &self.kubelet else {
            return local::whole_machine().await;
        };
        let (mut figures, summary) = tokio::join!(local::shared_with_containers(), kubelet.summary());
        match summary {
            Ok(summary) => summary.fill(&mut figures),
            Err(why) => figures.unknown.push(format!("cpu, memory, disk and network in use: {why}")),
        }
        figures.unknown.push("other machines of the cluster, temperatures, disk health".to_owned());
        figures
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = if self.total == 0 { 0 } else { u128::from(self.used) * 100 / u128::from(self.total) };
        write!(f, "{} of {} in use ({percent} %)", text::size(self.used), text::size(self.total))
    }
}
