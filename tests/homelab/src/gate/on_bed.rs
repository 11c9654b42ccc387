//! The stages that need a bed.

use anyhow::Result;

use super::count::Count;
use super::{Stages, cargo_test};
use crate::bed::Bed;
use crate::leftovers::Traces;
use crate::{cache, parts, say, tree};

pub(super) fn run(stages: &mut Stages) {
    let before = Traces::now();
    // Beds of the person go on beside the tests.
    let others: Vec<String> = Bed::all().unwrap_or_default().into_iter().map(|bed| bed.name).collect();
    if stages.run("what the bed is made of", build) {
        // What the stage before has counted as skipped because it needs a bed is run here; what is left over stays skipped.
        let mut waiting = stages.sum.skipped;
        for (name, packages) in [
            ("the bed itself", &["--package", "homelab"][..]),
            ("homelabctl on the bed", &["--workspace", "--exclude", "homelab"]),
        ] {
            let mut args = packages.to_vec();
            args.extend(["--tests", "--", "--ignored", "--test-threads=1"]);
            let mut ran = 0;
            stages.run(name, || {
                let count = cargo_test(&args)?;
                ran = count.passed + count.failed;
                Ok(count)
            });
            waiting = waiting.saturating_sub(ran);
        }
        stages.sum.skipped = waiting;
    }
    stages.run("nothing is left", || nothing_left(&before?, &others));
}

fn build() -> Result<Count> {
    let cache = cache::root()?;
    let _lock = cache::lock(&cache)?;
    let tree = tree::Tree::ensure(&cache)?;
    parts::ensure(&cache, &tree)?;
    Ok(Count::PASSED)
}

fn nothing_left(before: &Traces, others: &[String]) -> Result<Count> {
    let found = before.compare(&Traces::now()?, |name| !others.contains(&name.to_owned()));
    for line in &found {
        say::tell(&format!("  {line}"));
    }
    Ok(if found.is_empty() { Count::PASSED } else { Count::FAILED })
}
