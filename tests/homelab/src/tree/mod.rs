//! The root file system of a node: Debian packages unpacked into the cache, nothing installed on this machine.

mod apt;
mod finish;
mod unpack;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};

use crate::{cache, progress};

/// What a node needs; apt adds what these depend on.
const PACKAGES: &[&str] = &[
    "base-files",
    "base-passwd",
    "bash",
    "busybox-static",
    "ca-certificates",
    "conntrack",
    "coreutils",
    "curl",
    "debianutils",
    "diffutils",
    "e2fsprogs",
    "findutils",
    "grep",
    "gzip",
    "hostname",
    "ipset",
    "iproute2",
    "iptables",
    "iputils-ping",
    "kmod",
    "libc-bin",
    "libpam-modules",
    "libpam-runtime",
    "login",
    "mawk",
    "mount",
    "ncurses-base",
    "ncurses-bin",
    "nftables",
    "openssh-client",
    "openssh-server",
    "openssl",
    "passwd",
    "procps",
    "runc",
    "sed",
    "sudo",
    "tar",
    "util-linux",
];

/// Raised when unpacking or finishing changes what the tree looks like.
const RECIPE: &str = "1";

/// An unpacked Debian.
#[derive(Debug, Clone)]
pub struct Tree {
    pub root: PathBuf,
}

impl Tree {
    /// The tree for this machine's release, unpacked first when it is not in the cache yet.
    pub fn ensure(cache: &Path) -> Result<Self> {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let codename = release.lines().find(|line| line.starts_with("VERSION_CODENAME=")).unwrap_or_default();
        let mut inputs = vec![RECIPE, codename, std::env::consts::ARCH];
        inputs.extend(PACKAGES);
        let root = cache.join("tree").join(cache::key(inputs));
        if !root.exists() {
            progress::step("Debian tree", "", || {
                let archives = apt::download(cache, PACKAGES)?;
                cache::atomically(&root, |folder| {
                    unpack::all(&archives, folder)?;
                    finish::tree(folder)
                })
            })
            .context("cannot make the node's root file system")?;
        }
        Ok(Self { root })
    }

    /// A program of the tree, run on this machine with the tree's own libraries.
    pub fn command(&self, program: &str) -> Result<Command> {
        let mut argv = self.argv(program)?.into_iter();
        let mut command = Command::new(argv.next().context("no loader")?);
        command.args(argv);
        Ok(command)
    }

    /// The words that start `program` (`usr/bin/ssh`) wherever the tree is mounted.
    pub fn argv(&self, program: &str) -> Result<Vec<OsString>> {
        let libraries = self.libraries()?;
        let loader = fs::read_dir(&libraries)?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("ld-linux")))
            .ok_or_else(|| anyhow!("no program loader in {}", libraries.display()))?;
        let name = Path::new(program).file_name().unwrap_or_default();
        Ok(vec![
            loader.into(),
            "--argv0".into(),
            name.to_owned(),
            "--library-path".into(),
            libraries.into(),
            self.resolve(program).into(),
        ])
    }

    /// A program's own file: an absolute link means the tree's root, not this machine's.
    fn resolve(&self, program: &str) -> PathBuf {
        let mut path = self.root.join(program);
        for _ in 0..8 {
            let Ok(target) = fs::read_link(&path) else { break };
            path = match target.strip_prefix("/") {
                Ok(inside) => self.root.join(inside),
                Err(_) => path.with_file_name("").join(target),
            };
        }
        path
    }

    /// `usr/lib/x86_64-linux-gnu`, or what this architecture calls it.
    fn libraries(&self) -> Result<PathBuf> {
        let lib = self.root.join("usr/lib");
        fs::read_dir(&lib)
            .with_context(|| format!("cannot read {}", lib.display()))?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-linux-gnu")))
            .ok_or_else(|| anyhow!("no libraries in {}", lib.display()))
    }
}
