//! The server on this machine: the configured settings, with what a cluster would bring exchanged for files in one folder.
//!
//! Pure; `edge::dev` writes the files and runs the program.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use homelab_mcp::config::{FileRoot, Settings, Tls};

use crate::{
    config::{Config, Lan},
    store::Connection,
    tls::{Constraints, Names},
};

/// Where everything lies while `dev` runs; the whole folder goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    folder: PathBuf,
}

impl Layout {
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn settings(&self) -> PathBuf {
        self.folder.join("server/settings.yaml")
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.join("server/tls.crt")
    }

    pub fn certificate_key(&self) -> PathBuf {
        self.folder.join("server/tls.key")
    }

    /// The records of the keys that the server lets in.
    pub fn records(&self) -> PathBuf {
        self.folder.join("server/keys")
    }

    /// What the default file resource shows.
    pub fn files(&self) -> PathBuf {
        self.folder.join("server/files")
    }
}

/// The public name and loopback, so that every way to call it is a verified one.
pub fn names(config: &Config) -> Names {
    Names::of(&[config.server.name.to_string(), "localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()])
}

/// A CA that is good for this machine alone.
pub fn constraints(config: &Config) -> Constraints {
    let loopback: Lan = "127.0.0.0/8".parse().expect("this is a network");
    Constraints { dns: vec![config.server.name.to_string(), "localhost".to_owned()], networks: vec![loopback] }
}

/// The server's settings: limits, tools and hosts as configured; TLS of its own and keys in a folder.
pub fn settings(config: &Config, layout: &Layout, at: SocketAddr, metrics: SocketAddr) -> Settings {
    let configured = &config.server.settings;
    let mut settings = configured.clone();
    settings.listen = at;
    settings.metrics_listen = metrics;
    settings.tls = Some(Tls { cert: layout.certificate(), key: layout.certificate_key() });
    settings.keys.folder = Some(layout.records());
    settings.trusted_proxies = Vec::new();
    let name = config.server.name.to_string();
    for host in [name, "localhost".to_owned(), Ipv4Addr::LOCALHOST.to_string()] {
        if !settings.allowed_hosts.contains(&host) {
            settings.allowed_hosts.push(host);
        }
    }
    // The default folder is the pod's volume; here it is an empty one.
    for root in &mut settings.files {
        if Settings::default().files.iter().any(|default: &FileRoot| default.path == root.path) {
            root.path = layout.files();
        }
    }
    settings
}

/// The record by which `homelabctl bridge --state` finds this server.
pub fn connection(config: &Config, at: SocketAddr) -> Connection {
    let name = config.server.name.to_string();
    let url = format!("https://{name}:{}/mcp", at.port());
    Connection { url, address: Ipv4Addr::LOCALHOST, port: at.port(), ..Connection::of(config) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configured_server_runs_here_with_files_of_its_own() {
        let config = Config::default();
        let layout = Layout::in_folder("/tmp/dev".into());
        let settings = settings(&config, &layout, ([127, 0, 0, 1], 8443).into(), ([127, 0, 0, 1], 9443).into());
        assert_eq!(settings.validate(), []);
        assert_eq!(settings.limits, config.server.settings.limits);
        assert_eq!(settings.keys.folder.as_deref(), Some(Path::new("/tmp/dev/server/keys")));
        assert_eq!(settings.files[0].path, Path::new("/tmp/dev/server/files"));
        assert!(settings.allowed_hosts.contains(&"127.0.0.1".to_owned()));
        assert!(constraints(&config).refused(&names(&config)).is_empty());
    }
}
