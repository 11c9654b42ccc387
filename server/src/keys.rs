//! API keys: what a person holds (a token) and what the server stores (a record with a hash).
//!
//! A token is `hlk_ID_SECRET`: the id finds the record, the secret is 256 bits. The record holds only a
//! hash of the whole token, so a stolen Secret or backup opens nothing. Time is an argument everywhere.

mod keyring;

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::SecureRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

pub use keyring::Keyring;

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
