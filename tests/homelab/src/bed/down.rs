//! Ends a bed; returns when nothing of it is left.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{Bed, monitor};

/// Ends every process of the bed and removes what it has left. True when there was something.
pub fn down(bed: &Bed) -> Result<bool> {
    let init = bed.init();
    if init.is_none() && !bed.folder.exists() {
        return Ok(false);
    }
    // Nothing of a bed is kept, so there is nothing to end in order.
    if let Some(init) = init {
        let _ = kill(Pid::from_raw(init), Signal::SIGKILL);
    }
    // The monitor clears up when the tree has ended, and goes.
    let monitor = bed.monitor().map(|pid| format!("/proc/{pid}"));
    let until = Instant::now() + Duration::from_secs(10);
    while bed.init().is_some() || monitor.as_deref().is_some_and(|path| is_ours(Path::new(path), bed)) {
        if Instant::now() > until {
            bail!("the bed {:?} does not end", bed.name);
        }
        thread::sleep(Duration::from_millis(20));
    }
    monitor::sweep(&bed.name, &bed.folder)?;
    Ok(true)
}

/// A pid may be somebody else's by now.
fn is_ours(process: &Path, bed: &Bed) -> bool {
    let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
    line.split(|byte| *byte == 0).any(|word| word == bed.folder.as_os_str().as_encoded_bytes())
}
