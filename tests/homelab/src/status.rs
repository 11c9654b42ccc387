//! What beds there are and how their parts do.

use std::fs;

use anyhow::{Result, bail};

use crate::bed::{Bed, lan};
use crate::say;
use crate::supervisor;

/// `status`: every bed, its nodes and their parts.
pub(crate) fn show() -> Result<()> {
    let beds = Bed::all()?;
    if beds.is_empty() {
        say::tell("no bed is up");
    }
    for bed in beds {
        let (Some(init), Some(state)) = (bed.init(), bed.state()) else {
            say::answer(&format!("{}: not running; `{} down` removes what is left", bed.name, bed.command()));
            continue;
        };
        let state = format!("{state:?}").to_lowercase();
        let first = bed.monitor().unwrap_or(init);
        say::answer(&format!("{}: {state}, first process {first}, in {}", bed.name, bed.folder.display()));
        for number in 1..=bed.nodes()? {
            node(&bed, number);
        }
        for fault in crate::faults::active(&bed) {
            say::answer(&format!("  fault {fault}"));
        }
    }
    Ok(())
}

fn node(bed: &Bed, number: u8) {
    let (address, name) = lan::node(number);
    let Ok(services) = bed.supervisor(number).and_then(|client| client.list()) else {
        return say::answer(&format!("  {name} {address}: off"));
    };
    say::answer(&format!("  {name} {address}: on"));
    for service in services.iter().filter(|service| !is_internal(&service.name)) {
        let state = match (service.state, service.pid) {
            (supervisor::State::Running, Some(pid)) => format!("running, pid {pid}"),
            (supervisor::State::Stopped, _) => "stopped".to_owned(),
            (supervisor::State::Running | supervisor::State::Ended, _) => "ended by itself".to_owned(),
        };
        say::answer(&format!("    {:<26} {state}", service.name));
    }
    if let Ok(Some(failed)) = bed.failed(number) {
        say::answer(&format!("    ended by itself since the node's start:\n{failed}"));
    }
}

/// What the bed itself runs on the node.
fn is_internal(name: &str) -> bool {
    name.starts_with("boot-") || name.starts_with("fault-")
}

/// `logs`: the last lines of every part of the host, or all of one.
pub(crate) fn logs(bed: &Bed, part: Option<&str>) -> Result<()> {
    let folder = bed.node_root(1)?.join("var/log/homelab");
    let mut names: Vec<String> = fs::read_dir(&folder)?
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".log").map(str::to_owned))
        .collect();
    names.sort();
    match part {
        Some(part) if names.iter().any(|name| name == part) => {
            say::answer(&String::from_utf8_lossy(&fs::read(folder.join(format!("{part}.log")))?));
        }
        Some(part) => bail!("there is no log of {part:?}\nhelp: one of {}", names.join(", ")),
        None => {
            for name in names {
                say::answer(&format!("== {name}"));
                for line in supervisor::last_lines(&folder.join(format!("{name}.log"))) {
                    say::answer(&format!("  {line}"));
                }
            }
        }
    }
    Ok(())
}
