//! Unpacks packages without installing them: no maintainer script runs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Component, Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use tar::{Archive, Entry, EntryType};

/// Folders that became links into /usr; packages of this release still name them.
const MERGED: &[&str] = &["bin", "sbin", "lib", "lib64", "lib32", "libx32"];
/// Half of the volume, and of no use on a node.
const LEFT_OUT: &[&str] =
    &["usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/perl", "usr/share/lintian"];

pub(super) fn all(archives: &[PathBuf], root: &Path) -> Result<()> {
    fs::create_dir_all(root)?;
    for name in ["bin", "sbin", "lib", "lib64"] {
        fs::create_dir_all(root.join("usr").join(name))?;
        symlink(format!("usr/{name}"), root.join(name))?;
    }
    for archive in archives {
        one(archive, root).with_context(|| format!("cannot unpack {}", archive.display()))?;
    }
    Ok(())
}

fn one(archive: &Path, root: &Path) -> Result<()> {
    let mut child = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(archive)
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run dpkg-deb")?;
    let stdout = child.stdout.take().context("dpkg-deb has no output")?;
    for entry in Archive::new(stdout).entries()? {
        unpack(entry?, root)?;
    }
    if !child.wait()?.success() {
        bail!("dpkg-deb failed");
    }
    Ok(())
}

fn unpack(mut entry: Entry<'_, ChildStdout>, root: &Path) -> Result<()> {
    let Some(path) = place(&entry.path()?) else { return Ok(()) };
    if LEFT_OUT.iter().any(|folder| path.starts_with(folder)) {
        return Ok(());
    }
    let target = root.join(&path);
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    let link = entry.link_name()?.map(std::borrow::Cow::into_owned);
    let header = entry.header();
    let (mode, owner, group) = (header.mode()?, u32::try_from(header.uid()?)?, u32::try_from(header.gid()?)?);
    match (header.entry_type(), link) {
        (EntryType::Directory, _) => fs::create_dir_all(&target)?,
        (EntryType::Symlink, Some(link)) => {
            let _ = fs::remove_file(&target);
            symlink(link, &target)?;
            return Ok(());
        }
        (EntryType::Link, Some(link)) => {
            let Some(link) = place(&link) else { return Ok(()) };
            let _ = fs::remove_file(&target);
            fs::hard_link(root.join(link), &target)?;
            return Ok(());
        }
        (EntryType::Regular, _) => {
            let _ = fs::remove_file(&target);
            std::io::copy(&mut entry, &mut fs::File::create(&target)?)?;
        }
        (other, _) => bail!("{} is a {other:?}", path.display()),
    }
    // The owner first: a change of owner takes the set-uid bit of sudo away.
    chown(&target, Some(owner), Some(group))?;
    fs::set_permissions(&target, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Where an entry of a package belongs: `./bin/sh` is `usr/bin/sh`. `None` for the root itself.
fn place(path: &Path) -> Option<PathBuf> {
    let plain: PathBuf = path.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    let first = plain.components().next()?.as_os_str().to_str()?.to_owned();
    if MERGED.contains(&first.as_str()) { Some(Path::new("usr").join(plain)) } else { Some(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_folders_move_below_usr() {
        assert_eq!(place(Path::new("./bin/sh")), Some("usr/bin/sh".into()));
        assert_eq!(place(Path::new("./etc/passwd")), Some("etc/passwd".into()));
        assert_eq!(place(Path::new("./")), None);
        assert_eq!(place(Path::new("../../etc/shadow")), Some("etc/shadow".into()));
    }
}
