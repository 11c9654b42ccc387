//! Values that are right one by one and impossible together.

use std::net::Ipv4Addr;

use super::Config;

/// A finding about one or more keys; it is shown at the first of them that is set anywhere.
pub(crate) struct Finding {
    pub(crate) keys: Vec<String>,
    pub(crate) message: String,
    pub(crate) help: String,
}

/// Networks that MicroK8s gives to pods and services.
const CLUSTER_NETWORKS: &[(&str, &str)] = &[("pods", "10.1.0.0/16"), ("services", "10.152.183.0/24")];

/// What the default of a key says about it counts for nothing where the key is optional: `is_set` tells.
pub(crate) fn findings(config: &Config, is_set: impl Fn(&str) -> bool) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut say = |keys: &[&str], message: String, help: String| {
        found.push(Finding { keys: keys.iter().map(ToString::to_string).collect(), message, help });
    };
    network(config, &mut say);
    hosts(config, is_set("second_host.address"), &mut say);
    server(config, &mut say);
    if config.server.settings.secrets.is_some() {
        say(
            &["server.settings.secrets"],
            "the folder of the credentials is homelabctl's to name".to_owned(),
            "leave it out, and name the credentials under `server.secrets`".to_owned(),
        );
    }
    for problem in config.server.deployed_settings().validate() {
        let key = format!("server.settings.{}", problem.path);
        say(&[&key], format!("`{key}` {}", problem.message), String::new());
    }
    found
}

fn network(config: &Config, say: &mut impl FnMut(&[&str], String, String)) {
    let lan = config.network.lan;
    let pool = config.network.pool;
    if !lan.contains(pool.first) || !lan.contains(pool.last) {
        say(
            &["network.pool", "network.lan"],
            format!("the pool {pool} is outside of the LAN {lan}"),
            format!("write addresses inside of {lan} that your router does not give away"),
        );
    } else if pool.contains(lan.address) || pool.contains(lan.broadcast()) {
        say(
            &["network.pool"],
            format!("the pool {pool} holds the first or last address of {lan}, which no machine can have"),
            "write a range between the two".to_owned(),
        );
    }
    let service = config.network.service_address();
    if !pool.contains(service) {
        say(
            &["network.service_address"],
            format!("the service address {service} is outside of the pool {pool}"),
            format!("write an address from {} to {}, or leave it out for {}", pool.first, pool.last, pool.first),
        );
    }
    for (what, network) in CLUSTER_NETWORKS {
        if network.parse().is_ok_and(|network| lan.overlaps(network)) {
            say(
                &["network.lan"],
                format!("the LAN {lan} overlaps the cluster's network of {what} {network}"),
                "MicroK8s cannot reach such a LAN: give your router another network".to_owned(),
            );
        }
    }
}

/// The second host is looked at only when somebody wrote its address.
fn hosts(config: &Config, with_second: bool, say: &mut impl FnMut(&[&str], String, String)) {
    let pool = config.network.pool;
    let mut in_pool = |key: &str, what: &str, address: &str| {
        if address.parse::<Ipv4Addr>().is_ok_and(|address| pool.contains(address)) {
            say(
                &["network.pool", key],
                format!("the pool {pool} contains the {what}'s own address {address}"),
                "write a range without it".to_owned(),
            );
        }
    };
    in_pool("host.address", "host", &config.host.address);
    if with_second {
        in_pool("second_host.address", "second host", &config.second_host.address);
    }
    if with_second && config.host.address == config.second_host.address {
        say(
            &["second_host.address", "host.address"],
            format!("the second host has the host's own address {}", config.host.address),
            "write the address of another machine, or leave the section out".to_owned(),
        );
    }
}

fn server(config: &Config, say: &mut impl FnMut(&[&str], String, String)) {
    let server = &config.server;
    let scaling = &server.autoscaling;
    if scaling.max < scaling.min {
        say(
            &["server.autoscaling.max", "server.autoscaling.min"],
            format!("the most pods, {}, are fewer than the fewest, {}", scaling.max, scaling.min),
            format!("write a max of {} or more, or a lower min", scaling.min),
        );
    }
    let (requests, limits) = (&server.resources.requests, &server.resources.limits);
    for (key, what, request, limit) in
        [("cpu", "CPU", &requests.cpu, &limits.cpu), ("memory", "memory", &requests.memory, &limits.memory)]
    {
        if limit < request {
            say(
                &[&format!("server.resources.limits.{key}"), &format!("server.resources.requests.{key}")],
                format!("a pod is promised {request} of {what} and may use no more than {limit}"),
                format!("write a limit of {request} or more"),
            );
        }
    }
    if ["default", "kube-system", "kube-public", "kube-node-lease", "homelab-ca"].contains(&server.namespace.as_str()) {
        say(
            &["server.namespace"],
            format!("the namespace `{}` belongs to somebody else", server.namespace),
            "write a name of its own, such as mcp-system".to_owned(),
        );
    }
}
