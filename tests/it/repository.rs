//! The repository as text: which files it holds and what is in them.
#![expect(clippy::disallowed_methods, reason = "a test runs git and refreshes generated files")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the repository that is text.
pub(crate) struct File {
    /// Relative to the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every text file that git would commit.
pub(crate) fn files() -> Vec<File> {
    let list = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(list.status.success(), "git ls-files: {}", String::from_utf8_lossy(&list.stderr));
    let names = String::from_utf8(list.stdout).unwrap();
    let read = |path: &str| std::fs::read_to_string(root().join(path)).ok();
    names.split_terminator('\0').filter_map(|path| Some(File { path: path.to_owned(), text: read(path)? })).collect()
}

/// Every file whose name ends so.
pub(crate) fn files_with(ending: &str) -> Vec<File> {
    files().into_iter().filter(|file| file.path.ends_with(ending)).collect()
}

pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compares a generated file with what it should be; with `UPDATE=1` it is written instead.
pub(crate) fn assert_fresh(path: &str, expected: &str) {
    let file: PathBuf = root().join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} is stale; refresh it with: UPDATE=1 cargo test --test it fresh");
}
