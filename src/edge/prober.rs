//! The prober: a constant load through the real address, and what became of it.
//!
//! Open loop: a call is due at its time whatever became of the earlier ones, so an outage cannot hide by
//! slowing the load down. The number of calls under way is bounded; a call that waits for its turn counts as slow.

use serde_json::Value;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, JoinSet},
    time::Instant,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::endpoint::{Endpoint, Manner, Target};
use crate::proof::{Call, Lost, Proof, Recorder};

/// How hard to probe, and with what.
#[derive(Clone, Debug)]
pub struct Load {
    pub per_second: u32,
    /// Calls under way at the same time, at most.
    pub at_once: usize,
    /// A call without an answer after this has failed.
    pub patience: Duration,
    /// A call that changes nothing.
    pub method: String,
    pub params: Value,
}

impl Default for Load {
    fn default() -> Self {
        Self {
            per_second: 200,
            at_once: 64,
            patience: Duration::from_secs(10),
            method: "tools/list".to_owned(),
            params: Value::Null,
        }
    }
}

/// What a probing came to, with its first failures as evidence.
#[derive(Clone, Debug)]
pub struct Report {
    pub proof: Proof,
    pub lost: Vec<Lost>,
}

/// A load that goes on until it is stopped; dropping it ends it as well.
pub struct Prober {
    began: Instant,
    recorder: Arc<Mutex<Recorder>>,
    stop: CancellationToken,
    calling: JoinHandle<()>,
    _end_on_drop: DropGuard,
}

impl Prober {
    /// # Errors
    /// The target is none (see [`Endpoint::new`]).
    pub fn start(target: &Target, load: Load) -> anyhow::Result<Self> {
        let endpoint = Endpoint::new(target, Manner::Crowd)?;
        let began = Instant::now();
        let recorder = Arc::<Mutex<Recorder>>::default();
        let stop = CancellationToken::new();
        let calling = tokio::spawn(call_on(endpoint, load, began, recorder.clone(), stop.clone()));
        Ok(Self { began, recorder, calling, _end_on_drop: stop.clone().drop_guard(), stop })
    }

    /// The numbers until now.
    pub fn so_far(&self) -> Proof {
        lock(&self.recorder).proof(self.began.elapsed())
    }

    /// Makes no further calls, waits for those under way, and tells.
    pub async fn stop(self) -> Report {
        let until = self.began.elapsed();
        self.stop.cancel();
        let Self { calling, recorder, .. } = self;
        // The task ends by itself: every call has its patience.
        let _ = calling.await;
        let recorder = lock(&recorder);
        Report { proof: recorder.proof(until), lost: recorder.lost().to_vec() }
    }
}

async fn call_on(
    endpoint: Endpoint,
    load: Load,
    began: Instant,
    recorder: Arc<Mutex<Recorder>>,
    stop: CancellationToken,
) {
    let turns = Arc::new(Semaphore::new(load.at_once));
    let load = Arc::new(load);
    let mut calls = JoinSet::new();
    for number in 0_u64.. {
        let due = Duration::from_micros(number * 1_000_000 / u64::from(load.per_second.max(1)));
        let turn = tokio::select! {
            () = stop.cancelled() => break,
            turn = async {
                tokio::time::sleep_until(began + due).await;
                turns.clone().acquire_owned().await
            } => turn,
        };
        while calls.try_join_next().is_some() {}
        let (endpoint, load, recorder) = (endpoint.clone(), load.clone(), recorder.clone());
        calls.spawn(async move {
            let asked = tokio::time::timeout(load.patience, endpoint.ask(&load.method, load.params.clone())).await;
            let outcome = match asked {
                Ok(answer) => answer.map(|_| ()).map_err(|trouble| trouble.to_string()),
                Err(_) => Err(format!("no answer within {} s", load.patience.as_secs())),
            };
            lock(&recorder).record(&Call { due, answered: began.elapsed(), outcome });
            drop(turn);
        });
    }
    while calls.join_next().await.is_some() {}
}

/// A recorder whose last writer panicked still holds true numbers.
fn lock(recorder: &Mutex<Recorder>) -> std::sync::MutexGuard<'_, Recorder> {
    recorder.lock().unwrap_or_else(PoisonError::into_inner)
}
