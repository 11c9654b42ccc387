//! Equal programs give equal images, and a given archive is taken or refused for a reason.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::{collections::BTreeMap, io::Read as _};

use tar::EntryType;

use super::{layer::Tar, oci::Blob, *};

/// The beginning of a program: enough of ELF to be judged. `segment` is the type of its only segment.
fn program(machine: u16, segment: u32) -> Vec<u8> {
    let mut bytes = vec![0u8; 64 + 56];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[32..40].copy_from_slice(&64u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&1u16.to_le_bytes());
    bytes[64..68].copy_from_slice(&segment.to_le_bytes());
    bytes
}

fn image() -> Image {
    assemble(&program(62, 1), "0.1.0").unwrap()
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Tar::default();
    for (path, content) in files {
        tar.put(path, EntryType::Regular, 0o644, 0, content);
    }
    tar.finish()
}

fn paths(archive: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(archive);
    archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect()
}

fn refused(archive: &[u8]) -> String {
    read(archive, Arch::Amd64).unwrap_err().to_string()
}

#[test]
fn equal_programs_give_equal_bytes_and_other_programs_other_tags() {
    let (one, two) = (image(), image());
    assert_eq!(one.archive(), two.archive());
    let other = assemble(&program(62, 2), "0.1.0").unwrap();
    assert_ne!(one.reference(), other.reference());
}

#[test]
fn the_tag_contains_the_digest_and_the_digest_does_not_know_the_tag() {
    let mut image = image();
    let digest = image.digest().to_owned();
    assert_eq!(image.reference(), format!("localhost/homelab-mcp:0.1.0-{}", &digest[7..19]));
    image.version = "1.0.0+build/7".into();
    assert_eq!(image.reference(), format!("localhost/homelab-mcp:1.0.0_build_7-{}", &digest[7..19]));
    assert_eq!(read(&image.archive(), Arch::Amd64).unwrap().digest(), digest);
}

#[test]
fn the_config_says_who_runs_what() {
    let config: serde_json::Value = serde_json::from_slice(&image().config.bytes).unwrap();
    insta::assert_json_snapshot!(config, { ".rootfs.diff_ids[0]" => "[digest]" }, @r#"
    {
      "created": "1970-01-01T00:00:00Z",
      "architecture": "amd64",
      "os": "linux",
      "config": {
        "User": "65532:65532",
        "ExposedPorts": {
          "8080/tcp": {},
          "9090/tcp": {}
        },
        "Env": [
          "PATH=/",
          "HOME=/data",
          "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
        ],
        "Entrypoint": [
          "/homelab-mcp"
        ],
        "WorkingDir": "/",
        "Labels": {
          "org.opencontainers.image.description": "The MCP server that homelabctl deploys",
          "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
          "org.opencontainers.image.title": "homelab-mcp",
          "org.opencontainers.image.version": "0.1.0"
        }
      },
      "rootfs": {
        "type": "layers",
        "diff_ids": [
          "[digest]"
        ]
      },
      "history": [
        {
          "created": "1970-01-01T00:00:00Z",
          "created_by": "homelabctl"
        }
      ]
    }
    "#);
}

#[test]
fn the_layer_holds_the_server_and_what_it_needs() {
    let image = image();
    let mut layer = Vec::new();
    flate2::read::GzDecoder::new(image.layers[0].bytes.as_slice()).read_to_end(&mut layer).unwrap();
    let mut archive = tar::Archive::new(layer.as_slice());
    let rows: Vec<_> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            let (mode, owner, date) = (header.mode().unwrap(), header.uid().unwrap(), header.mtime().unwrap());
            format!("{mode:05o} {owner:>5} {date} {}", entry.path().unwrap().display())
        })
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @"
    00700 65532 0 data/
    00755     0 0 etc/
    00644     0 0 etc/group
    00644     0 0 etc/nsswitch.conf
    00644     0 0 etc/passwd
    00755     0 0 etc/ssl/
    00755     0 0 etc/ssl/certs/
    00644     0 0 etc/ssl/certs/ca-certificates.crt
    00755     0 0 homelab-mcp
    01777     0 0 tmp/
    ");
}

#[test]
fn the_archive_is_oci_and_docker_at_once() {
    let image = image();
    let found: Vec<_> = paths(&image.archive()).iter().map(|path| path.chars().take(20).collect::<String>()).collect();
    assert_eq!(found[0], "oci-layout");
    assert!(found.contains(&"index.json".into()) && found.contains(&"manifest.json".into()));
    assert_eq!(read(&image.archive(), Arch::Amd64).unwrap(), image);
}

#[test]
fn a_program_that_an_empty_image_cannot_run_is_refused() {
    assert_eq!(inspect(&program(183, 1)), Ok(Arch::Arm64));
    assert_eq!(inspect(&program(62, 3)), Err(NotRunnable::Dynamic));
    assert_eq!(inspect(&program(40, 1)), Err(NotRunnable::OtherMachine(40)));
    assert_eq!(inspect(b"#!/bin/sh"), Err(NotRunnable::NotElf));
    assert_eq!(inspect(&program(62, 1)[..60]), Err(NotRunnable::NotElf));
}

#[test]
fn a_docker_archive_is_taken_and_keeps_its_content() {
    let ours = image();
    let list = serde_json::json!([{ "Config": "c.json", "RepoTags": ["x:1"], "Layers": ["one/layer.tar"] }]);
    let docker = tar(&[
        ("c.json", &ours.config.bytes),
        ("one/layer.tar", &ours.layers[0].bytes),
        ("manifest.json", list.to_string().as_bytes()),
    ]);
    let read = read(&docker, Arch::Amd64).unwrap();
    assert_eq!(read.config_digest(), ours.config_digest());
    assert_eq!(read.digest(), ours.digest(), "the manifest is made as ours is");
}

#[test]
fn an_archive_of_several_machines_gives_the_one_that_is_wanted() {
    let (amd, arm) = (image(), assemble(&program(183, 1), "0.1.0").unwrap());
    let described = |image: &Image| {
        let mut value = serde_json::to_value(image.manifest.descriptor()).unwrap();
        value["platform"] = serde_json::json!({ "os": "linux", "architecture": image.arch });
        value
    };
    let attestation = serde_json::json!({ "mediaType": oci::MANIFEST, "digest": "sha256:0", "size": 1, "platform": { "os": "unknown", "architecture": "unknown" } });
    let nested = Blob::json(
        oci::INDEX,
        &serde_json::json!({ "schemaVersion": 2, "manifests": [described(&amd), described(&arm), attestation] }),
    );
    let index = serde_json::json!({ "schemaVersion": 2, "manifests": [nested.descriptor()] }).to_string();
    let mut files: BTreeMap<String, &[u8]> =
        BTreeMap::from([("index.json".to_owned(), index.as_bytes()), (nested.path(), nested.bytes.as_slice())]);
    for image in [&amd, &arm] {
        for blob in image.layers.iter().chain([&image.config, &image.manifest]) {
            files.insert(blob.path(), &blob.bytes);
        }
    }
    let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), *bytes)).collect();
    assert_eq!(read(&tar(&files), Arch::Arm64).unwrap().digest(), arm.digest());
}

#[test]
fn a_bad_archive_says_what_is_wrong_with_it() {
    let good = image();
    assert_eq!(refused(b"not a tar at all, but long enough to have been one").split(':').next(), Some("it is no tar"));
    assert_eq!(
        refused(&tar(&[("hello", b"")])),
        "it is no image archive: neither `index.json` (OCI) nor `manifest.json` (docker save) is in it"
    );
    assert_eq!(refused(&tar(&[("manifest.json", b"[]")])), "it holds 0 images; save one of them alone");
    assert_eq!(refused(&tar(&[("index.json", b"{}")])), "`index.json` in it is not what it should be");
    assert_eq!(
        read(&good.archive(), Arch::Arm64).unwrap_err().to_string(),
        "it is for linux/amd64, the host is linux/arm64"
    );

    let mut broken = good.clone();
    broken.layers[0].bytes[40] ^= 1;
    assert!(refused(&broken.archive()).contains("is damaged: its digest is sha256:"));
    broken.layers.clear();
    assert!(refused(&broken.archive()).ends_with("is missing in it"));
}

#[test]
fn the_table_of_a_node_is_read_by_reference() {
    // As ctr of containerd 2.2.3 prints it.
    let image = image();
    let table = format!(
        "REF                    TYPE                                       DIGEST  SIZE      PLATFORMS   LABELS \n{} application/vnd.oci.image.manifest.v1+json {} 407.2 KiB linux/amd64 -      \n",
        image.reference(),
        image.digest()
    );
    assert_eq!(held(&table), BTreeMap::from([(image.reference(), image.digest().to_owned())]));
    assert_eq!(held("REF TYPE DIGEST SIZE PLATFORMS LABELS\n"), Held::new());
}
