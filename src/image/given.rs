//! A ready image that somebody gives: an OCI or docker archive, judged before it goes anywhere.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read},
};

use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;
use tar::EntryType;

use super::{
    Arch, Blob, Image,
    oci::{self, CONFIG, Config, Descriptor, DockerImage, Index, LAYER, LAYER_GZIP, MANIFEST, Manifest},
};

const GZIP: &[u8] = &[0x1f, 0x8b];
const VERSION: &str = "org.opencontainers.image.version";

/// Why an archive is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadArchive {
    #[error("it is no tar")]
    NotTar(#[source] std::io::Error),
    #[error("it is no image archive: neither `index.json` (OCI) nor `manifest.json` (docker save) is in it")]
    NotImage,
    #[error("it holds {0} images; save one of them alone")]
    Several(usize),
    #[error("`{path}` is missing in it")]
    Missing { path: String },
    #[error("`{path}` in it is not what it should be")]
    Malformed { path: String, source: serde_json::Error },
    #[error("`{path}` in it is damaged: its digest is {found}")]
    Damaged { path: String, found: String },
    #[error("it is for {found}, the host is linux/{wanted}")]
    OtherMachine { found: String, wanted: Arch },
    #[error("it has no entrypoint: it must start the server by itself")]
    NoEntrypoint,
}

type Files = BTreeMap<String, Vec<u8>>;

/// The image in an archive (also a gzipped one) for this machine type. Its content keeps its digest, its tag becomes one of ours.
pub fn read(archive: &[u8], wanted: Arch) -> Result<Image, BadArchive> {
    let files = unpack(archive)?;
    let found = match (files.get("index.json"), files.get("manifest.json")) {
        (Some(index), _) => from_oci(&files, index, wanted)?,
        (None, Some(list)) => from_docker(&files, list)?,
        (None, None) => return Err(BadArchive::NotImage),
    };
    let config: Config = parse(&found.config.path(), &found.config.bytes)?;
    if config.os != "linux" || config.architecture != wanted.name() {
        return Err(BadArchive::OtherMachine { found: format!("{}/{}", config.os, config.architecture), wanted });
    }
    let starts = |argv: &Option<Vec<String>>| argv.as_ref().is_some_and(|argv| !argv.is_empty());
    if !starts(&config.config.entrypoint) && !starts(&config.config.cmd) {
        return Err(BadArchive::NoEntrypoint);
    }
    let label = config.config.labels.as_ref().and_then(|labels| labels.get(VERSION)).filter(|text| !text.is_empty());
    let version = label.cloned().unwrap_or_else(|| "given".to_owned());
    Ok(Image { version, arch: wanted, manifest: found.manifest, config: found.config, layers: found.layers })
}

struct Found {
    manifest: Blob,
    config: Blob,
    layers: Vec<Blob>,
}

fn from_oci(files: &Files, index: &[u8], wanted: Arch) -> Result<Found, BadArchive> {
    let manifest = pick(files, parse::<Index>("index.json", index)?, wanted)?;
    let parsed: Manifest = parse(&manifest.path(), &manifest.bytes)?;
    let config = blob(files, &parsed.config)?;
    let layers = parsed.layers.iter().map(|layer| blob(files, layer)).collect::<Result<_, _>>()?;
    Ok(Found { manifest, config, layers })
}

/// The manifest of the one image for this machine. buildx nests an index in the index and adds attestations.
fn pick(files: &Files, index: Index, wanted: Arch) -> Result<Blob, BadArchive> {
    let mut manifests = Vec::new();
    for described in index.manifests {
        if described.media_type.contains("index") || described.media_type.contains("manifest.list") {
            let nested = blob(files, &described)?;
            manifests.extend(parse::<Index>(&nested.path(), &nested.bytes)?.manifests);
        } else {
            manifests.push(described);
        }
    }
    let platform = |described: &Descriptor| {
        described.platform.as_ref().map(|platform| format!("{}/{}", platform.os, platform.architecture))
    };
    let ours = format!("linux/{wanted}");
    let others: Vec<_> = manifests.iter().filter_map(platform).filter(|found| !found.starts_with("unknown")).collect();
    manifests.retain(|described| platform(described).is_none_or(|found| found == ours));
    match manifests.as_slice() {
        [one] => blob(files, one),
        [] => Err(BadArchive::OtherMachine { found: others.join(", "), wanted }),
        several => Err(BadArchive::Several(several.len())),
    }
}

/// The manifest is made here: the format of `docker save` has none.
fn from_docker(files: &Files, list: &[u8]) -> Result<Found, BadArchive> {
    let images: Vec<DockerImage> = parse("manifest.json", list)?;
    let [image] = images.as_slice() else { return Err(BadArchive::Several(images.len())) };
    let config = Blob::new(CONFIG, named(files, &image.config)?.to_vec());
    let mut layers = Vec::new();
    for path in &image.layers {
        let bytes = named(files, path)?;
        layers.push(Blob::new(if bytes.starts_with(GZIP) { LAYER_GZIP } else { LAYER }, bytes.to_vec()));
    }
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST.to_owned(),
        config: config.descriptor(),
        layers: layers.iter().map(Blob::descriptor).collect(),
    };
    Ok(Found { manifest: Blob::json(MANIFEST, &manifest), config, layers })
}

fn blob(files: &Files, described: &Descriptor) -> Result<Blob, BadArchive> {
    let path = oci::path(&described.digest);
    let blob = Blob::new(&described.media_type, named(files, &path)?.to_vec());
    if blob.digest != described.digest {
        return Err(BadArchive::Damaged { path, found: blob.digest });
    }
    Ok(blob)
}

fn named<'a>(files: &'a Files, path: &str) -> Result<&'a [u8], BadArchive> {
    files.get(path).map(Vec::as_slice).ok_or_else(|| BadArchive::Missing { path: path.to_owned() })
}

fn parse<T: DeserializeOwned>(path: &str, bytes: &[u8]) -> Result<T, BadArchive> {
    serde_json::from_slice(bytes).map_err(|source| BadArchive::Malformed { path: path.to_owned(), source })
}

/// Every file by its path. `docker save` writes a layer that occurs twice as a link to the first.
fn unpack(archive: &[u8]) -> Result<Files, BadArchive> {
    let mut plain = Vec::new();
    if archive.starts_with(GZIP) {
        GzDecoder::new(archive).read_to_end(&mut plain).map_err(BadArchive::NotTar)?;
    } else {
        plain.extend_from_slice(archive);
    }
    let mut files = Files::new();
    let mut links = Vec::new();
    for entry in tar::Archive::new(Cursor::new(plain)).entries().map_err(BadArchive::NotTar)? {
        let mut entry = entry.map_err(BadArchive::NotTar)?;
        let path = clean(&entry.path().map_err(BadArchive::NotTar)?.to_string_lossy());
        match entry.header().entry_type() {
            EntryType::Regular => {
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(BadArchive::NotTar)?;
                files.insert(path, bytes);
            }
            EntryType::Symlink | EntryType::Link => {
                let target = entry.link_name().map_err(BadArchive::NotTar)?.unwrap_or_default();
                links.push((path, clean(&target.to_string_lossy())));
            }
            // Folders, and whatever else an image archive has no use for.
            _ => (),
        }
    }
    for (path, target) in links {
        if let Some(bytes) = files.get(&target).cloned() {
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

/// `./index.json` and `../ID/layer.tar` as the archive's own names.
fn clean(path: &str) -> String {
    path.trim_start_matches("../").trim_start_matches("./").to_owned()
}
