//! The contents page: every command, and what they all share.

pub mod completions;
mod man;

use crate::{cli::{Cli, Command, Global}, failure::Failure, ui::{Style, Ui}};

/// What every command gets: the flags and the screen.
pub struct Context {
    pub global: Global,
    pub ui: Ui,
}

/// Runs the command.
///
/// # Errors
/// Its ending, when it did not end well; the caller prints it and exits with its code.
pub async fn run(cli: Cli) -> Result<(), (Failure, Ui)> {
    let style = Style::of_terminal(cli.global.output, cli.global.quiet, cli.global.no_color);
    let context = Context { global: cli.global, ui: Ui::new(style) };
    let ending = match cli.command {
        Command::Completions(args) => completions::run(&context, &args),
        Command::Man => man::run(&context),
    };
    ending.map_err(|failure| (failure, context.ui))
}
