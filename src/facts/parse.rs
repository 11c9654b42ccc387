//! From the words of the host's tools to facts. What cannot be read is left out: these tools list more than we need.

use super::{Listener, Route};
use crate::config::Lan;
use std::{collections::BTreeMap, net::Ipv4Addr};

/// A number out of `/proc/meminfo`, in MiB.
pub fn memory_mib(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// The last number of `df --output=avail -m PATH`.
pub fn available_mib(df: &str) -> Option<u64> {
    df.split_whitespace().next_back()?.parse().ok()
}

/// `ip -o -4 address`: the host's own addresses, loopback left out, and those that MetalLB or pods hold as well (cali, vxlan).
pub fn addresses(text: &str) -> Vec<Ipv4Addr> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let device = words.next()?;
            let address: Ipv4Addr = words.nth(1)?.split('/').next()?.parse().ok()?;
            let is_own = device != "lo" && !is_of_the_cluster(device);
            is_own.then_some(address)
        })
        .collect()
}

/// `ip -4 route`: the networks beside the default route and beside the cluster's own.
pub fn routes(text: &str) -> Vec<Route> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let network = words.next()?;
            let device = words.skip_while(|word| *word != "dev").nth(1).unwrap_or_default().to_owned();
            let (address, prefix) = network.split_once('/')?;
            let network = Lan { address: address.parse().ok()?, prefix: prefix.parse().ok()? };
            (!line.starts_with("blackhole") && !is_of_the_cluster(&device)).then_some(Route { network, device })
        })
        .collect()
}

fn is_of_the_cluster(device: &str) -> bool {
    ["cali", "vxlan.calico", "tunl", "cni", "kube-", "flannel"].iter().any(|prefix| device.starts_with(prefix))
}

/// `ss -Hltnp`: port and program of each socket that listens on more than loopback.
pub fn listeners(text: &str) -> Vec<Listener> {
    let mut found: Vec<Listener> = text
        .lines()
        .filter_map(|line| {
            let (address, port) = line.split_whitespace().nth(3)?.rsplit_once(':')?;
            let program = line.split("users:((\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
            let is_reachable = !address.starts_with("127.") && address != "[::1]";
            is_reachable.then_some(Listener { port: port.parse().ok()?, program: program.to_owned() })
        })
        .collect();
    found.sort_by(|a, b| (a.port, &a.program).cmp(&(b.port, &b.program)));
    found.dedup();
    found
}

/// Whether sshd forwards to the host's loopback, by `sshd -T`.
pub fn forwarding(text: &str) -> Option<bool> {
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::trim);
    let allowed = value("allowtcpforwarding")?;
    Some(["yes", "local", "all"].contains(&allowed) && value("disableforwarding") != Some("yes"))
}

/// The policy in `iptables -S FORWARD`.
pub fn forward_policy(text: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix("-P FORWARD ")).map(|policy| policy.trim().to_owned())
}

/// The row of `snap list microk8s`: version, channel and whether refreshes are held.
pub fn snap(text: &str) -> Option<(String, String, bool)> {
    let row: Vec<&str> = text.lines().find(|line| line.starts_with("microk8s "))?.split_whitespace().collect();
    let notes = row.last()?;
    Some(((*row.get(1)?).to_owned(), (*row.get(3)?).to_owned(), notes.split(',').any(|note| note == "held")))
}

/// Images of one repository in `ctr image ls -q`.
pub fn images(text: &str, repository: &str) -> Vec<String> {
    let is_ours = |line: &&str| line.strip_prefix(repository).is_some_and(|rest| rest.starts_with(':'));
    text.lines().filter(is_ours).map(str::to_owned).collect()
}

/// snapd's version out of `snap version`.
pub fn snapd(text: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix("snapd")).map(|version| version.trim().to_owned())
}

/// What snapd is doing to MicroK8s right now, by `snap changes`.
pub fn change_in_progress(text: &str) -> Option<String> {
    let is_running = |line: &&str| {
        let status = line.split_whitespace().nth(1);
        matches!(status, Some("Do" | "Doing" | "Undoing" | "Abort")) && line.contains("microk8s")
    };
    let line = text.lines().find(is_running)?;
    let at = line.find(['I', 'R'].as_slice()).unwrap_or(0);
    Some(line[at..].trim().to_owned())
}

/// `ip -4 neigh`: who answers for which of these addresses.
pub fn answering(text: &str, wanted: &[Ipv4Addr]) -> BTreeMap<Ipv4Addr, String> {
    text.lines()
        .filter_map(|line| {
            let address: Ipv4Addr = line.split_whitespace().next()?.parse().ok()?;
            let hardware = line.split("lladdr ").nth(1)?.split_whitespace().next()?;
            let is_live = !line.contains("FAILED") && !line.contains("INCOMPLETE");
            (is_live && wanted.contains(&address)).then(|| (address, hardware.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_own_addresses_are_told_from_the_clusters() {
        let text = "1: lo    inet 127.0.0.1/8 scope host lo\n2: eth0    inet 192.168.1.104/24 brd 192.168.1.255 scope global eth0\n5: vxlan.calico    inet 10.1.77.0/32 scope global vxlan.calico\n";
        assert_eq!(addresses(text), [Ipv4Addr::new(192, 168, 1, 104)]);
        let text = "default via 192.168.1.1 dev eth0\n192.168.1.0/24 dev eth0 proto kernel scope link\n10.1.0.0/16 dev wg0 scope link\nblackhole 10.1.77.0/26 proto bird\n10.1.77.3 dev cali123 scope link\n";
        let routes: Vec<String> = routes(text).iter().map(|r| format!("{} {}", r.network, r.device)).collect();
        assert_eq!(routes, ["192.168.1.0/24 eth0", "10.1.0.0/16 wg0"]);
    }

    #[test]
    fn listeners_have_a_port_and_a_program() {
        let text = "LISTEN 0 511 0.0.0.0:80 0.0.0.0:* users:((\"nginx\",pid=9,fd=6))\nLISTEN 0 128 127.0.0.1:631 0.0.0.0:* users:((\"cupsd\",pid=1,fd=7))\nLISTEN 0 4096 *:16443 *:* users:((\"kubelite\",pid=2,fd=8))\n";
        let listeners = listeners(text);
        let listeners: Vec<_> = listeners.iter().map(|l| (l.port, l.program.as_str())).collect();
        assert_eq!(listeners, [(80, "nginx"), (16443, "kubelite")]);
    }

    #[test]
    fn a_snap_has_a_channel_and_a_hold() {
        let text = "Name      Version  Rev   Tracking     Publisher    Notes\nmicrok8s  v1.36.3  8695  1.36/stable  canonical**  classic,held\n";
        assert_eq!(snap(text), Some(("v1.36.3".into(), "1.36/stable".into(), true)));
        assert_eq!(snap("error: no matching snaps installed"), None);
        let text = "ID  Status  Spawn               Ready               Summary\n1   Done    today at 06:00 UTC  today at 06:00 UTC  Install \"core\" snap\n2   Doing   today at 06:01 UTC  -                   Install \"microk8s\" snap from \"1.36/stable\" channel\n";
        assert_eq!(change_in_progress(text).as_deref(), Some("Install \"microk8s\" snap from \"1.36/stable\" channel"));
    }

    #[test]
    fn only_images_of_the_repository_are_ours() {
        let text = "docker.io/library/a:1\nlocalhost/homelab-mcp:0.1-ab\nlocalhost/homelab-mcp-other:1\n";
        assert_eq!(images(text, "localhost/homelab-mcp"), ["localhost/homelab-mcp:0.1-ab"]);
    }

    #[test]
    fn who_answers_for_an_address_is_seen() {
        let text = "192.168.1.200 dev eth0 lladdr 02:00:c0:a8:01:c8 REACHABLE\n192.168.1.201 dev eth0 FAILED\n192.168.1.1 dev eth0 lladdr 02:00:00:00:00:01 STALE\n";
        let wanted = [Ipv4Addr::new(192, 168, 1, 200), Ipv4Addr::new(192, 168, 1, 201)];
        let found = answering(text, &wanted);
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(wanted[0], "02:00:c0:a8:01:c8".to_owned())]);
    }

    #[test]
    fn numbers_come_in_mebibytes() {
        assert_eq!(memory_mib("MemTotal:       16384000 kB\nMemFree: 1 kB\n"), Some(16000));
        assert_eq!(available_mib(" Avail\n 20480\n"), Some(20480));
        assert_eq!(forwarding("port 22\nallowtcpforwarding local\ndisableforwarding no\n"), Some(true));
        assert_eq!(forwarding("allowtcpforwarding no\n"), Some(false));
        assert_eq!(forward_policy("-P FORWARD DROP\n-A FORWARD -j X\n").as_deref(), Some("DROP"));
    }
}
