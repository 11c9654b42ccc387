//! The cluster agent: carries out the launch configuration's add-ons, brings the images in, and lets other nodes join.

use std::convert::Infallible;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::wire;
use crate::kube::{daemon, files, images, kubectl, paths, services};
use crate::standin::say::grumble;

/// The images of the add-ons in the order in which somebody may want them.
const FIRST_IMAGES: [&str; 6] =
    ["coredns", "hostpath", "metallb-controller", "metallb-speaker", "traefik", "metrics-server"];

pub(super) fn run() -> Result<Infallible> {
    thread::spawn(|| {
        if let Err(error) = enable_launch_addons() {
            grumble!("{error:#}");
        }
        bring_images();
    });
    if services::is_worker() {
        loop {
            thread::park();
        }
    }
    wire::serve()
}

/// After the start and not before: "ready" can precede CoreDNS, as on a real host.
fn enable_launch_addons() -> Result<()> {
    let list = paths::data("var/lock/launch-addons.json");
    let Some(text) = files::read_if_there(&list)? else {
        return Ok(());
    };
    daemon::until(kubectl::api_is_ready);
    let wanted: Vec<Vec<String>> = serde_json::from_str(&text).context("the list of add-ons is damaged")?;
    for words in wanted {
        let own = std::env::current_exe().context("cannot find this program")?;
        Command::new(own).arg0("microk8s").args(&words).status().context("cannot start microk8s")?;
    }
    files::remove(list)
}

/// Where a real host pulls when a pod needs it, the bed has the images ready; each at most once.
fn bring_images() {
    daemon::until(images::containerd_answers);
    let mut archives: Vec<String> = FIRST_IMAGES.iter().map(ToString::to_string).collect();
    archives.extend(images::archives().into_iter().filter(|name| !FIRST_IMAGES.contains(&name.as_str())));
    for archive in archives {
        if let Err(error) = images::ensure(&archive) {
            grumble!("{error:#}");
            thread::sleep(Duration::from_millis(200));
        }
    }
}
