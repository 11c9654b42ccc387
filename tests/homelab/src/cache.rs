//! The folder outside of every checkout where parts and the Debian tree are kept, keyed by what they are made of.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use nix::fcntl::{Flock, FlockArg};
use ring::digest::{Context as Hash, SHA256};

use crate::say;

/// `$HOMELAB_CACHE`, else `homelab-parts` in the person's cache folder.
pub fn root() -> Result<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    folder("HOMELAB_CACHE")
        .or_else(|| folder("XDG_CACHE_HOME").map(|base| base.join("homelab-parts")))
        .or_else(|| folder("HOME").map(|home| home.join(".cache/homelab-parts")))
        .ok_or_else(|| anyhow!("no folder for the parts: set HOMELAB_CACHE or HOME"))
}

/// Only one process builds at a time; the lock goes with the returned value.
pub(crate) fn lock(cache: &Path) -> Result<Flock<File>> {
    fs::create_dir_all(cache).with_context(|| format!("cannot make the cache folder {}", cache.display()))?;
    let path = cache.join("lock");
    let open = || File::create(&path).with_context(|| format!("cannot open {}", path.display()));
    match Flock::lock(open()?, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(lock),
        Err(_) => {
            say::tell(&format!("another run builds in {}; waiting for it", cache.display()));
            Flock::lock(open()?, FlockArg::LockExclusive)
                .map_err(|(_, errno)| anyhow!("cannot lock {}: {errno}", path.display()))
        }
    }
}

/// Makes `target` from what `make` leaves at the path it is given: all of it, or nothing after an interruption.
pub(crate) fn atomically(target: &Path, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let folder = target.parent().ok_or_else(|| anyhow!("{} has no folder", target.display()))?;
    let name = target.file_name().and_then(|name| name.to_str()).unwrap_or("part");
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!(".unfinished-{name}"));
    remove(&unfinished)?;
    make(&unfinished)?;
    fs::rename(&unfinished, target).with_context(|| format!("cannot finish {}", target.display()))
}

/// Removes a file or folder that may be there.
pub(crate) fn remove(path: &Path) -> Result<()> {
    let result = match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(_) => Ok(()),
    };
    result.with_context(|| format!("cannot remove {}", path.display()))
}

/// Twelve hex digits that stand for the inputs of something in the cache.
pub(crate) fn key<I: AsRef<[u8]>>(inputs: impl IntoIterator<Item = I>) -> String {
    let mut hash = Hash::new(&SHA256);
    for input in inputs {
        let input = input.as_ref();
        // With its length, so that no two lists of inputs look the same.
        hash.update(&input.len().to_le_bytes());
        hash.update(input);
    }
    hex::encode(&hash.finish().as_ref()[..6])
}
