//! The file systems of a node: its disk, its root above the Debian tree, devices, and the parts.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use nix::mount::{MsFlags, mount};
use nix::sys::stat::{Mode, SFlag, makedev, mknod, umask};

use super::{Plan, cgroup, sysctl};
use crate::tree::Tree;

/// Where the mounts of a node are made, in the bed's own /run.
const WORK: &str = "/run/node";
/// What the host's disk can hold. The file is sparse: it takes what is written.
const DISK_SIZE: &str = "40G";
const NONE: Option<&str> = None;

/// Builds the root of a node and returns it; the caller pivots into it.
pub(super) fn build(plan: &Plan, number: u8) -> Result<PathBuf> {
    umask(Mode::from_bits_truncate(0o022));
    let work = Path::new(WORK);
    fs::create_dir_all(work)?;
    let disk = work.join("disk");
    attach_disk(plan, number, &disk).context("cannot attach the node's disk")?;
    let root = work.join("root");
    fs::create_dir_all(&root)?;
    let (upper, overlay) = (disk.join("root"), disk.join("overlay"));
    let options =
        format!("lowerdir={},upperdir={},workdir={}", plan.tree.display(), upper.display(), overlay.display());
    mount(Some("root"), &root, Some("overlay"), MsFlags::empty(), Some(options.as_str()))
        .context("cannot mount the root")?;

    // An overlay cannot hold another one's upper folder, so these come from the disk itself.
    for folder in ["var/lib/containerd", "var/lib/kubelet", "var/lib/etcd", "var/snap", "var/log", "srv"] {
        let source = disk.join(folder.replace('/', "-"));
        fs::create_dir_all(&source)?;
        fs::create_dir_all(root.join(folder))?;
        bind(&source, &root.join(folder), Access::Write)?;
    }
    temporary(&root.join("run"), "mode=755")?;
    mount(Some("proc"), &root.join("proc"), Some("proc"), MsFlags::empty(), NONE).context("cannot mount /proc")?;
    mount(Some("sysfs"), &root.join("sys"), Some("sysfs"), MsFlags::empty(), NONE).context("cannot mount /sys")?;
    cgroup::show(&root)?;
    devices(&root).context("cannot make /dev")?;
    sysctl::cover(&root).context("cannot cover /proc/sys")?;
    parts(plan, &root).context("cannot show the parts")?;
    Ok(root)
}

/// A disk of a size of its own, so that it can be full. Without loop devices it is a folder of this machine.
fn attach_disk(plan: &Plan, number: u8, point: &Path) -> Result<()> {
    fs::create_dir_all(point)?;
    let image = plan.folder.join(format!("disk/node{number}.img"));
    let tree = Tree { root: plan.tree.clone() };
    if Path::new("/dev/loop-control").exists() {
        if !image.exists() {
            let mut make = tree.command("usr/sbin/mke2fs")?;
            make.env("MKE2FS_CONFIG", plan.tree.join("etc/mke2fs.conf"));
            make.args([
                "-q",
                "-t",
                "ext4",
                "-O",
                "^has_journal",
                "-m",
                "0",
                "-N",
                "1000000",
                "-E",
                "lazy_itable_init=1,nodiscard",
            ]);
            run(make.arg(&image).arg(DISK_SIZE))?;
        }
        let mut attach = tree.command("usr/bin/mount")?;
        run(attach.args(["-n", "-o", "loop,noatime"]).arg(&image).arg(point))?;
    } else {
        let folder = plan.folder.join(format!("disk/node{number}"));
        fs::create_dir_all(&folder)?;
        bind(&folder, point, Access::Write)?;
    }
    for folder in ["root", "overlay"] {
        fs::create_dir_all(point.join(folder))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

fn bind(source: &Path, target: &Path, access: Access) -> Result<()> {
    let bound = mount(Some(source), target, NONE, MsFlags::MS_BIND, NONE);
    bound.with_context(|| format!("cannot bind {} to {}", source.display(), target.display()))?;
    if access == Access::Read {
        let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
        mount(NONE, target, NONE, flags, NONE).with_context(|| format!("cannot protect {}", target.display()))?;
    }
    Ok(())
}

fn temporary(target: &Path, options: &str) -> Result<()> {
    fs::create_dir_all(target)?;
    mount(Some("tmpfs"), target, Some("tmpfs"), MsFlags::empty(), Some(options))
        .with_context(|| format!("cannot mount {}", target.display()))
}

fn devices(root: &Path) -> Result<()> {
    let dev = root.join("dev");
    temporary(&dev, "mode=755")?;
    let nodes = [
        ("null", 1, 3),
        ("zero", 1, 5),
        ("full", 1, 7),
        ("random", 1, 8),
        ("urandom", 1, 9),
        ("tty", 5, 0),
        ("kmsg", 1, 11),
    ];
    for (name, major, minor) in nodes {
        let mode = Mode::from_bits_truncate(0o666);
        mknod(&dev.join(name), SFlag::S_IFCHR, mode, makedev(major, minor)).with_context(|| name.to_owned())?;
        fs::set_permissions(dev.join(name), fs::Permissions::from_mode(0o666))?;
    }
    for folder in ["pts", "mqueue"] {
        fs::create_dir(dev.join(folder))?;
    }
    let options = Some("newinstance,ptmxmode=0666,mode=620,gid=5");
    mount(Some("devpts"), &dev.join("pts"), Some("devpts"), MsFlags::empty(), options)?;
    temporary(&dev.join("shm"), "mode=1777")?;
    for (name, target) in
        [("ptmx", "pts/ptmx"), ("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")]
    {
        symlink(target, dev.join(name))?;
    }
    Ok(())
}

/// `/opt/homelab`: the driver, and links to what the cache holds; nothing there can be written.
fn parts(plan: &Plan, root: &Path) -> Result<()> {
    let opt = root.join("opt/homelab");
    temporary(&opt, "mode=755")?;
    let cache = opt.join("cache");
    fs::create_dir(&cache)?;
    bind(&plan.cache, &cache, Access::Read)?;
    let driver = opt.join("driver");
    fs::write(&driver, "")?;
    bind(&plan.folder.join("driver"), &driver, Access::Read)?;
    let addons = opt.join("addons");
    fs::create_dir(&addons)?;
    if plan.addons.is_dir() {
        bind(&plan.addons, &addons, Access::Read)?;
    }
    let groups =
        [("bin", &plan.parts.programs, ""), ("images", &plan.parts.images, ".tar"), ("crd", &plan.parts.crds, ".yaml")];
    for (folder, entries, extension) in groups {
        fs::create_dir(opt.join(folder))?;
        for (name, path) in entries {
            let inside = path.strip_prefix(&plan.cache).unwrap_or(path);
            symlink(Path::new("../cache").join(inside), opt.join(folder).join(format!("{name}{extension}")))?;
        }
    }
    mount(NONE, &opt, NONE, MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY, NONE)?;
    let snap = root.join("usr/bin/snap");
    if snap.symlink_metadata().is_err() {
        symlink("/opt/homelab/driver", snap)?;
    }
    Ok(())
}
