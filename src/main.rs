//! Parse, run, print the failure, exit.

use clap::Parser as _;
use homelabctl::{cli::Cli, commands, failure::Kind};
use std::process::ExitCode;

fn main() -> ExitCode {
    // ring and no other: two providers in one program would make rustls panic at first use
    let _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let level = ["warn", "homelabctl=info", "homelabctl=debug"][usize::from(cli.global.verbose.min(2))];
    let filter = tracing_subscriber::EnvFilter::try_from_env("HOMELABCTL_LOG").unwrap_or_else(|_| level.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a machine that runs programs has threads");
    match runtime.block_on(commands::run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err((failure, ui)) => {
            if failure.kind != Kind::Pending {
                ui.fail(&failure);
            }
            ExitCode::from(failure.kind.code())
        }
    }
}
