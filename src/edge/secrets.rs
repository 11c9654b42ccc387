//! The credentials that the config names, read from this machine when manifests are rendered.

use super::config;
use crate::{
    config::{FileName, Label, SecretSource, VariableName, value_of_file},
    failure::{Failure, Kind},
    secret::{Secret, Secrets},
};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

/// A password, a token, a key: nothing of the kind is larger.
const GREATEST: usize = 256 << 10;
/// Kubernetes takes 1 MiB for all of them.
const TOGETHER: usize = 768 << 10;

/// The values of all of them.
///
/// # Errors
/// Values that are missing or of no use, all in one go: nothing was touched.
pub fn read(sources: &BTreeMap<Label, SecretSource>, config_flag: Option<&Path>) -> Result<Secrets, Failure> {
    let folder = config::folder(config_flag);
    let (mut values, mut problems) = (Secrets::new(), Vec::new());
    for (name, source) in sources {
        let value = match source {
            SecretSource::File(file) => from_file(file, &folder),
            SecretSource::Env(variable) => from_variable(variable),
        };
        match value {
            Ok(value) => drop(values.insert(name.clone(), value)),
            Err(problem) => problems.push(format!("server.secrets.{name}: {problem}")),
        }
    }
    let size: usize = values.values().map(|value| value.reveal().len()).sum();
    if size > TOGETHER {
        problems
            .push(format!("server.secrets: all of them together have {size} bytes; at most {TOGETHER} are possible"));
    }
    if problems.is_empty() {
        return Ok(values);
    }
    let summary = match problems.len() {
        1 => "a credential of the config cannot be used".to_owned(),
        many => format!("{many} credentials of the config cannot be used"),
    };
    let source = anyhow::anyhow!("{}", problems.join("\n")).context(summary);
    Err(Failure::new(Kind::Usage, source).help("put each value in its place, or take its name out of server.secrets"))
}

fn from_file(file: &FileName, folder: &Path) -> Result<Secret, String> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let path = file.path(home.as_deref(), folder);
    let path = path.ok_or_else(|| format!("{file} needs a home, and HOME is not set: write the whole path"))?;
    let shown = path.display();
    let read = || {
        let mut bytes = Vec::new();
        File::open(&path)?.take(GREATEST as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {shown}: write the value into it"),
        _ => format!("cannot read {shown}: {error}"),
    })?;
    if bytes.len() > GREATEST {
        return Err(format!("{shown} has more than {} KiB: that is no credential", GREATEST >> 10));
    }
    value_of_file(bytes).map_err(|why| format!("{shown} {why}: write the value into it"))
}

fn from_variable(variable: &VariableName) -> Result<Secret, String> {
    let Some(value) = std::env::var_os(variable.as_str()) else {
        return Err(format!("the variable {variable} is not set: export it"));
    };
    match value.into_string() {
        Ok(value) if value.is_empty() => Err(format!("the variable {variable} is empty: export it with the value")),
        Ok(value) if value.len() > GREATEST => {
            Err(format!("the variable {variable} has more than {} KiB: that is no credential", GREATEST >> 10))
        }
        Ok(value) => Ok(Secret::new(value)),
        Err(_) => Err(format!("the variable {variable} is no text")),
    }
}
