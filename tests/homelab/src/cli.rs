//! `cargo homelab …`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

use crate::bed::{self, Bed, Options, Place, State, Sudo};
use crate::faults::Fault;
use crate::gate::{self, Extent};
use crate::{demo, say, stages};

/// The disposable homelab: a Kubernetes host, a laptop and a LAN in namespaces of this machine
#[derive(Debug, Parser)]
#[command(name = "cargo homelab", bin_name = "cargo homelab", version)]
struct Args {
    /// Which bed; several run side by side
    #[arg(long, global = true, default_value = bed::DEFAULT_NAME)]
    name: String,
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Start the bed; builds what it is made of the first time
    Up {
        /// How far it is brought
        #[arg(long, value_enum, default_value_t = State::Bare)]
        state: State,
        /// Hosts in the LAN: 192.168.1.104, and 192.168.1.101
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
        nodes: u8,
        /// What sudo asks henry for
        #[arg(long, value_enum, default_value_t = Sudo::Free)]
        sudo: Sudo,
    },
    /// End the bed and remove everything of it
    Down,
    /// Show every bed
    Status,
    /// Run a command on the laptop, 192.168.1.10, where homelabctl is; without one, a shell
    Laptop(Line),
    /// Run a command on a machine that is not of the LAN, 203.0.113.10
    Outside(Line),
    /// Run a command on the host, 192.168.1.104, as root
    Host(Line),
    /// Run a command on the second host, 192.168.1.101, as root
    Host2(Line),
    /// Run kubectl on the laptop, as the cluster's administrator
    Kubectl(Line),
    /// Show the logs of the host's parts
    Logs {
        /// One part, in full
        part: Option<String>,
    },
    /// Make something go wrong on the host, or take it back
    #[command(subcommand)]
    Fault(Fault),
    /// Run every test there is, stage by stage
    Test {
        /// Only what needs no bed
        #[arg(long)]
        quick: bool,
    },
    /// Show the whole story on a new bed; it stays up afterwards
    Demo {
        /// Write what was shown to this file, as Markdown
        #[arg(long, value_name = "FILE")]
        record: Option<PathBuf>,
    },
    /// Build what beds are made of into the cache, without starting one
    Parts,
}

/// What follows is passed on word for word.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
struct Line {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    words: Vec<String>,
}

/// The command line, for whoever checks that docs name real commands.
pub fn command() -> clap::Command {
    Args::command()
}

/// The program `homelab`.
pub fn main(args: &[String]) -> ExitCode {
    let result = match args {
        [stage, rest @ ..] if stage.starts_with("__") => stages::run(stage, rest),
        _ => run(args),
    };
    result.unwrap_or_else(|error| {
        say::error(&error);
        ExitCode::FAILURE
    })
}

fn run(args: &[String]) -> Result<ExitCode> {
    let words = std::iter::once("homelab").chain(args.iter().map(String::as_str));
    let args = match Args::try_parse_from(words) {
        Ok(args) => args,
        Err(error) => error.exit(),
    };
    let bed = Bed::named(&args.name)?;
    match args.command {
        Task::Up { state, nodes, sudo } => bed::up(&bed, &Options { state, nodes, sudo, ..Options::default() })?,
        Task::Down => {
            if !bed::down(&bed)? {
                say::tell(&format!("there is no bed {:?}", bed.name));
            }
        }
        Task::Status => crate::status::show()?,
        Task::Laptop(line) => return bed::enter(&bed, Place::Laptop, &line.words),
        Task::Outside(line) => return bed::enter(&bed, Place::Outside, &line.words),
        Task::Host(line) => return bed::enter(&bed, Place::Host(1), &line.words),
        Task::Host2(line) => return bed::enter(&bed, Place::Host(2), &line.words),
        Task::Kubectl(line) => {
            let words: Vec<String> = std::iter::once("kubectl".to_owned()).chain(line.words).collect();
            return bed::enter(&bed, Place::Laptop, &words);
        }
        Task::Logs { part } => crate::status::logs(&bed, part.as_deref())?,
        Task::Test { quick } => return Ok(gate::test(if quick { Extent::Quick } else { Extent::Full })),
        Task::Demo { record } => return demo::play(&bed, record.as_deref()),
        Task::Fault(fault) => bed.fault(&fault)?,
        Task::Parts => {
            let cache = crate::cache::root()?;
            crate::cache::lock(&cache).and_then(|lock| {
                let tree = crate::tree::Tree::ensure(&cache)?;
                crate::parts::ensure(&cache, &tree).map(|_| drop(lock))
            })?;
            say::answer(&Path::new(&cache).display().to_string());
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn words(line: &[&str]) -> Vec<String> {
        let args = Args::try_parse_from(std::iter::once(&"homelab").chain(line)).unwrap();
        match args.command {
            Task::Laptop(line) | Task::Kubectl(line) => line.words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_follows_is_passed_on_word_for_word() {
        assert_eq!(words(&["laptop", "curl", "-k", "--name", "x"]), ["curl", "-k", "--name", "x"]);
        assert_eq!(words(&["laptop", "--", "ls", "--", "-l"]), ["ls", "--", "-l"]);
        assert_eq!(words(&["kubectl", "get", "pods", "-A", "--help"]), ["get", "pods", "-A", "--help"]);
        assert_eq!(words(&["kubectl", "--help"]), ["--help"]);
    }
}
