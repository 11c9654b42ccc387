//! The rights that the server needs in the cluster, worked out from the table of tools.
//!
//! homelabctl renders them as roles; a tool names its grants in its own row and nowhere else.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{config::Settings, tools::TOOLS};

/// One right of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// API group; empty is the core group
    pub group: &'static str,
    /// Resource, with its subresource: `pods/log`
    pub resource: &'static str,
    /// What is done with it
    pub verbs: &'static [&'static str],
    /// Where it lies
    pub reach: Reach,
}

/// Where the objects of a grant lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// In no namespace, as nodes do
    Cluster,
    /// In the namespaces that the settings show
    Visible,
}

/// Where a role belongs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A ClusterRole
    Cluster,
    /// A Role in the server's own namespace
    Own,
    /// A Role in this namespace
    Namespace(String),
}

/// One rule of a role, with the field names of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    pub api_groups: Vec<String>,
    pub resources: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    pub verbs: Vec<String>,
}

/// Every role that the server needs under these settings, and nothing more.
pub fn roles(settings: &Settings) -> BTreeMap<Place, Vec<Rule>> {
    let mut roles: BTreeMap<Place, Vec<Rule>> = BTreeMap::new();
    let mut add = |place: Place, rule: Rule| {
        let rules = roles.entry(place).or_default();
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    };
    if settings.keys.folder.is_none() {
        let mut rule = rule("", "secrets", &["get", "list", "watch"]);
        rule.resource_names = vec![settings.keys.secret.clone()];
        add(Place::Own, rule);
    }
    for grant in TOOLS.iter().flat_map(|tool| tool.grants) {
        let rule = rule(grant.group, grant.resource, grant.verbs);
        match (grant.reach, &settings.namespaces) {
            (Reach::Cluster, _) | (Reach::Visible, None) => add(Place::Cluster, rule),
            (Reach::Visible, Some(names)) => {
                for name in names {
                    add(Place::Namespace(name.clone()), rule.clone());
                }
            }
        }
    }
    for rules in roles.values_mut() {
        rules.sort();
    }
    roles
}

fn rule(group: &str, resource: &str, verbs: &[&str]) -> Rule {
    Rule {
        api_groups: vec![group.to_owned()],
        resources: vec![resource.to_owned()],
        resource_names: Vec::new(),
        verbs: verbs.iter().map(|&verb| verb.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(settings: &Settings) -> String {
        let mut text = String::new();
        for (place, rules) in roles(settings) {
            text.push_str(&format!("{place:?}\n"));
            for rule in rules {
                let names = rule.resource_names.join(",");
                text.push_str(&format!("  {} [{names}] {}\n", rule.resources.join(","), rule.verbs.join(",")));
            }
        }
        text
    }

    #[test]
    fn the_rights_are_those_of_the_tools_and_the_keys() {
        insta::assert_snapshot!(shown(&Settings::default()), @"
        Cluster
          nodes/stats [] get
          pods [] get,list
          pods/log [] get
        Own
          secrets [homelab-mcp-keys] get,list,watch
        ");
    }

    #[test]
    fn named_namespaces_need_no_right_on_all_of_them() {
        let settings = Settings { namespaces: Some(vec!["media".to_owned()]), ..Settings::default() };
        insta::assert_snapshot!(shown(&settings), @"
        Cluster
          nodes/stats [] get
        Own
          secrets [homelab-mcp-keys] get,list,watch
        Namespace(\"media\")
          pods [] get,list
          pods/log [] get
        ");
    }

    #[test]
    fn no_tool_may_read_secrets_or_run_commands() {
        for tool in TOOLS {
            for grant in tool.grants {
                assert!(
                    !["secrets", "pods/exec", "nodes/proxy", "*"].contains(&grant.resource),
                    "{} asks for {}",
                    tool.name,
                    grant.resource
                );
                assert!(!grant.verbs.contains(&"*"), "{}", tool.name);
            }
        }
    }
}
