//! Ends a bed; returns when nothing of it is left.

use std::fs;
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
    // The monitor and the sweeper clear up when the tree has ended, and go.
    let until = Instant::now() + Duration::from_secs(15);
    while is_served(bed) {
        if Instant::now() > until {
            bail!("the bed {:?} does not end", bed.name);
        }
        thread::sleep(Duration::from_millis(20));
    }
    monitor::sweep(&bed.name, &bed.folder)?;
    Ok(true)
}

/// Whether a process of the bed's own program is there; each has the bed's folder among its arguments.
fn is_served(bed: &Bed) -> bool {
    let ours = |entry: fs::DirEntry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0).skip(1);
        words.next().is_some_and(|stage| stage.starts_with(b"__"))
            && words.any(|word| word == bed.folder.as_os_str().as_encoded_bytes())
    };
    fs::read_dir("/proc").into_iter().flatten().flatten().any(ours)
}
