//! From the server's program to an image `FROM scratch`.

use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use serde_json::json;

use super::{
    Image,
    arch::{NotRunnable, inspect},
    layer::{self, CA_BUNDLE, USER},
    oci::{Blob, CONFIG, LAYER_GZIP, MANIFEST, Manifest, digest},
};

/// The image's only date: the same every time.
const EPOCH: &str = "1970-01-01T00:00:00Z";

/// An image of the program alone. Equal programs give equal images; machine type and staticness are read from the program.
pub fn assemble(program: &[u8], version: &str) -> Result<Image, NotRunnable> {
    let arch = inspect(program)?;
    let file_system = layer::file_system(program);
    let layer = Blob::new(LAYER_GZIP, compress(&file_system));
    let config = Blob::json(
        CONFIG,
        &json!({
            "created": EPOCH,
            "architecture": arch.name(),
            "os": "linux",
            "config": {
                "User": format!("{USER}:{USER}"),
                "ExposedPorts": { "8080/tcp": {}, "9090/tcp": {} },
                "Env": ["PATH=/", "HOME=/data", format!("SSL_CERT_FILE={CA_BUNDLE}")],
                "Entrypoint": ["/homelab-mcp"],
                "WorkingDir": "/",
                "Labels": {
                    "org.opencontainers.image.description": "The MCP server that homelabctl deploys",
                    "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
                    "org.opencontainers.image.title": "homelab-mcp",
                    "org.opencontainers.image.version": version,
                },
            },
            "rootfs": { "type": "layers", "diff_ids": [digest(&file_system)] },
            "history": [{ "created": EPOCH, "created_by": "homelabctl" }],
        }),
    );
    let manifest = Manifest {
        schema_version: 2,
        media_type: MANIFEST.to_owned(),
        config: config.descriptor(),
        layers: vec![layer.descriptor()],
    };
    let manifest = Blob::json(MANIFEST, &manifest);
    Ok(Image { version: version.to_owned(), arch, manifest, config, layers: vec![layer] })
}

/// gzip without name, date and operating system in its header.
fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::new(6));
    gzip.write_all(bytes).expect("writing to memory does not fail");
    gzip.finish().expect("writing to memory does not fail")
}
