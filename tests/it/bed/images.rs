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

/// What ships is the same wherever it was built, so it cannot name the machine: no folder of it, nor what it is called.
#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn the_shipped_program_knows_nothing_of_the_machine_that_built_it() {
    let path = |name: &str| std::env::var(name).ok().filter(|path| path.len() > 1);
    let sysroot = std::process::Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let mut traces: Vec<String> = [
        Some(env!("CARGO_MANIFEST_DIR").to_owned()),
        Some(String::from_utf8(sysroot).unwrap().trim().to_owned()),
        path("CARGO_HOME"),
        path("RUSTUP_HOME"),
        path("HOME"),
    ]
    .into_iter()
    .flatten()
    .map(|folder| format!("{}/", folder.trim_end_matches('/')))
    .collect();
    // a name as short as `pc` stands in any program by chance
    let name = nix::unistd::gethostname().unwrap().into_string().unwrap();
    traces.extend([name].into_iter().filter(|name| name.len() > 7));
    let program = server();
    let found: Vec<&String> =
        traces.iter().filter(|trace| program.windows(trace.len()).any(|bytes| bytes == trace.as_bytes())).collect();
    assert!(found.is_empty(), "{found:?}");
    let crates = b"/cargo/registry/";
    assert!(
        program.windows(crates.len()).any(|bytes| bytes == crates),
        "it has places of its sources, under other names"
    );
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
