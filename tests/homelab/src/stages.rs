//! The processes of a bed are this program under hidden first arguments.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::bed::stage;

/// Runs `__STAGE ARGS`.
pub(crate) fn run(name: &str, args: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match (name, words.as_slice()) {
        ("__command", _) => return stage::command(args),
        ("__monitor", [folder]) => stage::monitor(Path::new(folder))?,
        ("__sweeper", [folder, monitor]) => stage::sweeper(Path::new(folder), monitor)?,
        ("__init", [folder]) => stage::init(Path::new(folder))?,
        ("__station", [name, folder]) => stage::station(name, Path::new(folder))?,
        ("__node", [number, folder]) => stage::node(number.parse().context("no number")?, Path::new(folder))?,
        ("__proxy", args) => crate::faults::proxy::run(args)?,
        _ => bail!("{name} is no command"),
    }
    Ok(ExitCode::SUCCESS)
}
