//! `cargo homelab test`: every test there is, stage by stage, with times and one sum.

mod count;
#[cfg(target_os = "linux")]
mod on_bed;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::{machine, say};
use count::Count;

/// How much is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything that needs no bed.
    Quick,
    Full,
}

/// Runs the stages; success means that nothing failed, and in CI that nothing was skipped either.
pub fn test(extent: Extent) -> ExitCode {
    let start = Instant::now();
    let mut stages = Stages::default();
    stages.run("format", || check("cargo", &["fmt", "--all", "--check"]));
    stages.run("lints", || {
        check("cargo", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"])
    });
    stages.run("licences", licences);
    stages.run("tests without a bed", || cargo_test(&["--workspace"]));
    match (extent, machine::check()) {
        (Extent::Quick, _) => say::tell("\nthe tests that need a bed are skipped: cargo homelab test runs them"),
        (Extent::Full, Ok(())) => with_bed(&mut stages),
        (Extent::Full, Err(error)) => {
            say::tell("\nthe tests that need a bed are skipped:");
            say::error(&error);
        }
    }
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    if in_ci && stages.sum.skipped > 0 {
        say::tell("in CI a skipped test is a failed one");
    }
    say::tell(&format!("\nall stages  [{:.1} s]", start.elapsed().as_secs_f64()));
    say::answer(&stages.sum.to_string());
    let fine = stages.sum.failed == 0 && !(in_ci && stages.sum.skipped > 0);
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[derive(Default)]
struct Stages {
    sum: Count,
}

impl Stages {
    /// Runs one, says how it ended and how long it took; true when nothing failed.
    fn run(&mut self, name: &str, stage: impl FnOnce() -> Result<Count>) -> bool {
        say::tell(&format!("\n== {name}"));
        let start = Instant::now();
        let count = stage().unwrap_or_else(|error| {
            say::error(&error);
            Count::FAILED
        });
        self.sum += count;
        say::tell(&format!("== {name}: {count}  [{:.1} s]", start.elapsed().as_secs_f64()));
        count.failed == 0
    }
}

#[cfg(target_os = "linux")]
fn with_bed(stages: &mut Stages) {
    on_bed::run(stages);
}

#[cfg(not(target_os = "linux"))]
fn with_bed(_stages: &mut Stages) {}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(workspace()).stdin(Stdio::null());
    if let Ok(driver) = std::env::current_exe() {
        // Tests start beds with this program.
        command.env("HOMELAB_DRIVER", driver);
    }
    command
        // Set by `cargo run` for this package, wrong for the others.
        .env_remove("CARGO_MANIFEST_DIR")
        .env("INSTA_UPDATE", "no")
        // Beds that tests start end with this process, however it ends.
        .env("HOMELAB_OWNER", std::process::id().to_string());
    command
}

/// A program whose exit code says it all.
fn check(program: &str, args: &[&str]) -> Result<Count> {
    let status = command(program, args).status().with_context(|| format!("cannot run {program}"))?;
    Ok(if status.success() { Count::PASSED } else { Count::FAILED })
}

/// With cargo-deny where it is installed; its rules but the advisories are held by a test as well.
fn licences() -> Result<Count> {
    let there = Command::new("cargo-deny").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return check("cargo", &["deny", "--offline", "check", "licenses", "bans", "sources"]);
    }
    say::tell("cargo-deny is not installed: the test `licences` holds the rules of deny.toml");
    Ok(Count::default())
}

/// Runs `cargo test`, passes its output on, and adds up its result lines.
fn cargo_test(args: &[&str]) -> Result<Count> {
    let mut words = vec!["test", "--no-fail-fast"];
    // Tests on a bed are few and slow: each is named when it ends.
    if !args.contains(&"--ignored") {
        words.push("--quiet");
    }
    words.extend(args);
    let mut child = command("cargo", &words).stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let stdout = child.stdout.take().context("no output")?;
    let mut count = Count::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        let _ = writeln!(std::io::stderr(), "{line}");
        count += Count::of_line(&line);
    }
    let status = child.wait()?;
    if !status.success() && count.failed == 0 {
        // It did not build, or a test binary died.
        count.failed = 1;
    }
    Ok(count)
}
