//! `Secret`: a text that is used but never shown.

use crate::config::Label;
use serde::{Serialize, Serializer};
use std::{collections::BTreeMap, fmt};

/// The values of `server.secrets`, by name.
pub type Secrets = BTreeMap<Label, Secret>;

/// A text that must not reach a log, a plan, JSON or a terminal: it prints and serialises as its size.
///
/// There is no `Display`; whoever needs the text says so with [`Secret::reveal`].
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that must hand it on.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(secret, {} bytes)", self.0.len())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{self:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_shows_its_size_and_nothing_else() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "(secret, 7 bytes)");
        assert_eq!(serde_json::to_value(&secret).ok(), Some("(secret, 7 bytes)".into()));
    }
}
