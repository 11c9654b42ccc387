//! The key of a gate: it proves a deployment without borrowing a person's key, and is gone soon in any case.

use homelab_mcp::keys::Record;
use time::{Duration, OffsetDateTime};

/// Long enough for a rollout with its proof, short enough to be forgotten.
pub const GATE_LIFETIME: Duration = Duration::minutes(15);
const PREFIX: &str = "gate-";

/// The name of the gate key of a release. People cannot be locked out by it: their keys are found by id.
pub fn gate_name(release: u64) -> String {
    format!("{PREFIX}{release}")
}

/// Entries of gate keys that have ended: of runs that did not come to sweep for themselves. One that still lives may be
/// another run's, so it is left alone.
pub fn leftovers<'a>(records: impl IntoIterator<Item = &'a Record>, now: OffsetDateTime) -> Vec<String> {
    let is_leftover =
        |record: &&Record| record.name.starts_with(PREFIX) && record.expires_at.is_some() && record.expired(now);
    records.into_iter().filter(is_leftover).map(Record::entry_name).collect()
}
