//! The dns add-on: CoreDNS, and the kubelet's knowledge of it.

use std::process::Command;
use std::thread;
use std::time::Duration;

use super::finish;
use crate::kube::{args, files, kubectl, paths, services};
use crate::standin::manifest;
use crate::standin::say::tell;

pub(super) fn enable(words: &[String]) -> u8 {
    tell!("Enabling DNS");
    let asked = words.first().map(String::as_str).unwrap_or_default();
    let servers = if asked.is_empty() || asked == "/etc/resolv.conf" {
        of_the_host()
    } else {
        match chosen(asked) {
            Ok(servers) => servers,
            Err(server) => {
                tell!("Your input value ({server}) is not a valid and reachable IP address");
                return 1;
            }
        }
    };
    let address = words.get(1).map_or("10.152.183.10", String::as_str);
    let domain = words.get(2).map_or("cluster.local", String::as_str);
    tell!("Applying manifest");
    let variables = [("$NAMESERVERS", servers.as_str()), ("$DNSIP", address), ("$CLUSTERDOMAIN", domain)];
    manifest::apply("dns", manifest::COREDNS, &variables);
    // The script sleeps five seconds here; one is enough to show that it returns before CoreDNS serves.
    thread::sleep(Duration::from_secs(1));
    let service = ["-n", "kube-system", "get", "service", "kube-dns", "-o", "jsonpath={.spec.clusterIP}"];
    let deployed = kubectl::output(&service).unwrap_or_default();
    tell!("CoreDNS service deployed with IP address {deployed}");
    finish(tell_kubelet(domain, &deployed), "DNS is enabled")
}

fn of_the_host() -> String {
    let own = files::read("/etc/resolv.conf").unwrap_or_default();
    if names_a_server(&own) {
        tell!("Using host configuration from /etc/resolv.conf");
        let _ = args::change("kubelet", "--resolv-conf", Some("/etc/resolv.conf"));
        return "/etc/resolv.conf".into();
    }
    tell!("No valid resolv.conf file could be found\nFalling back to 8.8.8.8 8.8.4.4 as upstream nameservers");
    "8.8.8.8 8.8.4.4".into()
}

/// A name server that is not this host itself.
fn names_a_server(resolv_conf: &str) -> bool {
    resolv_conf
        .lines()
        .filter_map(|line| line.strip_prefix("nameserver "))
        .any(|server| !server.trim().starts_with("127."))
}

fn chosen(list: &str) -> Result<String, String> {
    for server in list.split(',') {
        let route = Command::new("ip").args(["route", "get", server]).output();
        if !route.is_ok_and(|output| output.status.success()) {
            return Err(server.to_owned());
        }
    }
    let servers = list.replace(',', " ");
    tell!("Will use  {servers} as upstream nameservers");
    Ok(servers)
}

/// Restarts the kubelet only when it did not know yet; after a default install it does.
fn tell_kubelet(domain: &str, address: &str) -> anyhow::Result<()> {
    let file = files::read(paths::data("args/kubelet"))?;
    let knows = args::value(&file, "--cluster-domain").as_deref() == Some(domain)
        && args::value(&file, "--cluster-dns").as_deref() == Some(address);
    args::change("kubelet", "--cluster-domain", Some(domain))?;
    args::change("kubelet", "--cluster-dns", Some(address))?;
    if !knows {
        tell!("Restarting kubelet");
        services::restart_kubelite()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_name_servers_do_not_count() {
        assert!(names_a_server("nameserver 192.168.1.1\n"));
        assert!(!names_a_server("nameserver 127.0.0.53\nsearch lan\n"));
    }
}
