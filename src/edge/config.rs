//! The config of this run: the file that is looked up, the environment, the flags.

use std::path::{Path, PathBuf};

use super::files;
use crate::config::{BED_MARK, Config, Loaded, Lookup, Problems, Source, Surroundings};
use crate::config::{Build, host_overrides, lookup, read, refused_defaults};
use crate::failure::{Failure, Kind};

/// What was found: a config or what is wrong with it, and the file that it was read from, if there was one.
pub struct Found {
    pub loaded: Result<Loaded, Problems>,
    pub file: Option<String>,
}

impl Found {
    /// The config, or everything that is wrong with it as one failure.
    ///
    /// # Errors
    /// Something in the config is wrong.
    pub fn valid(self) -> Result<Loaded, Failure> {
        self.loaded.map_err(|problems| {
            let summary = problems.summary();
            Failure::new(Kind::Usage, anyhow::Error::new(problems).context(summary))
        })
    }
}

/// Looks the config up and reads it.
///
/// # Errors
/// A named file is not there, or a file cannot be read.
pub fn find(config_flag: Option<&Path>, host_flag: Option<&str>) -> Result<Found, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let (file, text) = match lookup(config_flag, variable) {
        Lookup::Named { path, by } => {
            let text = files::read(&path)?.ok_or_else(|| {
                let message = format!("there is no config at {} ({})", path.display(), by.words());
                Failure::usage(message).help("name another file, or leave it out for the built-in defaults")
            })?;
            (Some(path.display().to_string()), text)
        }
        Lookup::Search(paths) => first_that_is_there(&paths)?,
    };
    let source = file.as_deref().map(|name| Source { name, text: &text });
    let loaded = read(source, &host_overrides(host_flag, variable));
    Ok(Found { loaded, file })
}

/// The folder that paths in the config are relative to: the file's own, or this one where there is none.
pub fn folder(config_flag: Option<&Path>) -> PathBuf {
    let file = match lookup(config_flag, |name| std::env::var(name).ok()) {
        Lookup::Named { path, .. } => Some(path),
        Lookup::Search(paths) => paths.into_iter().find(|path| path.exists()),
    };
    file.and_then(|file| file.parent().map(Path::to_owned)).unwrap_or_default()
}

/// The config of a command that is about to reach the host.
///
/// # Errors
/// As [`find`]; something in the config is wrong; or a debug build outside of a test bed was about to use the built-in addresses.
pub fn for_contact(config_flag: Option<&Path>, host_flag: Option<&str>) -> Result<Config, Failure> {
    let loaded = find(config_flag, host_flag)?.valid()?;
    let surroundings = if Path::new(BED_MARK).exists() { Surroundings::Bed } else { Surroundings::Elsewhere };
    let keys = refused_defaults(&loaded, Build::THIS, surroundings);
    if keys.is_empty() {
        return Ok(loaded.config);
    }
    let message = format!(
        "this is a debug build outside of a test bed, and {} would be the built-in default, which may be somebody's real machine",
        keys.join(" and ")
    );
    Err(Failure::usage(message)
        .help("write the addresses into homelab.yaml, or run it in a test bed: cargo homelab laptop homelabctl …"))
}

fn first_that_is_there(paths: &[std::path::PathBuf]) -> anyhow::Result<(Option<String>, String)> {
    for path in paths {
        if let Some(text) = files::read(path)? {
            return Ok((Some(path.display().to_string()), text));
        }
    }
    Ok((None, String::new()))
}
