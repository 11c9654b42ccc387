//! Reading and writing of a node's files, each error with the path.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown, symlink};
use std::path::Path;

use anyhow::{Context, Result};

/// Makes a folder and what is above it.
pub fn folder(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))
}

/// Writes a file with its folder; readers see the old or the new content, never a part.
pub fn write(path: impl AsRef<Path>, content: impl AsRef<[u8]>, mode: u32) -> Result<()> {
    let path = path.as_ref();
    let write = || -> std::io::Result<()> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let new = std::path::PathBuf::from(format!("{}.new", path.display()));
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(mode).open(&new)?;
        file.write_all(content.as_ref())?;
        fs::set_permissions(&new, Permissions::from_mode(mode))?;
        fs::rename(&new, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

pub fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// `None` when there is no such file; a file that cannot be read is an error.
pub fn read_if_there(path: impl AsRef<Path>) -> Result<Option<String>> {
    let path = path.as_ref();
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// Makes `link` point to `target`, whatever it was before.
pub fn link(target: impl AsRef<Path>, link: impl AsRef<Path>) -> Result<()> {
    let (target, link) = (target.as_ref(), link.as_ref());
    if let Some(parent) = link.parent() {
        folder(parent)?;
    }
    let _ = fs::remove_file(link);
    symlink(target, link).with_context(|| format!("cannot link {}", link.display()))
}

/// Removes a file or a whole folder; absent is fine.
pub fn remove(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let removed = match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    removed.with_context(|| format!("cannot remove {}", path.display()))
}

/// Gives a file to root and `group`.
pub fn give_to_group(path: impl AsRef<Path>, group: u32, mode: u32) -> Result<()> {
    let path = path.as_ref();
    chown(path, Some(0), Some(group))
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode)))
        .with_context(|| format!("cannot change the owner of {}", path.display()))
}
