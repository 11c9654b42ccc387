//! A full disk.

use anyhow::{Result, bail};

use super::on_the_host;
use crate::bed::Bed;

/// Takes the room; on an ext4 of its own it is only promised, so the machine's disk stays as it is.
const FILLER: &str = "/var/tmp/.fault-disk-full";

pub(super) fn fill(bed: &Bed) -> Result<()> {
    if !bed.folder.join("disk/node1.img").exists() {
        bail!(
            "the host's disk is a folder of this machine, which shall not be filled: this machine has no loop devices"
        );
    }
    // The last blocks that fallocate cannot promise are written.
    on_the_host(
        bed,
        &format!(
            "fallocate -l $(df --output=avail -B1 / | tail -n1) {FILLER} 2>/dev/null || true\n\
             dd if=/dev/zero of={FILLER}.rest bs=64k 2>/dev/null || true\n\
             dd if=/dev/zero of={FILLER}.last bs=512 2>/dev/null || true"
        ),
    )
    .map(|_| ())
}

pub(super) fn free(bed: &Bed) -> Result<()> {
    on_the_host(bed, &format!("rm -f {FILLER} {FILLER}.rest {FILLER}.last")).map(|_| ())
}
