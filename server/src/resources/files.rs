//! Files in the folders that the settings name, and nothing outside of them.
//!
//! Every path is opened relative to a handle of its folder (cap-std: `openat2`), so `..`, absolute paths
//! and links that lead out cannot escape, whoever changes the folder meanwhile.

use std::{io::Read, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use cap_std::{
    ambient_authority,
    fs::{Dir, OpenOptions, OpenOptionsExt},
};
use rmcp::model::{Resource, ResourceContents};

use crate::{config::FileRoot, lab::Lab, text};

/// Beginning of every file's address; root and path follow.
pub(crate) const SCHEME: &str = "homelab://files/";

/// Bounds of the list: what lies deeper or comes later can still be read by its address.
const DEPTH: usize = 6;
const MOST: usize = 2000;

/// Every file that can be seen, in a fixed order.
pub(crate) async fn list(lab: &Lab) -> Vec<Resource> {
    let roots = lab.settings().files.clone();
    let work = move || {
        let mut found = Vec::new();
        for root in &roots {
            if let Ok(folder) = Dir::open_ambient_dir(&root.path, ambient_authority()) {
                walk(&folder, &mut String::new(), DEPTH, root, &mut found);
            }
        }
        found
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_default()
}

fn walk(folder: &Dir, path: &mut String, depth: usize, root: &FileRoot, found: &mut Vec<Resource>) {
    let Ok(entries) = folder.entries() else { return };
    let mut entries: Vec<(String, _)> = entries
        .flatten()
        // A name that is no text has no address, and dot files are not for show.
        .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry)))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    for (name, entry) in entries {
        let Ok(kind) = entry.file_type() else { continue };
        let length = path.len();
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&name);
        if kind.is_file() && found.len() < MOST {
            let mut file = Resource::new(address(&root.name, path), path.clone()).with_mime_type(mime(path));
            if let Ok(size) = entry.metadata().map(|metadata| metadata.len()) {
                file = file.with_size(size);
            }
            found.push(file);
        } else if kind.is_dir()
            && depth > 1
            && found.len() < MOST
            && let Ok(inner) = entry.open_dir()
        {
            walk(&inner, path, depth - 1, root, found);
        }
        path.truncate(length);
    }
}

/// What the file at this address holds, or nothing for every reason alike.
pub(crate) async fn read(lab: &Lab, uri: String) -> Option<ResourceContents> {
    let (root, path) = uri.strip_prefix(SCHEME)?.split_once('/')?;
    let root = lab.settings().files.iter().find(|known| known.name == root)?.path.clone();
    let path = decode(path)?;
    let most = lab.settings().limits.output_bytes as usize;
    let (name, credentials) = (path.clone(), lab.credentials());
    let found = tokio::task::spawn_blocking(move || read_within(&root, &path, most)).await.ok()??;
    let contents = match String::from_utf8(found.bytes) {
        Ok(text) => {
            let clean = text::clean(&text);
            let mut shown =
                if found.more { credentials.mask_cut(&clean) } else { credentials.mask(&clean).into_owned() };
            if found.more {
                shown.push_str(&format!("\n[cut here: the first {most} bytes are shown]"));
            }
            ResourceContents::text(shown, uri)
        }
        Err(_) if found.more => {
            ResourceContents::text(format!("[a binary file of more than {most} bytes: not shown]"), uri)
        }
        Err(error) if credentials.are_in(error.as_bytes()) => {
            ResourceContents::text("[a binary file with a credential in it: not shown]", uri)
        }
        Err(error) => ResourceContents::blob(STANDARD.encode(error.as_bytes()), uri),
    };
    Some(contents.with_mime_type(mime(&name)))
}

/// The beginning of a file, and whether there is more.
#[derive(Debug, PartialEq)]
struct Found {
    bytes: Vec<u8>,
    more: bool,
}

/// At most so many bytes of a plain file inside the folder.
fn read_within(root: &Path, path: &str, most: usize) -> Option<Found> {
    let folder = Dir::open_ambient_dir(root, ambient_authority()).ok()?;
    // Without O_NONBLOCK, opening a named pipe would wait for its other end.
    let file = folder.open_with(path, OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK)).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes).ok()?;
    let more = bytes.len() > most;
    bytes.truncate(most);
    // A character that the cut went through is no reason to call a text binary.
    if more
        && let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to());
    }
    Some(Found { bytes, more })
}

fn address(root: &str, path: &str) -> String {
    let mut uri = format!("{SCHEME}{root}/");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

/// Decoded once and never twice; a path that is no plain relative path is refused before it is opened.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\0');
    plain.then_some(path)
}

fn mime(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("md") => "text/markdown",
        Some("json") => "application/json",
        Some("yaml" | "yml") => "application/yaml",
        Some("html" | "htm") => "text/html",
        Some("csv") => "text/csv",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("pdf") => "application/pdf",
        Some("gz" | "zip" | "tar" | "bin") => "application/octet-stream",
        Some(_) | None => "text/plain",
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    fn folder() -> tempfile::TempDir {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("root");
        fs::create_dir_all(inner.join("sub")).unwrap();
        fs::create_dir_all(outer.path().join("root-twin")).unwrap();
        fs::write(outer.path().join("secret"), "outside").unwrap();
        fs::write(outer.path().join("root-twin/secret"), "outside").unwrap();
        fs::write(inner.join("sub/note.md"), "inside").unwrap();
        fs::write(inner.join("%2e%2e"), "odd name").unwrap();
        symlink("../secret", inner.join("out")).unwrap();
        symlink("/etc/passwd", inner.join("absolute")).unwrap();
        symlink("..", inner.join("up")).unwrap();
        symlink("sub/note.md", inner.join("within")).unwrap();
        outer
    }

    #[test]
    fn nothing_outside_can_be_read() {
        let outer = folder();
        let root = outer.path().join("root");
        let open = |text: &str| decode(text).and_then(|path| read_within(&root, &path, 100)).map(|found| found.bytes);
        for bad in [
            "../secret",
            "sub/../../secret",
            "%2e%2e/secret",
            "%2E%2E%2Fsecret",
            "%252e%252e/secret",
            "..%2fsecret",
            "/etc/passwd",
            "%2fetc/passwd",
            "out",
            "absolute",
            "up/secret",
            "sub",
            "",
            ".",
            "..",
            "a%00b",
            "note\0",
            "%zz",
            "%2",
            "../root-twin/secret",
            "sub//note.md",
            "./sub/note.md",
            "sub/note.md/",
        ] {
            assert_eq!(open(bad), None, "{bad}");
        }
        assert_eq!(open("sub/note.md").unwrap(), b"inside");
        assert_eq!(open("sub%2Fnote.md").unwrap(), b"inside");
        assert_eq!(open("within").unwrap(), b"inside");
        assert_eq!(open("%252e%252e").unwrap(), b"odd name");
    }

    #[test]
    fn pipes_and_devices_are_no_files() {
        let outer = folder();
        let root = outer.path().join("root");
        let pipe = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
        assert!(pipe.success());
        assert_eq!(read_within(&root, "pipe", 100), None);
        assert_eq!(read_within(Path::new("/dev"), "null", 100), None);
    }

    #[test]
    fn a_long_file_is_cut_at_a_character() {
        let outer = folder();
        fs::write(outer.path().join("root/long"), "aüb").unwrap();
        let read = |most| read_within(&outer.path().join("root"), "long", most).unwrap();
        assert_eq!(read(2), Found { bytes: b"a".to_vec(), more: true });
        assert_eq!(read(4), Found { bytes: "aüb".into(), more: false });
    }

    #[test]
    fn an_address_leads_back_to_its_path() {
        for path in ["a.md", "with space/ümlaut.txt", "100%.txt", "a?b#c"] {
            let uri = address("data", path);
            assert_eq!(decode(uri.strip_prefix("homelab://files/data/").unwrap()).unwrap(), path);
            assert!(uri.is_ascii());
        }
    }
}
