//! Control groups of a bed: one folder for each of its parts in every hierarchy of the machine, v1 or v2.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::mount::{MsFlags, mount};

/// All beds lie below this folder.
const TOP: &str = "homelab-beds";

/// All beds together weigh this many times as much as one session of the person's compilers: a starved control plane
/// misses its own deadlines, and what is tested then is the machine.
const WEIGHT: u32 = 8;

/// A hierarchy that the machine has mounted.
#[derive(Debug, PartialEq, Eq)]
struct Hierarchy {
    point: PathBuf,
    /// Mount options that name a v1 hierarchy; `None` is v2.
    controllers: Option<String>,
}

impl Hierarchy {
    fn is_v2(&self) -> bool {
        self.controllers.is_none()
    }
}

fn hierarchies() -> Result<Vec<Hierarchy>> {
    let mounts = fs::read_to_string("/proc/self/mounts").context("cannot read /proc/self/mounts")?;
    Ok(parse(&mounts))
}

fn parse(mounts: &str) -> Vec<Hierarchy> {
    const GENERAL: &[&str] =
        &["rw", "ro", "nosuid", "nodev", "noexec", "relatime", "noatime", "xattr", "release_agent", "clone_children"];
    let mut found: Vec<Hierarchy> = Vec::new();
    for line in mounts.lines() {
        let mut words = line.split(' ').skip(1);
        let (Some(point), Some(kind), Some(options)) = (words.next(), words.next(), words.next()) else { continue };
        let controllers = match kind {
            "cgroup2" => None,
            "cgroup" => {
                let named = |option: &&str| !GENERAL.contains(&option.split('=').next().unwrap_or_default());
                Some(options.split(',').filter(named).collect::<Vec<_>>().join(","))
            }
            _ => continue,
        };
        let hierarchy = Hierarchy { point: PathBuf::from(point), controllers };
        if !found.iter().any(|other| other.controllers == hierarchy.controllers) {
            found.push(hierarchy);
        }
    }
    found
}

/// Makes the folder of one part of a bed (`init`, `node1`) in every hierarchy.
pub(crate) fn make(bed: &str, part: &str) -> Result<()> {
    let hierarchies = hierarchies()?;
    if hierarchies.is_empty() {
        bail!("no control groups are mounted on this machine");
    }
    for hierarchy in &hierarchies {
        let mut folder = hierarchy.point.clone();
        for name in [TOP, bed, part] {
            if hierarchy.is_v2() {
                delegate(&folder);
            }
            folder.push(name);
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            if name == TOP {
                weigh(&folder, hierarchy.is_v2());
            }
            if hierarchy.controllers.as_deref().is_some_and(|names| names.split(',').any(|name| name == "cpuset")) {
                fill_cpuset(&folder)?;
            }
        }
        if hierarchy.is_v2() && part != "init" {
            // Only leaves of v2 may hold processes, and the kubelet makes folders beside this one.
            fs::create_dir_all(folder.join("init"))?;
            delegate(&folder);
        }
    }
    Ok(())
}

/// Only the hierarchy with the cpu controller has the file; without one the beds compete like everybody.
fn weigh(folder: &Path, v2: bool) {
    let (file, one) = if v2 { ("cpu.weight", 100) } else { ("cpu.shares", 1024) };
    let file = folder.join(file);
    if file.exists() {
        let _ = fs::write(file, (one * WEIGHT).to_string());
    }
}

/// A new cpuset takes no process until these two are filled.
fn fill_cpuset(folder: &Path) -> Result<()> {
    let above = folder.parent().unwrap_or(folder);
    for name in ["cpuset.cpus", "cpuset.mems"] {
        fs::write(folder.join(name), fs::read(above.join(name))?)
            .with_context(|| format!("cannot fill {name} of {}", folder.display()))?;
    }
    fs::write(folder.join("cgroup.clone_children"), "1")?;
    Ok(())
}

/// v2: passes on every controller that the folder has; on a hybrid machine it has none.
fn delegate(folder: &Path) {
    let controllers = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
    for name in controllers.split_whitespace() {
        // One by one: a controller that cannot be passed on must not keep the others.
        let _ = fs::write(folder.join("cgroup.subtree_control"), format!("+{name}"));
    }
}

/// The calling process moves into the folder of a part; what it starts is there too.
pub(crate) fn enter(bed: &str, part: &str) -> Result<()> {
    for hierarchy in hierarchies()? {
        let mut folder = hierarchy.point.join(TOP).join(bed).join(part);
        if hierarchy.is_v2() && part != "init" {
            folder.push("init");
        }
        fs::write(folder.join("cgroup.procs"), "0")
            .with_context(|| format!("cannot move into {}", folder.display()))?;
    }
    Ok(())
}

/// Mounts the hierarchies below `root`. In a cgroup namespace they show its own part only.
pub(crate) fn show(root: &Path) -> Result<()> {
    let hierarchies = hierarchies()?;
    let target = root.join("sys/fs/cgroup");
    let none: Option<&str> = None;
    if let [only] = hierarchies.as_slice()
        && only.is_v2()
    {
        return mount(Some("cgroup2"), &target, Some("cgroup2"), MsFlags::empty(), none)
            .context("cannot mount cgroup2");
    }
    mount(Some("cgroup"), &target, Some("tmpfs"), MsFlags::empty(), Some("mode=755"))?;
    for hierarchy in &hierarchies {
        let name = hierarchy.point.file_name().unwrap_or_default();
        let point = target.join(name);
        fs::create_dir(&point)?;
        let (kind, options) = match &hierarchy.controllers {
            None => ("cgroup2", None),
            Some(named) if named.starts_with("name=") => ("cgroup", Some(format!("none,{named}"))),
            Some(controllers) => ("cgroup", Some(controllers.clone())),
        };
        mount(Some(kind), &point, Some(kind), MsFlags::empty(), options.as_deref())
            .with_context(|| format!("cannot mount the {} hierarchy", name.display()))?;
        for alias in hierarchy.controllers.iter().filter(|names| names.contains(',')).flat_map(|names| names.split(','))
        {
            std::os::unix::fs::symlink(name, target.join(alias))?;
        }
    }
    Ok(())
}

/// Removes what a boot of a node left below its folder: with it, pods of the next boot come 16 s late.
pub(crate) fn clear(bed: &str, part: &str) -> Result<()> {
    for hierarchy in hierarchies()? {
        let folder = hierarchy.point.join(TOP).join(bed).join(part);
        for child in folders(&folder) {
            if !(hierarchy.is_v2() && child.ends_with("init")) {
                remove(&child);
            }
        }
    }
    Ok(())
}

/// Removes the folders of a bed; retries while its last processes are still going. Says what is left.
pub(crate) fn sweep(bed: &str) -> Result<()> {
    for _ in 0..100 {
        let mut left = false;
        for hierarchy in hierarchies()? {
            let folder = hierarchy.point.join(TOP).join(bed);
            left |= !remove(&folder);
            // Fails while another bed is there, as it should.
            let _ = fs::remove_dir(hierarchy.point.join(TOP));
        }
        if !left {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("control groups of the bed {bed:?} still hold processes")
}

/// Depth first; true when nothing is left.
fn remove(folder: &Path) -> bool {
    for child in folders(folder) {
        remove(&child);
    }
    match fs::remove_dir(folder) {
        Ok(()) => true,
        Err(_) => !folder.exists(),
    }
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_of_both_versions_are_found() {
        let hybrid = "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,relatime,cpu,cpuacct 0 0\n\
                      cgroup /sys/fs/cgroup/systemd cgroup rw,xattr,name=systemd 0 0\n\
                      cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0\n\
                      tmpfs /run tmpfs rw 0 0\n";
        let named = |point: &str, controllers: Option<&str>| Hierarchy {
            point: point.into(),
            controllers: controllers.map(str::to_owned),
        };
        assert_eq!(
            parse(hybrid),
            [
                named("/sys/fs/cgroup/cpu,cpuacct", Some("cpu,cpuacct")),
                named("/sys/fs/cgroup/systemd", Some("name=systemd")),
                named("/sys/fs/cgroup/unified", None),
            ]
        );
        assert_eq!(
            parse("cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0\n"),
            [named("/sys/fs/cgroup", None)]
        );
    }
}
