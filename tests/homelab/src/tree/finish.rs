//! Makes what the packages' own scripts would have made on installation.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

pub(super) fn tree(root: &Path) -> Result<()> {
    accounts(root).context("accounts")?;
    alternatives(root).context("alternatives")?;
    pam(root).context("PAM")?;
    certificates(root).context("certificates")?;
    fs::copy(root.join("usr/share/libc-bin/nsswitch.conf"), root.join("etc/nsswitch.conf"))?;
    for (folder, mode) in [
        ("tmp", 0o1777),
        ("var/tmp", 0o1777),
        ("root", 0o700),
        ("proc", 0o555),
        ("sys", 0o555),
        ("dev", 0o755),
        ("run", 0o755),
        ("home", 0o755),
        ("srv", 0o755),
        ("opt", 0o755),
        ("snap", 0o755),
        ("var/log", 0o755),
        ("var/snap", 0o755),
        ("var/lib/kubelet", 0o755),
        ("var/cache", 0o755),
        ("usr/local/bin", 0o755),
    ] {
        fs::create_dir_all(root.join(folder))?;
        fs::set_permissions(root.join(folder), fs::Permissions::from_mode(mode))?;
    }
    for (link, target) in [("var/run", "/run"), ("var/lock", "/run/lock")] {
        if root.join(link).symlink_metadata().is_err() {
            symlink(target, root.join(link))?;
        }
    }
    ldconfig(root)
}

fn accounts(root: &Path) -> Result<()> {
    let master = |name: &str| fs::read_to_string(root.join("usr/share/base-passwd").join(name));
    let passwd = master("passwd.master")? + "sshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n";
    let passwd = passwd.replace(":*:", ":x:");
    let group = master("group.master")?;
    let locked: String = passwd
        .lines()
        .filter_map(|line| line.split(':').next())
        .map(|name| format!("{name}:*:19000:0:99999:7:::\n"))
        .collect();
    fs::write(root.join("etc/passwd"), passwd)?;
    fs::write(root.join("etc/group"), group)?;
    fs::write(root.join("etc/shadow"), locked)?;
    fs::set_permissions(root.join("etc/shadow"), fs::Permissions::from_mode(0o640))?;
    Ok(())
}

/// Names that `update-alternatives` would have made.
fn alternatives(root: &Path) -> Result<()> {
    let mut links =
        vec![("usr/bin/awk".to_owned(), "mawk".to_owned()), ("usr/bin/which".into(), "which.debianutils".into())];
    for family in ["iptables", "ip6tables"] {
        for suffix in ["", "-save", "-restore"] {
            links.push((format!("usr/sbin/{family}{suffix}"), "xtables-nft-multi".into()));
        }
    }
    for (link, target) in links {
        let link = root.join(link);
        if link.symlink_metadata().is_err() {
            symlink(&target, &link).with_context(|| format!("{} -> {target}", link.display()))?;
        }
    }
    // dash is not among the packages.
    if root.join("usr/bin/sh").symlink_metadata().is_err() {
        symlink("bash", root.join("usr/bin/sh"))?;
    }
    Ok(())
}

/// What pam-auth-update writes: passwords from shadow, nothing else.
fn pam(root: &Path) -> Result<()> {
    for (name, rules) in [
        (
            "common-auth",
            "auth [success=1 default=ignore] pam_unix.so nullok\nauth requisite pam_deny.so\nauth required pam_permit.so\n",
        ),
        (
            "common-account",
            "account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so\naccount requisite pam_deny.so\naccount required pam_permit.so\n",
        ),
        (
            "common-password",
            "password [success=1 default=ignore] pam_unix.so obscure yescrypt\npassword requisite pam_deny.so\npassword required pam_permit.so\n",
        ),
        ("common-session", "session required pam_permit.so\nsession required pam_unix.so\n"),
        ("common-session-noninteractive", "session required pam_permit.so\nsession required pam_unix.so\n"),
    ] {
        fs::write(root.join("etc/pam.d").join(name), rules)?;
    }
    Ok(())
}

fn certificates(root: &Path) -> Result<()> {
    let source = root.join("usr/share/ca-certificates/mozilla");
    let mut paths: Vec<_> = fs::read_dir(&source)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut bundle = Vec::new();
    for path in paths {
        bundle.extend(fs::read(&path)?);
    }
    fs::create_dir_all(root.join("etc/ssl/certs"))?;
    fs::write(root.join("etc/ssl/certs/ca-certificates.crt"), bundle)?;
    Ok(())
}

/// The cache of libraries; ldconfig is static and works on a root of another place.
fn ldconfig(root: &Path) -> Result<()> {
    let output =
        Command::new(root.join("usr/sbin/ldconfig")).arg("-r").arg(root).output().context("cannot run ldconfig")?;
    if !output.status.success() {
        bail!("ldconfig failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
