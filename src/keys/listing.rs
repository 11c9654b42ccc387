//! The keys that the cluster knows, as a table or as JSON. No secret is in them: records hold hashes only.

use std::{collections::BTreeMap, fmt};

use homelab_mcp::keys::{Keyring, Record, RecordError, Scope, Token};
use serde::Serialize;
use time::OffsetDateTime;

/// What the look at the keys' Secret and at the laptop found.
#[derive(Debug, Default)]
pub struct Known {
    pub records: Vec<Record>,
    /// Entries that open nothing, with the reason.
    pub unreadable: Vec<(String, RecordError)>,
    /// Ids of the keys that lie on this laptop, by file name.
    pub here: BTreeMap<String, String>,
}

impl Known {
    pub fn read<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>, here: BTreeMap<String, String>) -> Self {
        let (ring, unreadable) = Keyring::<Record>::from_entries(entries);
        Self { records: ring.records().cloned().collect(), unreadable, here }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Active,
    Expired,
    /// The entry is no record that a server understands.
    Unreadable,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub name: String,
    pub id: String,
    pub scopes: Vec<Scope>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub created_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    pub state: State,
    /// Whether the key itself lies on this laptop.
    pub here: bool,
}

/// The report of `keys list`, oldest key first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listing {
    pub version: u32,
    pub keys: Vec<Row>,
}

impl Listing {
    pub fn of(known: &Known, now: OffsetDateTime) -> Self {
        let readable = known.records.iter().map(|record| Row {
            name: record.name.clone(),
            id: record.id.clone(),
            scopes: record.scopes.clone(),
            created_at: Some(record.created_at),
            expires_at: record.expires_at,
            state: if record.expired(now) { State::Expired } else { State::Active },
            here: known.here.values().any(|id| *id == record.id),
        });
        let unreadable = known.unreadable.iter().map(|(entry, _)| Row {
            name: String::new(),
            id: entry.trim_end_matches(".json").to_owned(),
            scopes: Vec::new(),
            created_at: None,
            expires_at: None,
            state: State::Unreadable,
            here: false,
        });
        let mut keys: Vec<_> = readable.chain(unreadable).collect();
        keys.sort_by(|a, b| (a.created_at, &a.name, &a.id).cmp(&(b.created_at, &b.name, &b.id)));
        Self { version: 1, keys }
    }
}

impl fmt::Display for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.keys.is_empty() {
            return writeln!(f, "there are no keys yet: homelabctl keys create NAME");
        }
        let rows: Vec<[String; 6]> = self.keys.iter().map(cells).collect();
        let head = ["NAME", "ID", "SCOPES", "CREATED", "EXPIRES", "STATE"].map(str::to_owned);
        let width = |column: usize| rows.iter().chain([&head]).map(|row| row[column].len()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        for row in [&head].into_iter().chain(&rows) {
            let line: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }
}

fn cells(row: &Row) -> [String; 6] {
    let scopes: Vec<_> = row.scopes.iter().map(|scope| scope.name()).collect();
    let day =
        |time: Option<OffsetDateTime>, none: &str| time.map_or_else(|| none.to_owned(), |time| time.date().to_string());
    let state = match row.state {
        State::Active => "active",
        State::Expired => "expired",
        State::Unreadable => "unreadable",
    };
    let state = if row.here { format!("{state}, on this machine") } else { state.to_owned() };
    [
        if row.name.is_empty() { "?".to_owned() } else { row.name.clone() },
        row.id.clone(),
        scopes.join(","),
        day(row.created_at, "?"),
        day(row.expires_at, if row.state == State::Unreadable { "?" } else { "never" }),
        state,
    ]
}

/// A key as it may be shown: enough to find its record, nothing to get in with.
pub fn masked(token: &Token) -> String {
    format!("hlk_{}_…", token.id())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::keys::{GATE_LIFETIME, gate_name, leftovers};
    use time::{Duration, macros::datetime};

    const NOW: OffsetDateTime = datetime!(2026-11-23 06:00 UTC);

    fn record(id: &str, name: &str, scopes: &[Scope], age: Duration, life: Option<Duration>) -> Record {
        let token: Token = format!("hlk_{id}_{}", "A".repeat(43)).parse().unwrap();
        Record::new(name, &token, scopes, NOW - age, life.map(|life| NOW - age + life))
    }

    fn records() -> Vec<Record> {
        vec![
            record("0a000001", "mac", &[Scope::Read, Scope::Operate], Duration::days(3), None),
            record("0a000002", "guest", &[Scope::Read], Duration::days(40), Some(Duration::days(30))),
            record("0a000003", &gate_name(7), &[Scope::Read], Duration::minutes(20), Some(GATE_LIFETIME)),
            record("0a000004", &gate_name(8), &[Scope::Read], Duration::minutes(2), Some(GATE_LIFETIME)),
            record("0a000005", "gate-keeper", &[Scope::Read], Duration::days(1), None),
        ]
    }

    fn known() -> Known {
        let entries: Vec<_> = records().iter().map(|record| (record.entry_name(), record.to_bytes())).collect();
        let mut entries: Vec<_> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        entries.push(("0a0000ff.json", b"{}"));
        Known::read(entries, BTreeMap::from([("mac".to_owned(), "0a000001".to_owned())]))
    }

    #[test]
    fn the_list_says_who_may_what_until_when() {
        insta::assert_snapshot!(Listing::of(&known(), NOW), @"
        NAME         ID        SCOPES        CREATED     EXPIRES     STATE
        ?            0a0000ff                ?           ?           unreadable
        guest        0a000002  read          2026-10-14  2026-11-13  expired
        mac          0a000001  read,operate  2026-11-20  never       active, on this machine
        gate-keeper  0a000005  read          2026-11-22  never       active
        gate-7       0a000003  read          2026-11-23  2026-11-23  expired
        gate-8       0a000004  read          2026-11-23  2026-11-23  active
        ");
        assert_eq!(
            Listing::of(&Known::default(), NOW).to_string(),
            "there are no keys yet: homelabctl keys create NAME\n"
        );
    }

    #[test]
    fn the_json_of_a_row_is_fixed() {
        insta::assert_json_snapshot!(Listing::of(&known(), NOW).keys[1], @r#"
        {
          "name": "guest",
          "id": "0a000002",
          "scopes": [
            "read"
          ],
          "created_at": "2026-10-14T06:00:00Z",
          "expires_at": "2026-11-13T06:00:00Z",
          "state": "expired",
          "here": false
        }
        "#);
    }

    #[test]
    fn only_gate_keys_that_have_ended_are_swept() {
        assert_eq!(leftovers(&records(), NOW), ["0a000003.json"]);
    }

    #[test]
    fn a_masked_key_opens_nothing() {
        let token: Token = format!("hlk_0123abcd_{}", "B".repeat(43)).parse().unwrap();
        assert_eq!(masked(&token), "hlk_0123abcd_…");
    }
}
