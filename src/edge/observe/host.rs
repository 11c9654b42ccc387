//! The host itself, by its own plain tools.

use crate::{
    config::Pool,
    edge::host::{Host, Output},
    facts::{HostFacts, parse},
    plan,
    step::Cmd,
};
use anyhow::Context as _;
use futures::future::join_all;
use std::{collections::BTreeMap, net::Ipv4Addr, time::Duration};

/// There is no such program on the host.
const MISSING: i32 = 127;
/// A pool may be long; the service address is its first by default, and a look must not take minutes.
const ASKED: usize = 32;

pub(super) async fn look(host: &Host) -> anyhow::Result<HostFacts> {
    let (hostname, machine, meminfo, disk, addresses, routes) = tokio::try_join!(
        text(host, ["cat", "/proc/sys/kernel/hostname"]),
        text(host, ["uname", "-m"]),
        text(host, ["cat", "/proc/meminfo"]),
        text(host, ["df", "--output=avail", "-m", "/var"]),
        text(host, ["ip", "-o", "-4", "address"]),
        text(host, ["ip", "-4", "route"]),
    )?;
    let (inotify, archives, server, sockets, firewall, snapd) = tokio::try_join!(
        text(host, ["cat", "/proc/sys/fs/inotify/max_user_instances"]),
        run(host, Cmd::root(["test", "-e", plan::HOST_FOLDER])),
        run(host, Cmd::root(["/usr/sbin/sshd", "-T"])),
        run(host, Cmd::root(["ss", "-Hltnp"])),
        run(host, Cmd::root(["iptables", "-S", "FORWARD"])),
        run(host, Cmd::user(["snap", "version"])),
    )?;
    Ok(HostFacts {
        hostname: hostname.trim().to_owned(),
        architecture: machine.trim().to_owned(),
        memory_mib: parse::memory_mib(&meminfo).context("/proc/meminfo does not say how much memory there is")?,
        disk_free_mib: parse::available_mib(&disk).context("df does not say how much space is left in /var")?,
        addresses: parse::addresses(&addresses),
        routes: parse::routes(&routes),
        listeners: (sockets.code == 0).then(|| parse::listeners(&sockets.stdout)),
        snapd: if snapd.code == MISSING { None } else { parse::snapd(&snapd.stdout) },
        forward_policy: parse::forward_policy(&firewall.stdout),
        forwarding: parse::forwarding(&server.stdout),
        inotify_instances: inotify.trim().parse().context("the inotify limit is no number")?,
        archives: archives.code == 0,
        answering: None,
    })
}

/// Who on the LAN answers ARP for an address of the pool. A ping makes the kernel ask; whether it is answered does not matter.
pub(super) async fn who_answers(host: &Host, pool: Pool) -> anyhow::Result<Option<BTreeMap<Ipv4Addr, String>>> {
    let asked: Vec<Ipv4Addr> = pool.addresses().take(ASKED).collect();
    let pings = asked.iter().map(|address| {
        let words = ["ping".to_owned(), "-c1".into(), "-W1".into(), "-q".into(), address.to_string()];
        run(host, Cmd::root(words).within(Duration::from_secs(3)))
    });
    for answer in join_all(pings).await {
        if answer?.code == MISSING {
            return Ok(None);
        }
    }
    let neighbours = text(host, ["ip", "-4", "neigh"]).await?;
    Ok(Some(parse::answering(&neighbours, &asked)))
}

async fn run(host: &Host, cmd: Cmd) -> anyhow::Result<Output> {
    host.run(&cmd.within(Duration::from_secs(20))).await
}

async fn text<const N: usize>(host: &Host, argv: [&str; N]) -> anyhow::Result<String> {
    let cmd = Cmd::user(argv).within(Duration::from_secs(20));
    Ok(host.run(&cmd).await?.success(&cmd)?.stdout)
}
