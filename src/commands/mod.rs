//! The contents page: every command, and what they all share.

pub mod bridge;
pub mod change;
pub mod client_config;
pub mod completions;
pub mod config;
pub mod connect;
pub mod deploy;
pub mod dev;
pub mod keys;
pub mod logs;
mod man;
pub mod releases;
pub mod render;
pub mod rollback;
pub mod setup;
pub mod status;
mod switch;
pub mod uninstall;
pub mod update;

pub use change::carry_out;
pub use connect::connect;

use crate::{
    cli::{Cli, Command, Global},
    config::Config,
    edge,
    failure::Failure,
    secret::Secrets,
    ui::{Style, Ui},
};

/// What every command gets: the flags and the screen.
pub struct Context {
    pub global: Global,
    pub ui: Ui,
}

impl Context {
    /// The config, for a command that is about to reach the host.
    ///
    /// # Errors
    /// Something in it is wrong, or a debug build was about to reach the built-in addresses.
    pub fn config(&self) -> Result<Config, Failure> {
        edge::config::for_contact(self.global.config.as_deref(), self.global.host.as_deref())
    }

    /// The credentials that the config names, for a command that renders manifests.
    ///
    /// # Errors
    /// One of them is not in its place.
    pub fn secrets(&self, config: &Config) -> Result<Secrets, Failure> {
        edge::secrets::read(&config.server.secrets, self.global.config.as_deref())
    }
}

/// Runs the command.
///
/// # Errors
/// Its ending, when it did not end well; the caller prints it and exits with its code.
pub async fn run(cli: Cli) -> Result<(), (Failure, Ui)> {
    let style = Style::of_terminal(cli.global.output, cli.global.quiet, cli.global.no_color);
    let context = Context { global: cli.global, ui: Ui::new(style) };
    let ending = match cli.command {
        Command::Setup(args) => setup::run(&context, &args).await,
        Command::Uninstall(args) => uninstall::run(&context, &args).await,
        Command::Deploy(args) => deploy::run(&context, &args).await,
        Command::Update(args) => update::run(&context, &args).await,
        Command::Rollback(args) => rollback::run(&context, &args).await,
        Command::Releases => releases::run(&context).await,
        Command::Status => status::run(&context).await,
        Command::Logs(args) => logs::run(&context, &args).await,
        Command::Render(args) => render::run(&context, &args),
        Command::Config(command) => config::run(&context, &command),
        Command::Keys(command) => keys::run(&context, &command).await,
        Command::ClientConfig(args) => client_config::run(&context, &args).await,
        Command::Bridge(args) => bridge::run(&context, &args).await,
        Command::Dev(args) => dev::run(&context, &args).await,
        Command::Completions(args) => completions::run(&context, &args),
        Command::Man => man::run(&context),
    };
    ending.map_err(|failure| (failure, context.ui))
}
