//! Every command and flag. Doc comments are the help; docs/cli.md, the man page and the completions are made from here.

use crate::{
    commands,
    ui::{Agreement, Output},
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Provision and operate an MCP deployment on a homelab's MicroK8s host over SSH
#[derive(Debug, Parser)]
#[command(name = "homelabctl", version, propagate_version = true, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 ok, 1 failure, 2 usage or config, 3 changes pending (--dry-run), 4 locked, \
5 failed and rolled back, 6 failed and needs attention, 130 interrupted";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Read this config instead of ./homelab.yaml or ~/.config/homelabctl/homelab.yaml (or set HOMELABCTL_CONFIG)
    #[arg(long, short = 'c', global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Connect to this host instead of the configured one (or set HOMELABCTL_HOST)
    #[arg(long, global = true, value_name = "[USER@]ADDRESS[:PORT]")]
    pub host: Option<String>,
    /// Accept the host's key at the first contact if it has this fingerprint
    #[arg(long, global = true, value_name = "SHA256:…")]
    pub host_key: Option<String>,
    /// Read sudo's password from this file
    #[arg(long, global = true, value_name = "FILE")]
    pub sudo_password_file: Option<PathBuf>,
    /// How to write the answer
    #[arg(long, short = 'o', global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub output: Output,
    /// Print answers and errors only
    #[arg(long, short = 'q', global = true)]
    pub quiet: bool,
    /// Write without colour
    #[arg(long, global = true)]
    pub no_color: bool,
    /// Log what homelabctl does inside; twice for more
    #[arg(long, short = 'v', global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// Flags of every command that changes something.
#[derive(Debug, Clone, Default, Args)]
pub struct Change {
    /// Show what would be done and change nothing: exit code 0 for nothing to do, 3 for changes
    #[arg(long)]
    pub dry_run: bool,
    /// Agree to the shown plan
    #[arg(long, short = 'y')]
    pub yes: bool,
    /// Agree to steps that interrupt what else runs on the host
    #[arg(long)]
    pub allow_disruption: bool,
}

impl Change {
    pub fn agreement(&self) -> Agreement {
        Agreement { yes: self.yes, disruption: self.allow_disruption }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring the host to the configured state: MicroK8s, add-ons, addresses, certificates, keys
    Setup(commands::setup::Args),
    /// Remove what homelabctl created, and nothing else
    Uninstall(commands::uninstall::Args),
    /// Build, ship, apply, roll out and prove the server; a failed release is taken back by itself
    Deploy(commands::deploy::Args),
    /// Deploy what already runs anew: a new image, new settings
    Update(commands::deploy::Args),
    /// Bring an earlier release back, whole: image, settings, credentials and manifests
    Rollback(commands::rollback::Args),
    /// List the releases, newest first, with what proves them
    Releases,
    /// Show what runs, where, and whether it is well
    Status,
    /// Print the server's logs
    Logs(commands::logs::Args),
    /// Print what a deploy would apply, as plain manifests for git
    Render(commands::render::Args),
    /// Look at the config: its schema, its values, its mistakes
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Make, list and revoke API keys
    #[command(subcommand)]
    Keys(commands::keys::Command),
    /// Write an AI client's configuration, then prove that the client gets through
    ClientConfig(commands::client_config::Args),
    /// Speak MCP on stdin and stdout for a client that only starts programs, and carry it to the server
    Bridge(commands::bridge::Args),
    /// Run the server on this machine, without a cluster, with throw-away certificates and a throw-away key
    Dev(commands::dev::Args),
    /// Print the completion script of a shell
    Completions(commands::completions::Args),
    /// Print the man page
    Man,
}
