//! `homelabctl releases`: the published JSON form (docs/releases.md) and a table for people.

use super::{History, Kind, State};
use crate::proof::Proof;
use serde::Serialize;
use std::fmt;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The releases, newest first.
#[derive(Debug, Clone, Serialize)]
pub struct Listing {
    version: u32,
    releases: Vec<Row>,
}

#[derive(Debug, Clone, Serialize)]
struct Row {
    number: u32,
    image: String,
    image_digest: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    reason: String,
    proven: bool,
    proof: Option<Proof>,
    #[serde(skip)]
    words: Words,
}

/// What only the table shows.
#[derive(Debug, Clone)]
struct Words {
    state: State,
    by: String,
    kind: Kind,
}

impl Listing {
    pub fn of(history: &History) -> Self {
        let row = |release: &super::Release| Row {
            number: release.number(),
            image: release.head.image.reference.clone(),
            image_digest: release.head.image.digest.clone(),
            created_at: release.head.created_at,
            reason: release.head.reason.clone(),
            proven: release.is_proven(),
            proof: release.outcome.as_ref().and_then(|outcome| outcome.proof.clone()),
            words: Words { state: release.state(), by: release.head.who.by.clone(), kind: release.head.kind },
        };
        Self { version: 1, releases: history.releases.iter().map(row).collect() }
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.releases.is_empty() {
            return f.write_str("no release yet: homelabctl deploy makes the first");
        }
        writeln!(
            f,
            "{:>3}  {:<9}  {:<20}  {:<8}  {:<24}  {:<30}  reason",
            "no.", "state", "when", "by", "calls failed gap p99", "image"
        )?;
        for row in &self.releases {
            let when = row.created_at.format(&Rfc3339).unwrap_or_default();
            let proof = row.proof.as_ref().map_or_else(
                || "-".to_owned(),
                |proof| format!("{} {} {} ms {} ms", proof.calls, proof.failed, proof.longest_gap_ms, proof.p99_ms),
            );
            let image = row.image.rsplit('/').next().unwrap_or_default();
            let origin = match row.words.kind {
                Kind::Deploy => String::new(),
                Kind::Rollback { to } => format!(" (release {to} again)"),
                Kind::Undo { of, to } => format!(" (release {to} again, as {of} failed)"),
            };
            let (number, state, by) = (row.number, row.words.state, &row.words.by);
            writeln!(
                f,
                "{number:>3}  {state:<9}  {when:<20}  {by:<8}  {proof:<24}  {image:<30}  {}{origin}",
                row.reason
            )?;
        }
        Ok(())
    }
}
