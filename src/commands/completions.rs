//! `homelabctl completions`: the script that completes commands and flags in a shell.

use super::Context;
use crate::{cli::Cli, failure::Failure};
use clap::CommandFactory as _;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell that will read the script
    #[arg(value_enum)]
    shell: clap_complete::Shell,
}

/// The script for one shell.
pub fn script(shell: clap_complete::Shell) -> String {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "homelabctl", &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

pub(super) fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    context.ui.print(script(args.shell).trim_end());
    Ok(())
}
