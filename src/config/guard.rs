//! A debug build and the built-in addresses.

use super::Loaded;

/// How this program was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    Debug,
    Release,
}

impl Build {
    pub const THIS: Build = if cfg!(debug_assertions) { Build::Debug } else { Build::Release };
}

/// Where this program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surroundings {
    /// The laptop of a test bed, which no packet leaves. It has the file `BED_MARK`.
    Bed,
    Elsewhere,
}

/// The file that the laptop of a test bed has.
pub const BED_MARK: &str = "/run/homelab/laptop";

/// The keys whose built-in addresses this run would send packets to, if it must not.
///
/// Whoever installed a release and runs it without a config means the defaults. Whoever runs what
/// they just compiled may sit in any network, and the defaults may be somebody's real machine.
pub fn refused_defaults(loaded: &Loaded, build: Build, surroundings: Surroundings) -> Vec<&'static str> {
    if build == Build::Release || surroundings == Surroundings::Bed {
        return Vec::new();
    }
    let is_default = |key: &str| loaded.origin(key).is_none();
    let mut keys = Vec::new();
    if is_default("host.address") {
        keys.push("host.address");
    }
    if is_default("network.pool") && is_default("network.service_address") {
        keys.push("network.pool");
    }
    keys
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::super::{Source, read};
    use super::*;

    #[test]
    fn only_a_debug_build_outside_of_a_bed_refuses_them() {
        let loaded = Loaded::built_in();
        let keys = refused_defaults(&loaded, Build::Debug, Surroundings::Elsewhere);
        assert_eq!(keys, ["host.address", "network.pool"]);
        assert!(refused_defaults(&loaded, Build::Debug, Surroundings::Bed).is_empty());
        assert!(refused_defaults(&loaded, Build::Release, Surroundings::Elsewhere).is_empty());
    }

    #[test]
    fn addresses_that_somebody_wrote_are_theirs() {
        let text = "host: {address: 192.168.1.104}\nnetwork: {pool: 192.168.1.200-192.168.1.210}\n";
        let loaded = read(Some(Source { name: "homelab.yaml", text }), &[]).unwrap();
        assert!(refused_defaults(&loaded, Build::Debug, Surroundings::Elsewhere).is_empty());
    }
}
