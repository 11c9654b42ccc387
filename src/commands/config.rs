//! `homelabctl config`: what homelab.yaml may say, what it says, and what is wrong with it.

use std::fmt;

use serde::Serialize;

use super::Context;
use crate::config::{Problem, Problems, Shown, schema, values, yaml};
use crate::edge::config::{Found, find};
use crate::failure::Failure;
use crate::ui::Output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Print the JSON Schema of homelab.yaml, for editors
    Schema,
    /// Print every value and where it comes from: a flag, a variable, the file, or the built-in default
    Show,
    /// Check the config; every mistake is told with its place and its cure
    Validate,
}

pub(super) fn run(context: &Context, command: &Command) -> Result<(), Failure> {
    let look = || find(context.global.config.as_deref(), context.global.host.as_deref());
    match command {
        Command::Schema => context.ui.print(&format!("{:#}", schema())),
        Command::Show => {
            let found = look()?;
            let file = found.file.clone();
            let loaded = found.valid()?;
            let text = yaml(&loaded, file.as_deref().unwrap_or_default());
            context.ui.answer(&Values { version: 1, file, values: values(&loaded), text });
        }
        Command::Validate => {
            let found = look()?;
            if found.loaded.is_ok() || context.global.output == Output::Json {
                context.ui.answer(&Verdict::of(&found));
            }
            found.valid()?;
        }
    }
    Ok(())
}

/// The answer of `config show`.
#[derive(Serialize)]
struct Values {
    version: u32,
    file: Option<String>,
    values: Vec<Shown>,
    #[serde(skip)]
    text: String,
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The answer of `config validate`. What is wrong is also the failure that follows, so people read it there.
#[derive(Serialize)]
struct Verdict<'a> {
    version: u32,
    file: Option<&'a str>,
    valid: bool,
    problems: &'a [Problem],
}

impl Verdict<'_> {
    fn of(found: &Found) -> Verdict<'_> {
        let problems = found.loaded.as_ref().err().map_or(&[][..], Problems::list);
        Verdict { version: 1, file: found.file.as_deref(), valid: problems.is_empty(), problems }
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file {
            Some(file) => write!(f, "{file} is valid"),
            None => write!(f, "there is no homelab.yaml; the built-in defaults are valid"),
        }
    }
}
