//! What the pods may reach and who may reach them.

use super::{Site, template};
use crate::config::Config;
use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicy, NetworkPolicyPeer};
use serde_json::Value;
use std::net::Ipv4Addr;

pub(super) fn objects(config: &Config, site: &Site) -> [Value; 2] {
    let nodes = site.nodes.iter().copied().map(block).collect();
    let service = vec![block(config.network.service_address())];
    [policy(template::NETWORK_POLICY, config, nodes), policy(template::ATTACK_POLICY, config, service)]
}

/// The template has one egress rule without a target: it gets these.
fn policy(text: &str, config: &Config, targets: Vec<NetworkPolicyPeer>) -> Value {
    let mut policy: NetworkPolicy = template::parse(text);
    policy.metadata.namespace = Some(config.server.namespace.to_string());
    let rules = policy.spec.as_mut().and_then(|spec| spec.egress.as_mut()).expect("the template has egress rules");
    let open = rules
        .iter_mut()
        .find(|rule| rule.to.as_ref().is_none_or(Vec::is_empty))
        .expect("the template leaves one rule open");
    // a rule without a target would allow every target
    assert!(!targets.is_empty(), "a rule needs its targets");
    open.to = Some(targets);
    template::value(&policy)
}

fn block(address: Ipv4Addr) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: format!("{address}/32"), except: None }),
        ..NetworkPolicyPeer::default()
    }
}
