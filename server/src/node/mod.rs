//! Figures of the machine: from the kubelet in Kubernetes, from the machine itself outside of it.

mod kubelet;
mod local;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::Mutex as Turn;

use crate::text;

pub(crate) use kubelet::Kubelet;

/// The kubelet itself measures no more often, and a prober may call hundreds of times a second.
const FRESH: Duration = Duration::from_secs(5);

/// Older figures are not shown while newer ones are fetched.
const STALE: Duration = Duration::from_secs(15);

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
#[derive(Clone)]
pub(crate) struct Node(Arc<Machine>);

struct Machine {
    kubelet: Option<Kubelet>,
    last: Mutex<Option<(Instant, Arc<Figures>)>>,
    /// Held by the one who looks
    looking: Arc<Turn<()>>,
}

impl Node {
    pub(crate) fn new(kubelet: Option<Kubelet>) -> Self {
        Self(Arc::new(Machine { kubelet, last: Mutex::new(None), looking: Arc::default() }))
    }

    /// Figures a few seconds old at most. Many callers at once cause one look, and under steady load nobody
    /// waits for it: a busy kubelet takes its time.
    pub(crate) async fn figures(&self) -> Arc<Figures> {
        match self.0.kept() {
            Some((age, figures)) if age < FRESH => figures,
            Some((age, figures)) if age < STALE => {
                if let Ok(turn) = Arc::clone(&self.0.looking).try_lock_owned() {
                    let machine = Arc::clone(&self.0);
                    tokio::spawn(async move {
                        machine.renew().await;
                        drop(turn);
                    });
                }
                figures
            }
            Some(_) | None => {
                let _turn = self.0.looking.lock().await;
                match self.0.kept() {
                    // Somebody else looked while this call waited for its turn.
                    Some((age, figures)) if age < FRESH => figures,
                    Some(_) | None => self.0.renew().await,
                }
            }
        }
    }
}

impl Machine {
    fn kept(&self) -> Option<(Duration, Arc<Figures>)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(taken, figures)| (taken.elapsed(), Arc::clone(figures)))
    }

    async fn renew(&self) -> Arc<Figures> {
        let figures = Arc::new(self.look().await);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), Arc::clone(&figures)));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn many_callers_cause_one_look() {
        let node = Node::new(None);
        let all = futures::future::join_all((0..100).map(|_| node.figures())).await;
        assert!(all.iter().all(|figures| Arc::ptr_eq(figures, &all[0])));
        assert!(all[0].memory.is_some() && all[0].cores.is_some());
    }
}
