//! `Client`: what is particular to one AI client, and the desk it stands on.

use serde_json::Value;
use std::path::{Path, PathBuf};

use super::entry::Launch;

/// One AI client.
pub struct Client {
    /// As in `--claude-desktop`; also the default name of its API key.
    pub name: &'static str,
    /// As a person calls it.
    pub about: &'static str,
    /// Where this client keeps its configuration.
    pub file: fn(&Desk<'_>) -> PathBuf,
    /// The path of keys to the object that lists the servers by name.
    pub pointer: &'static [&'static str],
    /// What stands there for our server.
    pub entry: fn(&Launch) -> Value,
    /// What the person does so that the client reads its file again.
    pub afterwards: &'static str,
}

/// Where a person sits: decides where clients keep their files.
pub struct Desk<'a> {
    pub platform: Platform,
    pub home: &'a Path,
    pub xdg_config_home: Option<&'a Path>,
}

impl Desk<'_> {
    /// The folder of configuration files; a relative value is ignored, as its specification demands.
    pub fn config_home(&self) -> PathBuf {
        match self.xdg_config_home {
            Some(folder) if folder.is_absolute() => folder.to_path_buf(),
            _ => self.home.join(".config"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    MacOs,
    Linux,
}

impl Platform {
    /// The one that this program was built for.
    pub const HERE: Self = if cfg!(target_os = "macos") { Self::MacOs } else { Self::Linux };
}
