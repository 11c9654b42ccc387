//! All keys together: who is let in.

use std::{borrow::Borrow, collections::BTreeMap};

use time::OffsetDateTime;

use super::{Record, RecordError, Refusal, split};

/// All keys that are known at one moment.
#[derive(Clone, Debug, Default)]
pub struct Keyring<R = Record>(BTreeMap<String, R>);

impl<R: Borrow<Record>> Keyring<R> {
    /// The record of a token that is let in at this time.
    pub fn admit(&self, token: &str, now: OffsetDateTime) -> Result<&R, Refusal> {
        let id = split(token).ok_or(Refusal::Malformed)?;
        let record = self.0.get(id).ok_or(Refusal::Unknown)?;
        if !record.borrow().matches(token) {
            return Err(Refusal::Unknown);
        }
        if record.borrow().expired(now) {
            return Err(Refusal::Expired);
        }
        Ok(record)
    }

    /// Every record, by id.
    pub fn records(&self) -> impl Iterator<Item = &R> {
        self.0.values()
    }
}

impl<R: From<Record> + Borrow<Record>> Keyring<R> {
    /// Reads all entries; one that cannot be read is reported by name and opens nothing.
    pub fn from_entries<'a>(
        entries: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    ) -> (Self, Vec<(String, RecordError)>) {
        let mut known = BTreeMap::new();
        let mut refused = Vec::new();
        for (name, bytes) in entries {
            match Record::from_entry(name, bytes) {
                Ok(record) => {
                    known.insert(record.id.clone(), R::from(record));
                }
                Err(error) => refused.push((name.to_owned(), error)),
            }
        }
        (Self(known), refused)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::keys::{Scope, Token};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 06:00 UTC);

    fn token() -> Token {
        Token::generate(&ring::rand::SystemRandom::new()).unwrap()
    }

    fn ring_of(records: &[Record]) -> Keyring {
        let entries: Vec<(String, Vec<u8>)> = records.iter().map(|r| (r.entry_name(), r.to_bytes())).collect();
        let (ring, refused) = Keyring::from_entries(entries.iter().map(|(n, b)| (n.as_str(), b.as_slice())));
        assert!(refused.is_empty());
        ring
    }

    #[test]
    fn a_token_has_its_form_and_never_prints() {
        let token = token();
        assert_eq!(token.reveal().len(), 4 + 8 + 1 + 43);
        assert_eq!(token.reveal().parse::<Token>().unwrap(), token);
        assert_eq!(format!("{token:?}"), "(secret)");
        let good = token.reveal();
        for bad in ["", "hlk_", "hlk_0000000_x", &good[1..], &good[..good.len() - 1], &format!("{good}x")] {
            assert_eq!(bad.parse::<Token>(), Err(Refusal::Malformed), "{bad}");
        }
        assert!(good.replace("hlk_", "HLK_").parse::<Token>().is_err());
        assert!("hlk_0123456é_0123456789012345678901234567890123456789012".parse::<Token>().is_err());
    }

    #[test]
    fn each_of_several_keys_is_let_in_and_nothing_else() {
        let (one, two, stranger) = (token(), token(), token());
        let end = NOW + time::Duration::minutes(15);
        let ring = ring_of(&[
            Record::new("mac", &one, &[Scope::Read], NOW, None),
            Record::new("gate", &two, &[Scope::Operate], NOW, Some(end)),
        ]);
        assert_eq!(ring.admit(one.reveal(), NOW).unwrap().name, "mac");
        assert_eq!(ring.admit(two.reveal(), NOW).unwrap().name, "gate");
        assert_eq!(ring.admit(two.reveal(), end).unwrap_err(), Refusal::Expired);
        assert_eq!(ring.admit(stranger.reveal(), NOW).unwrap_err(), Refusal::Unknown);
        let forged = format!("hlk_{}_{}", one.id(), &stranger.reveal()[13..]);
        assert_eq!(ring.admit(&forged, NOW).unwrap_err(), Refusal::Unknown);
        assert_eq!(ring.admit("", NOW).unwrap_err(), Refusal::Malformed);
    }

    #[test]
    fn a_greater_scope_includes_the_smaller_ones() {
        let record = |scope| Record::new("x", &token(), &[scope], NOW, None);
        assert!(record(Scope::Admin).may(Scope::Read) && record(Scope::Operate).may(Scope::Read));
        assert!(!record(Scope::Read).may(Scope::Operate) && !record(Scope::Operate).may(Scope::Admin));
        assert!(!Record::new("x", &token(), &[], NOW, None).may(Scope::Read));
    }

    #[test]
    fn the_stored_form_is_fixed() {
        let token: Token = "hlk_0123abcd_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let record = Record::new("mac", &token, &[Scope::Read], NOW, None);
        assert_eq!(record.entry_name(), "0123abcd.json");
        let hash = token.hash();
        let text = String::from_utf8(record.to_bytes()).unwrap();
        assert_eq!(
            text,
            format!(
                r#"{{"version":1,"name":"mac","id":"0123abcd","hash":"{hash}","scopes":["read"],"created_at":"2026-11-23T06:00:00Z","expires_at":null}}"#
            )
        );
        assert_eq!(Record::from_entry("0123abcd.json", text.as_bytes()).unwrap(), record);
    }

    #[test]
    fn a_broken_entry_opens_nothing_and_harms_no_other() {
        let good = Record::new("mac", &token(), &[Scope::Read], NOW, None);
        let bytes = good.to_bytes();
        let later = String::from_utf8(bytes.clone()).unwrap().replace("\"version\":1", "\"version\":2");
        let name = good.entry_name();
        let entries: [(&str, &[u8]); 4] =
            [("a.json", b"{"), ("b.json", &bytes), ("c.json", later.as_bytes()), (&name, &bytes)];
        let (ring, refused) = Keyring::<Record>::from_entries(entries);
        assert_eq!(ring.records().count(), 1);
        let said: Vec<String> = refused.iter().map(|(n, e)| format!("{n}: {e}")).collect();
        assert_eq!(
            said,
            [
                "a.json: not a key record".to_owned(),
                format!("b.json: the entry must be named {}.json after its key", good.id),
                "c.json: record version 2 is not known to this server".to_owned(),
            ]
        );
    }
}
