//! `server.secrets`: what credentials are called, and where this machine keeps each. Their values are never part of a config.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::parsed::name;
use crate::secret::Secret;

name! {
    /// A file of this machine, as a person writes it: absolute, below `~/`, or relative to homelab.yaml.
    FileName, "file-name", "~/.secrets/grafana", |text| {
        if text.is_empty() || text.ends_with('/') || text.contains(char::is_control) {
            return Err(format!("`{}` is no name of a file", text.escape_debug()));
        }
        if text.starts_with('~') && !text.starts_with("~/") {
            return Err(format!("`{text}`: `~/` is your own home, and nobody else's is known: write the whole path"));
        }
        Ok(())
    }
}

name! {
    /// An environment variable.
    VariableName, "variable-name", "NAS_PASSWORD", |text| {
        let well_formed = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if well_formed { Ok(()) } else { Err(format!("`{text}` is no name of a variable: letters, digits and `_`, no digit first")) }
    }
}

/// Where the value of a credential lies on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum SecretSource {
    File(FileName),
    Env(VariableName),
}

/// Where the value lies on this machine: a file or a variable
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// File that holds the value; relative to homelab.yaml's folder, ~/ is your home
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileName>,
    /// Environment variable that holds the value
    #[serde(skip_serializing_if = "Option::is_none")]
    env: Option<VariableName>,
}

impl TryFrom<Written> for SecretSource {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match (written.file, written.env) {
            (Some(file), None) => Ok(Self::File(file)),
            (None, Some(variable)) => Ok(Self::Env(variable)),
            (Some(_), Some(_)) => Err("a value lies in a file or in a variable: keep one of `file` and `env`"),
            (None, None) => Err("nothing says where the value lies: write `file: PATH` or `env: NAME`"),
        }
    }
}

impl From<SecretSource> for Written {
    fn from(source: SecretSource) -> Self {
        match source {
            SecretSource::File(file) => Self { file: Some(file), env: None },
            SecretSource::Env(variable) => Self { file: None, env: Some(variable) },
        }
    }
}

impl JsonSchema for SecretSource {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretSource".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

impl FileName {
    /// The path for a person with this home whose homelab.yaml lies in this folder; `None` without the home that it needs.
    pub fn path(&self, home: Option<&Path>, folder: &Path) -> Option<PathBuf> {
        match self.strip_prefix("~/") {
            Some(rest) => home.map(|home| home.join(rest)),
            None => Some(folder.join(self.as_str())),
        }
    }
}

/// The value in the bytes of a file. Editors end every file with a newline, which belongs to no password.
pub fn value_of_file(bytes: Vec<u8>) -> Result<Secret, &'static str> {
    let text = String::from_utf8(bytes).map_err(|_| "is no text")?;
    let value = text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
    if value.is_empty() { Err("is empty") } else { Ok(Secret::new(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_to_the_config_or_to_the_home() {
        let path = |text: &str, home: Option<&str>| {
            super::super::parsed::built_in::<FileName>(text).path(home.map(Path::new), Path::new("lab"))
        };
        assert_eq!(path("nas", None), Some("lab/nas".into()));
        assert_eq!(path("/etc/nas", None), Some("/etc/nas".into()));
        assert_eq!(path("~/nas", Some("/home/ann")), Some("/home/ann/nas".into()));
        assert_eq!(path("~/nas", None), None);
    }

    #[test]
    fn one_newline_at_the_end_belongs_to_the_file() {
        let value = |bytes: &[u8]| value_of_file(bytes.to_vec()).map(|secret| secret.reveal().to_owned());
        assert_eq!(value(b"hunter2\n"), Ok("hunter2".to_owned()));
        assert_eq!(value(b"hunter2\r\n"), Ok("hunter2".to_owned()));
        assert_eq!(value(b" two\nlines\n\n"), Ok(" two\nlines\n".to_owned()));
        assert_eq!((value(b"\n"), value(b""), value(&[0xff])), (Err("is empty"), Err("is empty"), Err("is no text")));
    }
}
