//! A client machine on the network: this machine's files, with a network, /run, host name and HOME of its own.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use nix::unistd::sethostname;

use super::{Plan, lan, read_json};
use crate::tree::Tree;

/// `__station laptop|outside FOLDER`, started by the bed's init: makes the namespaces and keeps them.
pub(crate) fn station(name: &str, folder: &Path) -> Result<()> {
    set_pdeathsig(Signal::SIGKILL)?;
    let plan: Plan = read_json(&folder.join("plan.json"))?;
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWUTS | CloneFlags::CLONE_NEWNET)?;
    say("apart")?;
    sethostname(name)?;
    dress(name, folder)?;
    wait_for_go()?;
    let address = if name == "laptop" { lan::LAPTOP } else { lan::OUTSIDE };
    lan::connect(&Tree { root: plan.tree }, address)?;
    say("ready")?;
    loop {
        std::thread::park();
    }
}

/// What a person's machine has of its own.
fn dress(name: &str, folder: &Path) -> Result<()> {
    let none: Option<&str> = None;
    mount(Some("run"), "/run", Some("tmpfs"), MsFlags::empty(), Some("mode=755")).context("cannot mount /run")?;
    // The mark by which a program knows that it is inside of a bed.
    fs::create_dir_all("/run/homelab")?;
    fs::write("/run/homelab/laptop", format!("{name}\n"))?;
    // OpenSSH takes the HOME of the account, not of the environment.
    let home = folder.join("home");
    let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
    let lines = passwd.lines().map(|line| match line.split(':').collect::<Vec<_>>().as_mut_slice() {
        [_, _, "0", _, _, place, _] => {
            let old = format!(":{place}:");
            line.replacen(&old, &format!(":{}:", home.display()), 1)
        }
        _ => line.to_owned(),
    });
    let ours = folder.join("etc").join(format!("passwd-{name}"));
    fs::write(&ours, lines.map(|line| line + "\n").collect::<String>())?;
    mount(Some(&ours), "/etc/passwd", none, MsFlags::MS_BIND, none).context("cannot show the bed's accounts")?;
    // No name server: looking a name up fails at once and never leaves the machine.
    let resolver = Path::new("/etc/resolv.conf");
    if resolver.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
        let empty = folder.join("etc/resolv.conf");
        fs::write(&empty, "# no name server in the bed\n")?;
        mount(Some(&empty), resolver, none, MsFlags::MS_BIND, none)?;
    }
    Ok(())
}

/// Reports to the bed's init.
pub(super) fn say(word: &str) -> Result<()> {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{word}")?;
    Ok(stdout.flush()?)
}

/// Waits until the cable lies.
pub(super) fn wait_for_go() -> Result<()> {
    let mut word = [0; 3];
    std::io::stdin().read_exact(&mut word).context("the bed has ended")?;
    if &word != b"go\n" {
        bail!("an order is not understood");
    }
    Ok(())
}
