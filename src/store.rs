//! What homelabctl keeps on this machine about one homelab: where the server is, whom to trust, the keys.
//!
//! Pure: names of files and their content. Reading and writing is `edge::store`.

use std::{
    ffi::OsStr,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{config::Config, keys::KeyName};

/// The folder of one homelab: `STATE/homelabctl/HOST`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

impl Store {
    /// `state` is the person's folder for state, see [`state_folder`].
    pub fn of(state: &Path, host: &str) -> Self {
        Self { folder: state.join("homelabctl").join(host) }
    }

    /// The folder itself is known: a client's entry names it.
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn connection(&self) -> PathBuf {
        self.folder.join("connection.json")
    }

    /// The archive of the image that was last built or given here.
    pub fn image(&self) -> PathBuf {
        self.folder.join("image.tar")
    }

    pub fn ca(&self) -> PathBuf {
        self.folder.join(CA)
    }

    pub fn keys(&self) -> PathBuf {
        self.folder.join("keys")
    }

    pub fn key(&self, name: &KeyName) -> PathBuf {
        self.keys().join(name.as_str())
    }
}

const CA: &str = "ca.crt";

/// `$XDG_STATE_HOME` where it is an absolute path (the rest is to be ignored, says its specification), else `~/.local/state`.
pub fn state_folder(xdg_state_home: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    let absolute = |text: &OsStr| Some(PathBuf::from(text)).filter(|path| path.is_absolute());
    xdg_state_home.and_then(absolute).or_else(|| home.and_then(absolute).map(|home| home.join(".local/state")))
}

/// Where the deployed server is. Clients dial the address and never ask DNS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub version: u32,
    pub url: String,
    /// The name in the server's certificate.
    pub name: String,
    pub address: Ipv4Addr,
    pub port: u16,
    /// The CA's file, beside this one.
    pub ca: String,
}

/// Why a saved connection is not used.
#[derive(Debug, thiserror::Error)]
pub enum BadConnection {
    #[error("it is not what homelabctl writes")]
    Form(#[from] serde_json::Error),
    #[error("its version {0} is of a newer homelabctl")]
    Version(u32),
}

impl Connection {
    pub fn of(config: &Config) -> Self {
        let name = config.server.name.to_string();
        Self {
            version: 1,
            url: format!("https://{name}/mcp"),
            name,
            address: config.network.service_address(),
            port: 443,
            ca: CA.to_owned(),
        }
    }

    pub fn parse(text: &str) -> Result<Self, BadConnection> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        match serde_json::from_str::<Versioned>(text)?.version {
            1 => Ok(serde_json::from_str(text)?),
            other => Err(BadConnection::Version(other)),
        }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(self).expect("these are plain values"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn the_state_lies_where_the_person_keeps_state() {
        let check = |xdg: Option<&str>, home: Option<&str>, expected: Option<&str>| {
            assert_eq!(
                state_folder(xdg.map(OsStr::new), home.map(OsStr::new)),
                expected.map(PathBuf::from),
                "{xdg:?} {home:?}"
            );
        };
        check(Some("/state"), Some("/home/kim"), Some("/state"));
        check(None, Some("/home/kim"), Some("/home/kim/.local/state"));
        check(Some("relative"), Some("/home/kim"), Some("/home/kim/.local/state"));
        check(Some(""), Some("/home/kim"), Some("/home/kim/.local/state"));
        check(None, None, None);
        let store = Store::of(Path::new("/state"), "homelab");
        assert_eq!(store.key(&"mac".parse().unwrap()), Path::new("/state/homelabctl/homelab/keys/mac"));
    }

    #[test]
    fn a_connection_is_written_as_agreed_and_read_back() {
        let connection = Connection::of(&Config::default());
        insta::assert_snapshot!(connection.text(), @r#"
        {
          "version": 1,
          "url": "https://mcp.homelab.local/mcp",
          "name": "mcp.homelab.local",
          "address": "192.168.1.200",
          "port": 443,
          "ca": "ca.crt"
        }
        "#);
        assert_eq!(Connection::parse(&connection.text()).unwrap(), connection);
    }

    #[test]
    fn a_connection_of_another_version_is_named() {
        assert_eq!(
            Connection::parse(r#"{"version":2,"new":1}"#).unwrap_err().to_string(),
            "its version 2 is of a newer homelabctl"
        );
        assert!(matches!(Connection::parse("{"), Err(BadConnection::Form(_))));
    }
}
