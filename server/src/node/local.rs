//! Figures that the machine shows to this process.

use std::{collections::BTreeSet, time::Duration};

use sysinfo::{CpuRefreshKind, Disks, MemoryRefreshKind, Networks, RefreshKind, System};

use super::{Figures, Link, Share};

/// A share of CPU time needs two looks with a while between them.
const BETWEEN: Duration = Duration::from_millis(200);

/// Most disks and most network interfaces that are shown.
const MOST: usize = 8;

/// All figures, for a server that runs on the machine itself.
pub(super) async fn whole_machine() -> Figures {
    blocking(|| {
        let mut figures = common();
        let mut system = match System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::everything()))
        {
            Ok(system) => system,
            Err(error) => {
                figures.unknown.push(format!("cpu in use: {error}"));
                return figures;
            }
        };
        std::thread::sleep(BETWEEN);
        system.refresh_cpu_usage();
        #[expect(clippy::cast_precision_loss, reason = "no machine has that many cores")]
        let cores = figures.cores.unwrap_or(1) as f64;
        figures.cpu_used = Some(f64::from(system.global_cpu_usage()) / 100.0 * cores);
        match Disks::new_with_refreshed_list() {
            Ok(disks) => figures.disks = disks_of(&disks),
            Err(error) => figures.unknown.push(format!("disks: {error}")),
        }
        match Networks::new_with_refreshed_list() {
            Ok(networks) => figures.links = links_of(&networks),
            Err(error) => figures.unknown.push(format!("network: {error}")),
        }
        figures
    })
    .await
}

/// What a container sees of its machine: count of cores, load, memory and uptime are the machine's own.
pub(super) async fn shared_with_containers() -> Figures {
    blocking(common).await
}

async fn blocking(look: impl FnOnce() -> Figures + Send + 'static) -> Figures {
    tokio::task::spawn_blocking(look)
        .await
        .unwrap_or_else(|error| Figures { unknown: vec![format!("everything: {error}")], ..Figures::default() })
}

fn common() -> Figures {
    let mut figures = Figures { name: System::host_name().unwrap_or_default(), ..Figures::default() };
    let kinds =
        RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()).with_memory(MemoryRefreshKind::nothing().with_ram());
    match System::new_with_specifics(kinds) {
        Ok(system) => {
            figures.cores = Some(system.cpus().len()).filter(|cores| *cores > 0);
            let total = system.total_memory();
            figures.memory =
                (total > 0).then(|| Share { used: total.saturating_sub(system.available_memory()), total });
        }
        Err(error) => figures.unknown.push(format!("cpu and memory: {error}")),
    }
    match System::load_average() {
        Ok(load) => figures.load = Some([load.one, load.five, load.fifteen]),
        Err(error) => figures.unknown.push(format!("load: {error}")),
    }
    match System::uptime() {
        Ok(seconds) => figures.uptime = i64::try_from(seconds).ok(),
        Err(error) => figures.unknown.push(format!("uptime: {error}")),
    }
    figures
}

/// Each file system once: bind mounts show the same one under many names.
fn disks_of(disks: &Disks) -> Vec<(String, Share)> {
    let mut shares: Vec<(String, Share)> = Vec::new();
    let mut seen = BTreeSet::new();
    for disk in disks.iter().filter(|disk| disk.total_space() > 0) {
        if seen.insert((disk.name().to_owned(), disk.total_space())) {
            let used = disk.total_space().saturating_sub(disk.available_space());
            let name = disk.mount_point().to_string_lossy().into_owned();
            shares.push((name, Share { used, total: disk.total_space() }));
        }
    }
    shares.sort_by(|one, other| one.0.cmp(&other.0));
    shares.truncate(MOST);
    shares
}

fn links_of(networks: &Networks) -> Vec<Link> {
    let others = networks.iter().filter(|(name, _)| *name != "lo");
    let mut links: Vec<Link> = others
        .map(|(name, network)| Link {
            name: name.to_string_lossy().into_owned(),
            received: network.total_received(),
            sent: network.total_transmitted(),
        })
        .collect();
    links.sort_by(|one, other| one.name.cmp(&other.name));
    links.truncate(MOST);
    links
}
