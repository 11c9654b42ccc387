//! Whether a bed can run on this machine, and what can be done where it cannot.

use anyhow::{Result, bail};

const ELSEWHERE: &str = "help: cargo homelab test --quick needs no bed and runs here";

/// Refuses with what is missing and what works all the same.
#[cfg(not(target_os = "linux"))]
pub fn check() -> Result<()> {
    bail!("the test bed needs Linux: it is made of namespaces and control groups\n{ELSEWHERE}");
}

/// Refuses with what is missing and what works all the same.
#[cfg(target_os = "linux")]
pub fn check() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        bail!(
            "the test bed needs root: it makes namespaces, mounts and control groups (nothing outside of them is changed)\nhelp: sudo -E env \"PATH=$PATH\" cargo homelab …, or cargo homelab test --quick, which needs no bed"
        );
    }
    for (program, purpose) in
        [("apt-get", "the host's root is made of Debian packages"), ("dpkg-deb", "it unpacks them")]
    {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).exists()))
            || std::path::Path::new("/usr/bin").join(program).exists();
        if !found {
            bail!("the test bed needs {program}: {purpose}\n{ELSEWHERE}");
        }
    }
    Ok(())
}
