//! The laptop's own state on disk: private folders, whole files, keys that only this person can read.
//!
//! Keys lie in files of mode 0600 on every platform, macOS included: the keychain is not used yet. [`save_key`], [`key`]
//! and [`keys_here`] are the only doors to them, so that it can take the files' place without touching anything else.

use std::{collections::BTreeMap, fs, io, path::Path};

use anyhow::Context as _;
use homelab_mcp::keys::Token;

use super::files;
use crate::{
    keys::KeyName,
    store::{Connection, Store, state_folder},
};

/// The state of the homelab with this host's name.
///
/// # Errors
/// The environment names no home.
pub fn open(host: &str) -> anyhow::Result<Store> {
    let (xdg, home) = (std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"));
    let state = state_folder(xdg.as_deref(), home.as_deref())
        .context("neither HOME nor XDG_STATE_HOME says where state belongs")?;
    Ok(Store::of(&state, host))
}

/// Where the deployed server is, if this machine knows.
///
/// # Errors
/// The file is there and makes no sense.
pub fn connection(store: &Store) -> anyhow::Result<Option<Connection>> {
    let path = store.connection();
    let Some(text) = files::read(&path)? else { return Ok(None) };
    Connection::parse(&text).map(Some).with_context(|| format!("cannot use {}", path.display()))
}

/// # Errors
/// The folder cannot be written.
pub fn save_connection(store: &Store, connection: &Connection) -> anyhow::Result<()> {
    files::replace(&store.connection(), connection.text().as_bytes(), 0o600)
}

/// The CA's certificate in PEM, if this machine has it.
///
/// # Errors
/// The file is there and cannot be read.
pub fn ca(store: &Store) -> anyhow::Result<Option<String>> {
    files::read(&store.ca())
}

/// # Errors
/// The folder cannot be written.
pub fn save_ca(store: &Store, pem: &str) -> anyhow::Result<()> {
    files::replace(&store.ca(), pem.as_bytes(), 0o644)
}

/// Saves a key. It is on disk, synced, when this returns: its hash may go to the cluster now.
///
/// # Errors
/// The folder cannot be written.
pub fn save_key(store: &Store, name: &KeyName, token: &Token) -> anyhow::Result<()> {
    files::replace(&store.key(name), format!("{}\n", token.reveal()).as_bytes(), 0o600)
}

/// The key of that name, if it lies here.
///
/// # Errors
/// The file is there and holds no key.
pub fn key(store: &Store, name: &KeyName) -> anyhow::Result<Option<Token>> {
    read_key(&store.key(name))
}

/// Every key that lies here: its id by its name. A file that is no key is not one.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn keys_here(store: &Store) -> anyhow::Result<BTreeMap<String, String>> {
    let folder = store.keys();
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", folder.display())),
    };
    let mut here = BTreeMap::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.parse::<KeyName>().is_ok()
            && let Ok(Some(token)) = read_key(&entry.path())
        {
            here.insert(name, token.id().to_owned());
        }
    }
    Ok(here)
}

fn read_key(path: &Path) -> anyhow::Result<Option<Token>> {
    let Some(text) = files::read(path)? else { return Ok(None) };
    let token = text.trim().parse().map_err(|_| anyhow::anyhow!("{} holds no API key", path.display()))?;
    Ok(Some(token))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::config::Config;

    fn mode(path: &Path) -> anyhow::Result<u32> {
        Ok(fs::metadata(path)?.permissions().mode() & 0o777)
    }

    #[test]
    fn a_key_is_private_and_comes_back() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let store = Store::of(folder.path(), "homelab");
        let name: KeyName = "mac".parse().map_err(anyhow::Error::msg)?;
        assert_eq!((key(&store, &name)?, keys_here(&store)?.len()), (None, 0));

        let token = Token::generate(&ring::rand::SystemRandom::new()).map_err(|_| anyhow::anyhow!("no randomness"))?;
        save_key(&store, &name, &token)?;
        fs::write(store.keys().join("notes"), "nothing")?;
        assert_eq!(key(&store, &name)?, Some(token.clone()));
        assert_eq!(keys_here(&store)?, BTreeMap::from([("mac".to_owned(), token.id().to_owned())]));
        assert_eq!((mode(&store.key(&name))?, mode(&store.keys())?, mode(store.folder())?), (0o600, 0o700, 0o700));

        Ok(())
    }

    #[test]
    fn a_connection_and_its_ca_come_back() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let store = Store::of(folder.path(), "homelab");
        assert_eq!((connection(&store)?, ca(&store)?), (None, None));
        let wanted = Connection::of(&Config::default());
        save_connection(&store, &wanted)?;
        save_ca(&store, "PEM\n")?;
        assert_eq!((connection(&store)?, ca(&store)?), (Some(wanted), Some("PEM\n".to_owned())));
        fs::write(store.connection(), "{")?;
        assert!(connection(&store).is_err());
        Ok(())
    }
}
