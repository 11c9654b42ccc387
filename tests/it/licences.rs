//! What the binaries are made of: `deny.toml` held without a tool that would have to be installed.
//!
//! `cargo deny check` says the same and also looks up advisories, for which it needs the network.
#![expect(clippy::disallowed_methods, reason = "a test runs cargo")]

use std::process::Command;

use serde_json::Value;

use crate::repository::{root, text};

/// Every package that is built on Linux, from what is already on this machine.
fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", "x86_64-unknown-linux-gnu"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The quoted words of `deny.toml` between two lines.
fn words_between(begin: &str, end: &str) -> Vec<String> {
    let page = text("deny.toml");
    let (_, rest) = page.split_once(begin).unwrap_or_else(|| panic!("deny.toml has no {begin:?}"));
    let (block, _) = rest.split_once(end).unwrap();
    block.lines().filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect()
}

#[test]
fn every_licence_is_one_that_is_allowed() {
    let allowed = words_between("[licenses]\n", "\n]");
    let refused: Vec<String> = packages()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| is_allowed(licence, &allowed)))
        .map(|package| format!("  {} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "licences that deny.toml does not allow:\n{}", refused.join("\n"));
}

#[test]
fn no_banned_crate_is_in_the_graph() {
    let banned = words_between("deny = [\n", "\n]");
    assert!(!banned.is_empty());
    for package in packages() {
        let name = package["name"].as_str().unwrap();
        assert!(!banned.iter().any(|one| one == name), "deny.toml bans {name}");
    }
}

#[test]
fn every_crate_comes_from_crates_io() {
    for package in packages() {
        let source = package["source"].as_str();
        let from = source.unwrap_or("registry+here/crates.io-index");
        assert!(from.starts_with("registry+") && from.ends_with("/crates.io-index"), "{}: {from}", package["name"]);
    }
}

#[test]
fn no_crate_is_taken_in_any_version() {
    for package in packages().iter().filter(|package| package["source"].is_null()) {
        let shipped = |one: &&Value| one["kind"] != "dev";
        for dependency in package["dependencies"].as_array().unwrap().iter().filter(shipped) {
            assert_ne!(dependency["req"], "*", "{} takes any {}", package["name"], dependency["name"]);
        }
    }
}

/// Whether an SPDX expression can be met with the allowed licences: `AND` binds tighter than `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "+WITH+");
    let words: Vec<String> = spaced.split_whitespace().map(|word| word.replace("+WITH+", " WITH ")).collect();
    let mut at = 0;
    any(&words, &mut at, allowed)
}

fn any(words: &[String], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = all(words, at, allowed);
    while words.get(*at).is_some_and(|word| word == "OR") {
        *at += 1;
        met |= all(words, at, allowed);
    }
    met
}

fn all(words: &[String], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at).is_some_and(|word| word == "AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[String], at: &mut usize, allowed: &[String]) -> bool {
    let word = words.get(*at).map_or("", String::as_str);
    *at += 1;
    if word != "(" {
        return allowed.iter().any(|licence| licence == word);
    }
    let met = any(words, at, allowed);
    *at += 1;
    met
}

#[test]
fn an_expression_is_met_by_what_is_allowed() {
    let allowed = ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
    for met in [
        "MIT",
        "GPL-3.0 OR MIT",
        "(MIT OR GPL-3.0) AND Unicode-3.0",
        "MIT/Apache-2.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(is_allowed(met, &allowed), "{met}");
    }
    for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND GPL-3.0", "Apache-2.0", ""] {
        assert!(!is_allowed(unmet, &allowed), "{unmet}");
    }
}
