//! Writes an OCI image archive: one layer, the same bytes every time.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

pub(super) struct Image<'a> {
    /// Name and tag that containerd gives it on import.
    pub(super) reference: &'a str,
    /// `config` of the image: entry point, environment.
    pub(super) config: Value,
    /// A program of this machine, and its absolute path in the image.
    pub(super) files: &'a [(PathBuf, &'a str)],
    /// Absolute path in the image, and what it points to.
    pub(super) links: &'a [(String, &'a str)],
}

pub(super) fn write(image: &Image<'_>, path: &Path) -> Result<()> {
    let layer = layer(image)?;
    let config = serde_json::to_vec(&json!({
        "architecture": architecture(),
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": image.config,
        "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        "history": [{ "created": "2026-01-01T00:00:00Z", "created_by": "homelab" }],
    }))?;
    let manifest = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
    }))?;
    let mut of_manifest = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
    let tag = image.reference.rsplit(':').next().unwrap_or("latest");
    of_manifest["annotations"] =
        json!({ "io.containerd.image.name": image.reference, "org.opencontainers.image.ref.name": tag });
    of_manifest["platform"] = json!({ "architecture": architecture(), "os": "linux" });
    let index = serde_json::to_vec(&json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [of_manifest],
    }))?;

    let mut archive = Builder::new(BufWriter::new(File::create(path)?));
    add(&mut archive, "oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#)?;
    add(&mut archive, "index.json", 0o644, &index)?;
    for blob in [&config, &manifest, &layer] {
        add(&mut archive, &format!("blobs/sha256/{}", sha256(blob)), 0o644, blob)?;
    }
    archive.into_inner()?.flush()?;
    Ok(())
}

/// The programs, links and a world-writable /tmp.
fn layer(image: &Image<'_>) -> Result<Vec<u8>> {
    let mut layer = Builder::new(Vec::new());
    let mut folders = BTreeSet::from(["tmp".to_owned()]);
    let places = image.files.iter().map(|(_, place)| *place).chain(image.links.iter().map(|(place, _)| place.as_str()));
    for place in places {
        let parents = Path::new(place.trim_start_matches('/')).ancestors().skip(1);
        folders.extend(
            parents.filter_map(|parent| parent.to_str()).filter(|parent| !parent.is_empty()).map(str::to_owned),
        );
    }
    for folder in &folders {
        let mode = if folder == "tmp" { 0o1777 } else { 0o755 };
        let mut header = header(EntryType::Directory, mode, 0);
        layer.append_data(&mut header, format!("{folder}/"), std::io::empty())?;
    }
    for (source, place) in image.files {
        let bytes = fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
        add(&mut layer, place.trim_start_matches('/'), 0o755, &bytes)?;
    }
    for (place, target) in image.links {
        let mut header = header(EntryType::Symlink, 0o777, 0);
        layer.append_link(&mut header, place.trim_start_matches('/'), target)?;
    }
    Ok(layer.into_inner()?)
}

fn add<W: Write>(archive: &mut Builder<W>, path: &str, mode: u32, bytes: &[u8]) -> Result<()> {
    let mut header = header(EntryType::Regular, mode, bytes.len() as u64);
    Ok(archive.append_data(&mut header, path, bytes)?)
}

fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}

/// ring's, which is as fast in a debug build: the images have 500 MB.
fn sha256(bytes: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes))
}

fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

/// As Go and OCI call it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_make_the_same_bytes_and_digests_fit() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, "binary").unwrap();
        let links = [("/bin/sh".to_owned(), "program")];
        let image =
            Image { reference: "localhost/x:1", config: json!({}), files: &[(program, "/bin/program")], links: &links };
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        write(&image, &one).unwrap();
        write(&image, &two).unwrap();
        assert_eq!(fs::read(&one).unwrap(), fs::read(&two).unwrap());
        for entry in tar::Archive::new(File::open(&one).unwrap()).entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
            if let Some(name) = path.strip_prefix("blobs/sha256/") {
                assert_eq!(sha256(&bytes), name);
            }
        }
    }
}
