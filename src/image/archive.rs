//! An image as one tar that is OCI layout and docker archive at once: ctr, podman and docker all load it.

use std::collections::{BTreeMap, BTreeSet};

use tar::EntryType;

use super::{
    Image,
    layer::Tar,
    oci::{DockerImage, INDEX, Index, NAME, Platform},
};

pub(super) fn write(image: &Image) -> Vec<u8> {
    let reference = image.reference();
    let mut described = image.manifest.descriptor();
    described.platform = Some(Platform { architecture: image.arch.name().to_owned(), os: "linux".to_owned() });
    described.annotations = BTreeMap::from([(NAME.to_owned(), reference.clone())]);
    let index = Index { schema_version: 2, media_type: INDEX.to_owned(), manifests: vec![described] };
    let docker = DockerImage {
        config: image.config.path(),
        repo_tags: Some(vec![reference]),
        layers: image.layers.iter().map(super::Blob::path).collect(),
    };

    let mut tar = Tar::default();
    // First, so that a reader knows at once what it has before it.
    file(&mut tar, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#);
    tar.put("blobs/", EntryType::Directory, 0o755, 0, &[]);
    tar.put("blobs/sha256/", EntryType::Directory, 0o755, 0, &[]);
    let mut written = BTreeSet::new();
    for blob in image.layers.iter().chain([&image.config, &image.manifest]) {
        if written.insert(&blob.digest) {
            file(&mut tar, &blob.path(), &blob.bytes);
        }
    }
    file(&mut tar, "index.json", &serde_json::to_vec(&index).expect("this document is plain JSON"));
    file(&mut tar, "manifest.json", &serde_json::to_vec(&[docker]).expect("this document is plain JSON"));
    tar.finish()
}

fn file(tar: &mut Tar, path: &str, content: &[u8]) {
    tar.put(path, EntryType::Regular, 0o644, 0, content);
}
