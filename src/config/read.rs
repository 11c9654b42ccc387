//! From text, variables and flags to a config, or to everything that is wrong with them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::check::check;
use super::problem::{Place, Problem, Problems};
use super::tree::{Kind, Node, parse};
use super::{Config, rules};

/// The text of a config file and the name to call it by.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

/// A value from outside of the file: it wins over the file's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The key that it stands for, such as `host.address`.
    pub key: &'static str,
    pub value: String,
    /// `Place::Flag` or `Place::Env`.
    pub place: Place,
}

/// A config and where each of its values comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub config: Config,
    origins: BTreeMap<String, Place>,
}

impl Loaded {
    /// The config that is built in.
    pub fn built_in() -> Loaded {
        Loaded { config: Config::default(), origins: BTreeMap::new() }
    }

    /// Where the value of `key` comes from; `None` is the built-in default.
    pub fn origin(&self, key: &str) -> Option<&Place> {
        self.origins.get(key)
    }
}

/// Reads a config. Later overrides win over earlier ones, and all of them over the file.
pub fn read(source: Option<Source<'_>>, overrides: &[Override]) -> Result<Loaded, Problems> {
    let Source { name, text } = source.unwrap_or(Source { name: "homelab.yaml", text: "" });
    let mut problems = Vec::new();
    let mut tree = match parse(text, &mut problems) {
        Some(Node { kind: Kind::Absent, .. }) => Node::empty_map(),
        Some(tree) => tree,
        None => return Err(Problems::new(name, text, problems)),
    };
    for value in overrides {
        let path: Vec<&str> = value.key.split('.').collect();
        tree.put(&path, Node::text(&value.value, value.place.clone()));
    }
    let schema = super::schema::inlined();
    let mut values = check(&tree, &schema, "", &schema, &mut problems).unwrap_or_default();
    parse_parts(&tree, &mut values, &mut problems);
    let config = merged(&values).map_err(|error| {
        problems.push(Problem::at(Place::Nowhere, error.to_string()));
        Problems::new(name, text, problems.clone())
    })?;
    find_contradictions(&config, &tree, &mut problems);
    if problems.is_empty() {
        let origins =
            leaves(&values).into_iter().filter_map(|path| Some((path.join("."), tree.place_of_key(&path.join("."))?)));
        Ok(Loaded { config, origins: origins.collect() })
    } else {
        Err(Problems::new(name, text, problems))
    }
}

/// Reads each value, then each section, by itself as the type that it is for, and takes out what
/// the type refuses.
fn parse_parts(tree: &Node, values: &mut Value, problems: &mut Vec<Problem>) {
    if merged(values).is_ok() {
        return;
    }
    for path in parts(values) {
        let Some(value) = path.iter().try_fold(&*values, |value, key| value.get(key)) else { continue };
        let is_section = value.is_object();
        let alone = path.iter().rev().fold(value.clone(), |inner, key| serde_json::json!({ key.as_str(): inner }));
        let Err(error) = merged(&alone) else { continue };
        let message = error.to_string();
        if !is_section && message.starts_with("missing field") {
            continue;
        }
        if value.as_object().is_some_and(serde_json::Map::is_empty) && is_told(tree, &path, problems) {
            remove(values, &path);
            continue;
        }
        let key = path.join(".");
        problems.push(Problem::at(tree.place_of_key(&key).unwrap_or(Place::Nowhere), format!("`{key}`: {message}")));
        remove(values, &path);
    }
}

/// Whether a section is empty only because what was in it has been told.
fn is_told(tree: &Node, path: &[String], problems: &[Problem]) -> bool {
    let within = tree.at(path).map(Node::places_within).unwrap_or_default();
    problems.iter().any(|problem| within.contains(&&problem.place))
}

/// Rules between values, judged with defaults in place of what is already known to be bad; a finding
/// about such a value would be about nothing that was written.
fn find_contradictions(config: &Config, tree: &Node, problems: &mut Vec<Problem>) {
    let bad: Vec<Place> = problems.iter().map(|problem| problem.place.clone()).collect();
    for finding in rules::findings(config, |key| tree.place_of_key(key).is_some()) {
        let places: Vec<Place> = finding.keys.iter().filter_map(|key| tree.place_of_key(key)).collect();
        if places.iter().any(|place| bad.contains(place)) {
            continue;
        }
        let place = places.into_iter().next().or_else(|| nearest(tree, finding.keys.first()?));
        let problem = Problem::at(place.unwrap_or(Place::Nowhere), finding.message);
        problems.push(if finding.help.is_empty() { problem } else { problem.help(finding.help) });
    }
}

/// The section that is written and in which a key would be.
fn nearest(tree: &Node, key: &str) -> Option<Place> {
    let (section, _) = key.rsplit_once(['.', '['])?;
    tree.place_of_key(section).or_else(|| nearest(tree, section))
}

/// The defaults with `values` laid over them.
fn merged(values: &Value) -> Result<Config, serde_json::Error> {
    let mut all = serde_json::to_value(Config::default())?;
    lay_over(&mut all, values);
    serde_json::from_value(all)
}

fn lay_over(base: &mut Value, values: &Value) {
    match (base, values) {
        (Value::Object(base), Value::Object(values)) => {
            for (key, value) in values {
                lay_over(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, values) => *base = values.clone(),
    }
}

/// The paths of all values, then those of the sections that hold them, inner ones first.
fn parts(value: &Value) -> Vec<Vec<String>> {
    let values = leaves(value);
    let mut sections: Vec<Vec<String>> =
        values.iter().flat_map(|path| (1..path.len()).map(|depth| path[..depth].to_vec())).collect();
    sections.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    sections.dedup();
    values.into_iter().chain(sections).collect()
}

/// The paths of all values that are no sections, and of sections that hold nothing.
pub(crate) fn leaves(value: &Value) -> Vec<Vec<String>> {
    let entries = match value {
        Value::Object(entries) if !entries.is_empty() => entries,
        _ => return vec![Vec::new()],
    };
    let mut paths = Vec::new();
    for (key, inner) in entries {
        for mut path in leaves(inner) {
            path.insert(0, key.clone());
            paths.push(path);
        }
    }
    paths
}

fn remove(values: &mut Value, path: &[String]) {
    let Some((last, sections)) = path.split_last() else { return };
    let section = sections.iter().try_fold(values, |value, key| value.get_mut(key));
    if let Some(Value::Object(entries)) = section {
        entries.shift_remove(last);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn problems(text: &str) -> String {
        read(Some(Source { name: "homelab.yaml", text }), &[]).unwrap_err().to_string()
    }

    #[test]
    fn nothing_is_the_built_in_config() {
        assert_eq!(read(None, &[]).unwrap(), Loaded::built_in());
        assert_eq!(
            read(Some(Source { name: "homelab.yaml", text: "host:\n  # name: lab\n" }), &[]).unwrap(),
            Loaded::built_in()
        );
    }

    #[test]
    fn five_different_errors_are_reported_in_one_go() {
        insta::assert_snapshot!(problems(
            "version: 1
host:
  adress: 192.168.1.104
  port: ssh
network:
  pool: 192.168.2.200-192.168.2.210
addons:
  registry: yes
server:
  name: MCP_Home
  autoscaling:
    min: 4
    max: 3
"
        ));
    }

    #[test]
    fn every_kind_of_slip_is_told_with_its_cure() {
        insta::assert_snapshot!(problems(
            "version: 2
host: nas
pool: 192.168.1.5-192.168.1.9
network: {pool: 192.168.1.100-192.168.1.110, service_address: 192.168.1.200}
releases: {keep: 1, keep: 5}
tls: {mode: owm}
server:
  resources: {requests: {cpu: 2}}
  settings:
    files: /srv
    log: loud
    tls: {cert: cert.pem}
    allowed_hosts: [ok.local, \"b d\"]
colour: blue
"
        ));
    }

    #[test]
    fn a_default_that_no_longer_fits_is_told_at_its_section() {
        insta::assert_snapshot!(problems("server:\n  settings:\n    limits:\n      per_key: {per_second: 9000}\n"));
    }

    #[test]
    fn credentials_are_named_once_and_lie_in_one_place_each() {
        insta::assert_snapshot!(problems(
            "server:
  secrets:
    Grafana_Token: {fille: a}
    nas.password: {file: a}
    both: {file: a, env: A}
    neither: {}
    nothing:
    plain: ~/.secrets/plain
    misspelt: {fiel: a}
    odd: {env: 'A B'}
    elsewhere: {file: ~ann/a}
  settings:
    secrets: /run/mine
    files: [{name: a, path: /run}]
"
        ));
        insta::assert_snapshot!(problems("server: {secrets: [a]}\n"));
    }

    #[test]
    fn a_second_host_that_nobody_wrote_is_in_nobody_s_way() {
        let read = |text: &str| read(Some(Source { name: "homelab.yaml", text }), &[]);
        let pool = "network: {pool: 192.168.1.100-192.168.1.103}\n";
        assert!(read(pool).is_ok());
        assert!(read(&format!("{pool}second_host: {{address: 192.168.1.101}}\n")).is_err());
        assert!(read("host: {address: 192.168.1.101}\n").is_ok());
    }

    #[test]
    fn text_that_is_no_yaml_shows_where() {
        insta::assert_snapshot!(problems("host:\n  name: lab\n   port: 22\n"));
    }

    #[test]
    fn a_flag_wins_over_the_file_and_is_named_when_it_is_wrong() {
        let file = Some(Source { name: "homelab.yaml", text: "host: {address: 192.168.1.5, user: ann}\n" });
        let flag =
            |value: &str| [Override { key: "host.address", value: value.to_owned(), place: Place::Flag("--host") }];
        let loaded = read(file, &flag("192.168.1.6")).unwrap();
        assert_eq!(&*loaded.config.host.address, "192.168.1.6");
        assert_eq!(loaded.origin("host.address"), Some(&Place::Flag("--host")));
        assert_eq!(loaded.origin("host.user"), Some(&Place::File { line: 1, column: 36, width: 3 }));
        assert_eq!(loaded.origin("host.port"), None);
        insta::assert_snapshot!(read(file, &flag("-oProxyCommand=x")).unwrap_err());
    }

    #[test]
    fn a_plain_scalar_is_read_as_what_is_wanted() {
        let text = "server: {resources: {limits: {cpu: 2}}, namespace: 123}\nhost: {name: no}\n";
        let config = read(Some(Source { name: "x", text }), &[]).unwrap().config;
        assert_eq!(
            (config.server.resources.limits.cpu.as_str(), &*config.server.namespace, &*config.host.name),
            ("2", "123", "no")
        );
    }
}
