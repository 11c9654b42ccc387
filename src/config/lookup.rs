//! Which file is read, and which variables stand in for keys.

use std::path::{Path, PathBuf};

use super::problem::Place;
use super::read::Override;

/// The variable that names the config file.
pub const FILE_VARIABLE: &str = "HOMELABCTL_CONFIG";

/// Variables that win over the file, and the key of each.
pub const VARIABLES: &[(&str, &str)] = &[
    ("HOMELABCTL_HOST", "host.address"),
    ("HOMELABCTL_USER", "host.user"),
    ("HOMELABCTL_PORT", "host.port"),
    ("HOMELABCTL_SERVER_NAME", "server.name"),
];

/// Where a config may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The person named a file: it must be there.
    Named { path: PathBuf, by: Place },
    /// The first of these that is there; none is as good.
    Search(Vec<PathBuf>),
}

/// The flag, then the variable, then this folder, then the person's config folder.
pub fn lookup(flag: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> Lookup {
    if let Some(path) = flag {
        return Lookup::Named { path: path.to_owned(), by: Place::Flag("--config") };
    }
    if let Some(path) = variable(FILE_VARIABLE) {
        return Lookup::Named { path: path.into(), by: Place::Env(FILE_VARIABLE) };
    }
    let folder = variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")));
    let mut paths = vec![PathBuf::from("homelab.yaml")];
    paths.extend(folder.map(|folder| folder.join("homelabctl/homelab.yaml")));
    Lookup::Search(paths)
}

/// The values that the environment gives. An empty variable is one that is not set.
pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Vec<Override> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    VARIABLES
        .iter()
        .filter_map(|(name, key)| Some(Override { key, value: set(name)?, place: Place::Env(name) }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_named_file_wins_over_what_lies_about() {
        let variable = |name: &str| (name == FILE_VARIABLE).then(|| "/etc/b.yaml".to_owned());
        let flag = Lookup::Named { path: "a.yaml".into(), by: Place::Flag("--config") };
        assert_eq!(lookup(Some(Path::new("a.yaml")), variable), flag);
        let named = Lookup::Named { path: "/etc/b.yaml".into(), by: Place::Env(FILE_VARIABLE) };
        assert_eq!(lookup(None, variable), named);
        assert_eq!(lookup(None, none), Lookup::Search(vec!["homelab.yaml".into()]));
    }

    #[test]
    fn the_person_s_own_folder_comes_last() {
        let home = |name: &str| (name == "HOME").then(|| "/home/ann".to_owned());
        let paths = vec!["homelab.yaml".into(), "/home/ann/.config/homelabctl/homelab.yaml".into()];
        assert_eq!(lookup(None, home), Lookup::Search(paths));
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        let variable = |name: &str| (name == "HOMELABCTL_HOST").then(String::new);
        assert_eq!(from_environment(variable), []);
    }
}
