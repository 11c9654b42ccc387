//! Says what takes long: a line when it is done, and a sign of life until then.

use std::io::IsTerminal;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};

use crate::say;

/// Without a terminal, how often a long step says that it still runs.
const HEARTBEAT: Duration = Duration::from_secs(60);

/// Runs `work` and prints `label` with the time it took; `hint` says how long it may take.
pub(crate) fn step<T>(label: &str, hint: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    let result = if std::io::stderr().is_terminal() {
        let bar = ProgressBar::new_spinner().with_message(format!("{label}  {hint}"));
        let style =
            ProgressStyle::with_template("{spinner} {msg}  {elapsed}").unwrap_or(ProgressStyle::default_spinner());
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(120));
        let result = work();
        bar.finish_and_clear();
        result
    } else {
        with_heartbeat(label, hint, start, work)
    };
    let took = start.elapsed().as_secs_f64();
    say::tell(&match &result {
        Ok(_) => format!("{label:<40} {took:>7.1} s"),
        Err(_) => format!("{label:<40} {took:>7.1} s  FAILED"),
    });
    result
}

fn with_heartbeat<T>(label: &str, hint: &str, start: Instant, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let (done, waiting) = mpsc::channel::<()>();
    let line = format!("{label} …");
    if !hint.is_empty() {
        say::tell(&format!("{line} {hint}"));
    }
    let beat = thread::spawn(move || {
        while waiting.recv_timeout(HEARTBEAT) == Err(mpsc::RecvTimeoutError::Timeout) {
            say::tell(&format!("{line} {} s", start.elapsed().as_secs()));
        }
    });
    let result = work();
    drop(done);
    let _ = beat.join();
    result
}
