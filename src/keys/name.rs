//! What a person calls a key. The name is also a file's name on the laptop, so it is parsed once, here.

use std::{fmt, str::FromStr};

use serde::Serialize;

/// Lower case letters, digits, `-`, `_` and `.`, at most 40; a letter or digit first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct KeyName(String);

impl KeyName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
        let well_formed = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.len() <= 40
            && text.chars().all(allowed);
        if !well_formed {
            return Err(format!(
                "`{text}` is no name for a key: lower case letters, digits, `-`, `_` and `.`, at most 40, a letter or digit first"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyName;

    #[test]
    fn a_name_is_safe_as_a_file() {
        for good in ["mac", "kims-mac.2", "0", "gate-3f"] {
            assert!(good.parse::<KeyName>().is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "../x", "a/b", "Mac", "-x", "a b", &"x".repeat(41)] {
            assert!(bad.parse::<KeyName>().is_err(), "{bad}");
        }
    }
}
