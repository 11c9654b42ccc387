//! The images that the bed's pods use, one program in each.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Parts, derived_key, oci, version};
use crate::tree::Tree;
use crate::{cache, progress};

/// An image `FROM scratch` with one program of a part.
struct Image {
    /// File name in the cache and in a node's `/opt/homelab/images`.
    name: &'static str,
    /// Without the tag, which is the version of the module.
    repository: &'static str,
    part: &'static str,
    module: &'static str,
    program: &'static str,
    /// Where the program is in the image, and its entry point.
    entry: &'static str,
}

static IMAGES: &[Image] = &[
    Image {
        name: "coredns",
        repository: "localhost/hl/coredns",
        part: "coredns",
        module: "github.com/coredns/coredns",
        program: "coredns",
        entry: "/coredns",
    },
    Image {
        name: "metrics-server",
        repository: "localhost/hl/metrics-server",
        part: "metrics-server",
        module: "sigs.k8s.io/metrics-server",
        program: "metrics-server",
        entry: "/metrics-server",
    },
    Image {
        name: "metallb-controller",
        repository: "localhost/hl/metallb-controller",
        part: "metallb",
        module: "go.universe.tf/metallb",
        program: "controller",
        entry: "/controller",
    },
    Image {
        name: "metallb-speaker",
        repository: "localhost/hl/metallb-speaker",
        part: "metallb",
        module: "go.universe.tf/metallb",
        program: "speaker",
        entry: "/speaker",
    },
    Image {
        name: "traefik",
        repository: "localhost/hl/traefik",
        part: "traefik",
        module: "github.com/traefik/traefik/v3",
        program: "traefik",
        entry: "/traefik",
    },
    // Ours: no module to take a version from.
    Image {
        name: "hostpath",
        repository: "localhost/hl/hostpath-provisioner",
        part: "hostpath",
        module: "",
        program: "hostpath",
        entry: "/hostpath-provisioner",
    },
    Image {
        name: "pause",
        repository: "localhost/pause",
        part: "pause",
        module: "",
        program: "pause",
        entry: "/pause",
    },
];

/// The image that stands for any workload of somebody else: a shell and a small web server.
pub const BUSYBOX: &str = "docker.io/library/busybox:1";
const APPLETS: &[&str] =
    &["sh", "cat", "echo", "sleep", "ls", "nslookup", "httpd", "nc", "wget", "true", "false", "dd"];

pub(super) fn ensure(cache: &Path, tree: &Tree, parts: &mut Parts) -> Result<()> {
    for image in IMAGES {
        let folder = &parts.programs[image.part];
        let tag = match (image.name, image.module) {
            ("pause", _) => "1".to_owned(),
            (_, "") => "1.0".to_owned(),
            (_, module) => version(image.part, module)?,
        };
        let reference = format!("{}:{tag}", image.repository);
        let program = folder.join(image.program);
        let content = oci::Image {
            reference: &reference,
            config: serde_json::json!({ "Entrypoint": [image.entry] }),
            files: &[(program, image.entry)],
            links: &[],
        };
        let path = pack(cache, image.name, &derived_key(folder, &reference), &content)?;
        parts.images.insert(image.name.to_owned(), path);
    }
    let links: Vec<(String, &str)> = APPLETS.iter().map(|applet| (format!("/bin/{applet}"), "busybox")).collect();
    let content = oci::Image {
        reference: BUSYBOX,
        config: serde_json::json!({ "Cmd": ["sh"], "Env": ["PATH=/bin"] }),
        files: &[(tree.root.join("usr/bin/busybox"), "/bin/busybox")],
        links: &links,
    };
    let path = pack(cache, "busybox", &derived_key(&tree.root, BUSYBOX), &content)?;
    parts.images.insert("busybox".to_owned(), path);
    Ok(())
}

fn pack(cache: &Path, name: &str, key: &str, content: &oci::Image<'_>) -> Result<PathBuf> {
    let target = cache.join("images").join(format!("{name}-{key}.tar"));
    if !target.exists() {
        progress::step(&format!("image {}", content.reference), "", || {
            cache::atomically(&target, |path| oci::write(content, path))
        })
        .with_context(|| format!("the image {}", content.reference))?;
    }
    Ok(target)
}
