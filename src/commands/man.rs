//! `homelabctl man`: the man page, made from the same table as the help.

use super::Context;
use crate::{cli::Cli, failure::Failure};
use clap::CommandFactory as _;

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| Failure::failed(format!("cannot write the man page: {error}")))?;
    context.ui.print(String::from_utf8_lossy(&page).trim_end());
    Ok(())
}
