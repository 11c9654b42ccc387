//! Files of this machine: whole, atomic, with the mode they need.

use anyhow::Context as _;
use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// The text, or `None` where there is no such file.
///
/// # Errors
/// The file is there and cannot be read, or is not UTF-8.
pub fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

/// The permissions of a file; `None` where there is none.
///
/// # Errors
/// It cannot be looked at.
pub fn mode(path: &Path) -> anyhow::Result<Option<u32>> {
    match fs::metadata(path) {
        Ok(found) => Ok(Some(found.permissions().mode() & 0o777)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
}

/// The bytes of a file that has to be there.
///
/// # Errors
/// It cannot be read.
pub fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes the whole file or nothing: into a neighbour, synced, then renamed. A symlink keeps pointing, its target is replaced.
///
/// # Errors
/// The folder cannot be made or written; the old file is then as it was.
pub fn replace(path: &Path, text: &[u8], mode: u32) -> anyhow::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_folder(folder)?;
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".homelabctl-")
            .permissions(fs::Permissions::from_mode(mode))
            .tempfile_in(folder)?;
        file.write_all(text)?;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        fs::File::open(folder)?.sync_all()
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// The folder and its parents, private to this person where they are new.
///
/// # Errors
/// It cannot be made.
pub fn make_folder(path: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Copies a file beside itself as `NAME.homelabctl-backup-N`, with its mode; says where. `None` when there is nothing to keep.
///
/// # Errors
/// The copy cannot be written.
pub fn backup(path: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !path.exists() {
        return Ok(None);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for number in 1.. {
        let copy = path.with_file_name(format!("{name}.homelabctl-backup-{number}"));
        if !copy.exists() {
            fs::copy(path, &copy).with_context(|| format!("cannot keep a backup at {}", copy.display()))?;
            return Ok(Some(copy));
        }
    }
    unreachable!("the numbers do not end before the file system does")
}

/// Removes a file; one that is gone already is fine.
///
/// # Errors
/// It is there and cannot be removed.
pub fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{backup, read, replace};
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_is_replaced_whole_with_its_mode_and_a_backup() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("new/deep/file");
        assert_eq!(read(&path)?, None);
        replace(&path, b"one", 0o600)?;
        let kept = backup(&path)?.expect("there is a file");
        replace(&path, b"two", 0o600)?;
        assert_eq!((read(&path)?.as_deref(), read(&kept)?.as_deref()), (Some("two"), Some("one")));
        assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
        let left: Vec<_> = std::fs::read_dir(path.parent().expect("it has one"))?.collect();
        assert_eq!(left.len(), 2, "nothing temporary stays");
        Ok(())
    }
}
