//! `cargo homelab test`: every test there is, stage by stage, with times and one sum.

mod count;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::bed::Bed;
use crate::leftovers::Traces;
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
pub fn test(extent: Extent) -> Result<ExitCode> {
    let start = Instant::now();
    let mut sum = Count::default();
    let mut run = |name: &str, stage: &dyn Fn() -> Result<Count>| {
        say::tell(&format!("\n== {name}"));
        let start = Instant::now();
        let count = stage().unwrap_or_else(|error| {
            say::error(&error);
            Count::FAILED
        });
        sum += count;
        say::tell(&format!("== {name}: {count}  [{:.1} s]", start.elapsed().as_secs_f64()));
        count.failed == 0
    };
    run("format", &|| check("cargo", &["fmt", "--all", "--check"]));
    run("lints", &|| check("cargo", &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]));
    run("licences", &licences);
    let bed = if extent == Extent::Full { machine::check() } else { Ok(()) };
    // What needs the bed is counted where it runs, or here as skipped.
    let with_bed = extent == Extent::Full && bed.is_ok();
    run("tests without a bed", &|| {
        let mut count = cargo_test(&["--workspace"])?;
        if with_bed {
            count.skipped = 0;
        }
        Ok(count)
    });
    match bed {
        Ok(()) if extent == Extent::Quick => {
            say::tell("\nthe tests that need a bed are skipped: cargo homelab test runs them");
        }
        Ok(()) => {
            let before = Traces::now()?;
            // Beds of the person go on beside the tests.
            let others: Vec<String> = Bed::all()?.into_iter().map(|bed| bed.name).collect();
            let built = run("what the bed is made of", &parts);
            if built {
                run("the bed itself", &|| {
                    cargo_test(&["--package", "homelab", "--tests", "--", "--ignored", "--test-threads=1"])
                });
                run("homelabctl on the bed", &|| {
                    cargo_test(&[
                        "--package",
                        "homelabctl",
                        "--test",
                        "it",
                        "--",
                        "--ignored",
                        "--test-threads=1",
                        "bed::",
                    ])
                });
            }
            run("nothing is left", &|| nothing_left(&before, &others));
        }
        Err(error) => {
            say::tell("\nthe tests that need a bed are skipped:");
            say::error(&error);
        }
    }
    let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    if in_ci && sum.skipped > 0 {
        say::tell("in CI a skipped test is a failed one");
    }
    say::tell(&format!("\nall stages  [{:.1} s]", start.elapsed().as_secs_f64()));
    say::answer(&sum.to_string());
    let fine = sum.failed == 0 && !(in_ci && sum.skipped > 0);
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(workspace()).stdin(Stdio::null());
    if let Ok(driver) = std::env::current_exe() {
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

fn parts() -> Result<Count> {
    let cache = crate::cache::root()?;
    let _lock = crate::cache::lock(&cache)?;
    let tree = crate::tree::Tree::ensure(&cache)?;
    crate::parts::ensure(&cache, &tree)?;
    Ok(Count::PASSED)
}

fn nothing_left(before: &Traces, others: &[String]) -> Result<Count> {
    let found = before.compare(&Traces::now()?, |name| !others.contains(&name.to_owned()));
    for line in &found {
        say::tell(&format!("  {line}"));
    }
    Ok(if found.is_empty() { Count::PASSED } else { Count::FAILED })
}
