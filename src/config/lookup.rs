//! Which file is read, and which variables stand in for keys.

use std::path::{Path, PathBuf};

use super::problem::Place;
use super::read::Override;

/// The variable that names the config file.
pub const FILE_VARIABLE: &str = "HOMELABCTL_CONFIG";

/// The variable that stands for `--host`.
pub const HOST_VARIABLE: &str = "HOMELABCTL_HOST";

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

/// What `[USER@]ADDRESS[:PORT]` says about the host, from the flag or else from the variable.
pub fn host_overrides(flag: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Vec<Override> {
    // An empty variable is one that is not set.
    let from_variable = || variable(HOST_VARIABLE).filter(|text| !text.is_empty());
    let (text, place) = match flag {
        Some(text) => (text.to_owned(), Place::Flag("--host")),
        None => match from_variable() {
            Some(text) => (text, Place::Env(HOST_VARIABLE)),
            None => return Vec::new(),
        },
    };
    let (user, rest) = text.split_once('@').map_or((None, text.as_str()), |(user, rest)| (Some(user), rest));
    let (address, port) = rest.rsplit_once(':').map_or((rest, None), |(address, port)| (address, Some(port)));
    [("host.user", user), ("host.address", Some(address)), ("host.port", port)]
        .into_iter()
        .filter_map(|(key, value)| Some(Override { key, value: value?.to_owned(), place: place.clone() }))
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

    fn said(flag: Option<&str>, variable: &str) -> Vec<(&'static str, String)> {
        let lookup = |name: &str| (name == HOST_VARIABLE).then(|| variable.to_owned());
        host_overrides(flag, lookup).into_iter().map(|found| (found.key, found.value)).collect()
    }

    #[test]
    fn a_host_is_user_address_and_port() {
        let expected = [("host.user", "ann"), ("host.address", "nas"), ("host.port", "2222")];
        assert_eq!(said(Some("ann@nas:2222"), "other"), expected.map(|(key, value)| (key, value.to_owned())));
        assert_eq!(said(None, "192.168.7.2"), [("host.address", "192.168.7.2".to_owned())]);
        assert_eq!(said(None, ""), []);
    }
}
