//! API keys: what a person holds (a token) and what the server stores (a record with a hash).
//!
//! A token is `hlk_ID_SECRET`: the id finds the record, the secret is 256 bits. The record holds only a
//! hash of the whole token, so a stolen Secret or backup opens nothing. Time is an argument everywhere.

use std::{collections::BTreeMap, fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::SecureRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

/// Name of the Kubernetes Secret with one entry a key.
pub const SECRET: &str = "homelab-mcp-keys";

const PREFIX: &str = "hlk_";
const ID_LENGTH: usize = 8;
const SECRET_LENGTH: usize = 43;

/// The key itself, which only its owner holds. It prints as `(secret)`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// What a key may do; a greater scope includes the smaller ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look at everything that the settings show
    Read,
    /// Change what runs
    Operate,
    /// Change who may do what
    Admin,
}

/// What is stored about a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Form of this record
    pub version: u32,
    /// What its owner calls it
    pub name: String,
    /// The id in the token, and the record's own
    pub id: String,
    /// `sha256:` and the hash of the whole token in hex
    pub hash: String,
    /// What the key may do
    pub scopes: Vec<Scope>,
    /// When it was made
    #[serde(with = "time::serde::rfc3339")]
    #[schemars(with = "String")]
    pub created_at: OffsetDateTime,
    /// When it ends, if ever
    #[serde(with = "time::serde::rfc3339::option", default)]
    #[schemars(with = "Option<String>")]
    pub expires_at: Option<OffsetDateTime>,
}

/// Why a key is not let in. Clients learn nothing of it; the audit log does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no key was sent")]
    Missing,
    #[error("this is no key")]
    Malformed,
    #[error("this key is unknown or was revoked")]
    Unknown,
    #[error("this key has expired")]
    Expired,
}

/// Why a stored entry is no usable key.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("not a key record")]
    Form(#[from] serde_json::Error),
    #[error("record version {0} is not known to this server")]
    Version(u32),
    #[error("the entry must be named {0}.json after its key")]
    Name(String),
}

impl Token {
    /// A new random token.
    pub fn generate(random: &dyn SecureRandom) -> Result<Self, ring::error::Unspecified> {
        let mut id = [0_u8; ID_LENGTH / 2];
        let mut secret = [0_u8; 32];
        random.fill(&mut id)?;
        random.fill(&mut secret)?;
        Ok(Self(format!("{PREFIX}{}_{}", hex::encode(id), URL_SAFE_NO_PAD.encode(secret))))
    }

    /// The public part that names the record.
    pub fn id(&self) -> &str {
        &self.0[PREFIX.len()..PREFIX.len() + ID_LENGTH]
    }

    /// The whole token in clear: for its owner's eyes and the request's header only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it.
    pub fn hash(&self) -> String {
        format!("sha256:{}", hex::encode(Sha256::digest(self.0.as_bytes())))
    }
}

/// The id and nothing else, when the text has the form of a token.
fn split(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_at_checked(ID_LENGTH)?;
    let secret = secret.strip_prefix('_')?;
    let hex = id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let base64 = secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (hex && base64 && secret.len() == SECRET_LENGTH).then_some(id)
}

impl FromStr for Token {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        split(text).map(|_| Self(text.to_owned())).ok_or(Refusal::Malformed)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Scope {
    /// Every scope, smallest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Operate, Self::Admin];

    /// As it is written in records and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|scope| scope.name() == text);
        found.ok_or_else(|| format!("`{text}` is no scope: write read, operate or admin"))
    }
}

impl Record {
    /// The record of a new token; times are kept to the second.
    pub fn new(
        name: &str,
        token: &Token,
        scopes: &[Scope],
        created_at: OffsetDateTime,
        expires_at: Option<OffsetDateTime>,
    ) -> Self {
        let whole = |time: OffsetDateTime| time.replace_nanosecond(0).unwrap_or(time);
        Self {
            version: 1,
            name: name.to_owned(),
            id: token.id().to_owned(),
            hash: token.hash(),
            scopes: scopes.to_vec(),
            created_at: whole(created_at),
            expires_at: expires_at.map(whole),
        }
    }

    /// Name of its entry in the Secret, or of its file.
    pub fn entry_name(&self) -> String {
        format!("{}.json", self.id)
    }

    /// Reads one entry of the Secret, or one file.
    pub fn from_entry(entry_name: &str, bytes: &[u8]) -> Result<Self, RecordError> {
        let record: Self = serde_json::from_slice(bytes)?;
        if record.version != 1 {
            return Err(RecordError::Version(record.version));
        }
        if record.entry_name() != entry_name {
            return Err(RecordError::Name(record.id));
        }
        Ok(record)
    }

    /// The bytes of its entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record is plain data")
    }

    /// Whether the key may do what this scope names.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|own| *own >= scope)
    }

    /// Whether the key has ended.
    pub fn expired(&self, now: OffsetDateTime) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether this text is the key's token; takes the same time wherever they differ.
    fn matches(&self, token: &str) -> bool {
        let Some(stored) = self.hash.strip_prefix("sha256:").and_then(|hash| hex::decode(hash).ok()) else {
            return false;
        };
        bool::from(Sha256::digest(token.as_bytes()).as_slice().ct_eq(&stored))
    }
}

/// All keys that are known at one moment.
#[derive(Clone, Debug, Default)]
pub struct Keyring<R = Record>(BTreeMap<String, R>);

impl<R: std::borrow::Borrow<Record>> Keyring<R> {
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

impl<R: From<Record> + std::borrow::Borrow<Record>> Keyring<R> {
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
