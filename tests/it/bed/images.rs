//! Images for tests: the bundled server as several versions, and two that cannot work.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use homelabctl::edge::build;
use homelabctl::image::{Arch, assemble};

use super::world::World;

/// The server's program, as `deploy` builds it in this checkout; `$HOMELAB_SERVER` is one that is built already.
pub(super) fn server() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(given) = std::env::var_os("HOMELAB_SERVER") {
            return std::fs::read(given).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let checkout = build::checkout(root).await.unwrap().unwrap();
            let arch: Arch = std::env::consts::ARCH.parse().unwrap();
            build::server(&checkout, arch, &|_| ()).await.unwrap()
        })
    })
}

/// An archive with the bundled server as this version, in the laptop's HOME.
pub(super) fn version(world: &World, version: &str) -> String {
    keep(world, version, &assemble(server(), version).unwrap().archive())
}

/// An image whose program ends at once, with words.
pub(super) fn that_crashes(world: &World) -> String {
    with_program(
        world,
        "crashes",
        "#include <stdio.h>\nint main() { fputs(\"no luck today\\n\", stderr); return 3; }\n",
    )
}

/// An image whose program lives and never answers.
pub(super) fn that_never_gets_ready(world: &World) -> String {
    with_program(world, "never-ready", "#include <unistd.h>\nint main() { for (;;) sleep(60); }\n")
}

fn with_program(world: &World, name: &str, source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (code, program) = (folder.path().join("main.c"), folder.path().join("main"));
    std::fs::write(&code, source).unwrap();
    let status = std::process::Command::new("cc").args(["-static", "-o"]).arg(&program).arg(&code).status().unwrap();
    assert!(status.success(), "the C compiler cannot link statically");
    keep(world, name, &assemble(&std::fs::read(&program).unwrap(), name).unwrap().archive())
}

fn keep(world: &World, name: &str, archive: &[u8]) -> String {
    let path: PathBuf = world.bed.folder.join("home").join(format!("{name}.tar"));
    std::fs::write(&path, archive).unwrap();
    path.to_str().unwrap().to_owned()
}
