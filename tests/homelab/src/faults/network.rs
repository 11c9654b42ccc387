//! Faults between the network and a server of the host: rules of nft, and a proxy that the rules send connections to.

use anyhow::{Context, Result, bail};

use super::{on_the_host, proxy};
use crate::bed::{Bed, lan};
use crate::supervisor::Service;

/// A server of the host.
#[derive(Clone, Copy)]
pub(super) struct Server {
    name: &'static str,
    port: u16,
    /// Where the proxy in front of it listens.
    proxy: u16,
}

pub(super) const SSH: Server = Server { name: "ssh", port: 22, proxy: 10022 };
pub(super) const API: Server = Server { name: "api", port: 16443, proxy: 26443 };

/// Refuses connections. Those of ssh that are open go on; those of the API server end, as they do when it is gone.
pub(super) fn refuse(bed: &Bed, server: Server) -> Result<()> {
    let which = if server.port == SSH.port { "tcp flags & (syn|ack) == syn" } else { "" };
    filter(bed, server, &format!("tcp dport {} {which} reject with tcp reset", server.port))
}

/// Loses every packet in both directions.
pub(super) fn lose(bed: &Bed, server: Server) -> Result<()> {
    filter(bed, server, &format!("tcp dport {} drop", server.port))
}

fn filter(bed: &Bed, server: Server, rule: &str) -> Result<()> {
    load(bed, server, &format!("chain input {{ type filter hook input priority -300; policy accept; {rule}; }}"))
}

/// Delays what passes.
pub(super) fn slow(bed: &Bed, server: Server, by: u64) -> Result<()> {
    let target = match server.port {
        port if port == SSH.port => format!("{}:{port}", lan::HOST),
        port => format!("127.0.0.1:{port}"),
    };
    put_in_front(bed, server, &["delay", &by.to_string(), &target])
}

/// Answers for the API server, with its own certificate.
pub(super) fn answer_503(bed: &Bed) -> Result<()> {
    let certs = "/var/snap/microk8s/current/certs";
    put_in_front(bed, API, &["503", &format!("{certs}/server.crt"), &format!("{certs}/server.key")])
}

fn put_in_front(bed: &Bed, server: Server, mode: &[&str]) -> Result<()> {
    let client = bed.supervisor(1)?;
    let name = format!("fault-{}", server.name);
    client.stop(&name, nix::sys::signal::Signal::SIGKILL as i32, std::time::Duration::from_secs(1))?;
    let port = server.proxy.to_string();
    let mut argv = vec!["/opt/homelab/driver", "__proxy", &port];
    argv.extend(mode);
    client.start(&Service::new(&name, argv)).context("cannot start the proxy")?;
    on_the_host(
        bed,
        &format!(
            "for i in $(seq 100); do (: </dev/tcp/127.0.0.1/{port}) 2>/dev/null && exit; sleep 0.02; done; exit 1"
        ),
    )
    .context("the proxy does not listen")?;
    // Its own connections pass, by their group.
    let (from, to, group) = (server.port, server.proxy, proxy::GROUP);
    let rule = format!("tcp dport {from} meta skgid != {group} redirect to :{to}");
    load(
        bed,
        server,
        &format!(
            "chain prerouting {{ type nat hook prerouting priority -110; tcp dport {from} redirect to :{to}; }}\n\
             chain output {{ type nat hook output priority -110; oifname lo {rule}; }}\n\
             chain input {{ type filter hook input priority -300; }}"
        ),
    )?;
    // Connections that were open before the rule would go on past the proxy.
    let open =
        if server.port == API.port { "conntrack -D -p tcp --dport 16443 >/dev/null 2>&1 || true" } else { "true" };
    on_the_host(bed, open).map(|_| ())
}

fn load(bed: &Bed, server: Server, chains: &str) -> Result<()> {
    let table = format!("fault_{}", server.name);
    let rules = format!("table inet {table}\ndelete table inet {table}\ntable inet {table} {{\n{chains}\n}}\n");
    let output = {
        let mut command = bed.host(["nft", "-f", "-"])?;
        command.stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = command.spawn()?;
        std::io::Write::write_all(&mut child.stdin.take().context("nft takes no input")?, rules.as_bytes())?;
        child.wait_with_output()?
    };
    if !output.status.success() {
        bail!("nft refuses the rules: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Removes the rules and the proxies.
pub(super) fn clear(bed: &Bed) -> Result<()> {
    let client = bed.supervisor(1)?;
    for server in [SSH, API] {
        on_the_host(bed, &format!("nft delete table inet fault_{} 2>/dev/null || true", server.name))?;
        let name = format!("fault-{}", server.name);
        client.stop(&name, nix::sys::signal::Signal::SIGKILL as i32, std::time::Duration::from_secs(1))?;
    }
    Ok(())
}
