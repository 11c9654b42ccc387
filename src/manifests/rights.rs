//! Who the server is in the cluster: the roles that its table of tools asks for, and nothing more.

use super::{NAME, template};
use homelab_mcp::{
    config::Settings,
    rbac::{self, Place, Rule},
};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject};
use serde_json::Value;

pub(super) fn objects(namespace: &str, settings: &Settings) -> Vec<Value> {
    let mut objects = Vec::new();
    for (place, rules) in rbac::roles(settings) {
        let rules: Vec<PolicyRule> = rules.into_iter().map(policy_rule).collect();
        match place {
            Place::Cluster => {
                let mut role: ClusterRole = template::parse(template::CLUSTER_ROLE);
                role.rules = Some(rules);
                let mut binding: ClusterRoleBinding = template::parse(template::CLUSTER_ROLE_BINDING);
                binding.subjects = Some(vec![account(namespace)]);
                objects.extend([template::value(&role), template::value(&binding)]);
            }
            Place::Own => objects.extend(role(namespace, namespace, NAME, rules)),
            // the server's own namespace may be among the visible ones, and has a role already
            Place::Namespace(visible) => objects.extend(role(&visible, namespace, "homelab-mcp-view", rules)),
        }
    }
    objects
}

fn role(place: &str, namespace: &str, name: &str, rules: Vec<PolicyRule>) -> [Value; 2] {
    let mut role: Role = template::parse(template::ROLE);
    role.metadata.namespace = Some(place.to_owned());
    role.metadata.name = Some(name.to_owned());
    role.rules = Some(rules);
    let mut binding: RoleBinding = template::parse(template::ROLE_BINDING);
    binding.metadata.namespace = Some(place.to_owned());
    binding.metadata.name = Some(name.to_owned());
    binding.role_ref.name = name.to_owned();
    binding.subjects = Some(vec![account(namespace)]);
    [template::value(&role), template::value(&binding)]
}

fn account(namespace: &str) -> Subject {
    Subject {
        kind: "ServiceAccount".to_owned(),
        name: NAME.to_owned(),
        namespace: Some(namespace.to_owned()),
        ..Subject::default()
    }
}

fn policy_rule(rule: Rule) -> PolicyRule {
    PolicyRule {
        api_groups: Some(rule.api_groups),
        resources: Some(rule.resources),
        resource_names: (!rule.resource_names.is_empty()).then_some(rule.resource_names),
        verbs: rule.verbs,
        ..PolicyRule::default()
    }
}
