//! The repository's own rules: what a reviewer would otherwise have to say again.

use crate::repository::{File, files, files_with, text};

/// Longest Rust file, in lines.
const LONGEST: usize = 350;

/// Rust files that may be longer, and why.
const TABLES: &[(&str, &str)] = &[];

/// Folders and files of homelabctl that decide and never do: no `async` there.
const PURE: &[&str] = &[
    "src/plan/",
    "src/release/",
    "src/manifests/",
    "src/config/",
    "src/tls/",
    "src/image/",
    "src/keys/",
    "src/store",
    "src/step",
    "src/facts",
    "src/clients/",
    "src/mcp/",
    "src/bridge/",
    "src/proof",
    "src/dev",
];

/// Runs a rule over files and reports every place that breaks it.
fn check(files: &[File], rule: &str, broken: impl Fn(&File, &str) -> bool) {
    let places: Vec<String> = files
        .iter()
        .flat_map(|file| file.text.lines().enumerate().map(move |(at, line)| (file, at + 1, line)))
        .filter(|(file, _, line)| broken(file, line))
        .map(|(file, number, line)| format!("  {}:{number}: {}", file.path, line.trim()))
        .collect();
    assert!(places.is_empty(), "{rule}\n{}", places.join("\n"));
}

fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn has_word(line: &str, word: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|found| found == word)
}

#[test]
fn no_file_is_too_long() {
    let long: Vec<String> = files_with(".rs")
        .iter()
        .filter(|file| !TABLES.iter().any(|(path, _)| *path == file.path))
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(file, lines)| format!("  {}: {lines} lines", file.path))
        .collect();
    assert!(long.is_empty(), "a file holds one idea; these are longer than {LONGEST} lines:\n{}", long.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<String> = files_with(".rs")
        .into_iter()
        .filter(|file| !file.text.trim_start().starts_with("//! "))
        .map(|file| file.path)
        .collect();
    assert!(silent.is_empty(), "these do not open with `//!`:\n  {}", silent.join("\n  "));
}

#[test]
fn nothing_is_left_for_later() {
    let words = [["TO", "DO"].concat(), ["FIX", "ME"].concat(), ["XX", "X"].concat()];
    let macros = [["to", "do!"].concat(), ["unimpl", "emented!"].concat(), ["#[ig", "nore]"].concat()];
    let hand_written: Vec<File> = files().into_iter().filter(|file| !file.path.ends_with(".lock")).collect();
    check(&hand_written, "finish it, or say what is not done in the docs:", |file, line| {
        let is_code = file.path.ends_with(".rs");
        words.iter().any(|word| has_word(line, word)) || is_code && macros.iter().any(|text| line.contains(text))
    });
}

#[test]
fn no_path_of_one_machine_is_in_the_tree() {
    let folders =
        [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/far", "m/"].concat(), ["/home/", "runner"].concat()];
    let before = |c: char| c.is_alphanumeric() || "_.-$}{".contains(c);
    check(&files(), "these paths are true on one machine only:", |file, line| {
        // Where MicroK8s itself looks on the host.
        let line = line.replace(&["/ro", "ot/snap/"].concat(), "");
        !file.path.ends_with(".lock")
            && folders
                .iter()
                .any(|folder| line.match_indices(folder.as_str()).any(|(at, _)| !line[..at].ends_with(before)))
    });
}

#[test]
fn dry_run_is_decided_by_commands_alone() {
    let product: Vec<File> = files_with(".rs").into_iter().filter(|file| file.path.starts_with("src/")).collect();
    check(&product, "a plan that is not carried out needs no `dry_run`:", |file, line| {
        // kube's own parameter, which asks the API server and not us.
        let ours = code(line).replace("params.dry_run", "");
        has_word(&ours, "dry_run") && file.path != "src/cli.rs" && !file.path.starts_with("src/commands/")
    });
}

#[test]
fn what_decides_never_waits() {
    let pure: Vec<File> =
        files_with(".rs").into_iter().filter(|file| PURE.iter().any(|path| file.path.starts_with(path))).collect();
    assert!(!pure.is_empty());
    check(&pure, "planners are pure and synchronous:", |_, line| {
        has_word(code(line), "async") || has_word(code(line), "await")
    });
}

#[test]
fn only_the_screen_prints() {
    let product: Vec<File> = files_with(".rs").into_iter().filter(|file| file.path.starts_with("src/")).collect();
    // The bridge speaks its protocol on stdout, and main sends the log to stderr.
    let doors = ["src/ui/", "src/main.rs", "src/edge/bridge", "src/commands/bridge"];
    check(&product, "everything a person sees goes through src/ui:", |file, line| {
        let line = code(line);
        (line.contains("io::stdout()") || line.contains("io::stderr()"))
            && !doors.iter().any(|door| file.path.starts_with(door))
    });
}

#[test]
fn an_exemption_has_a_reason() {
    check(&files_with(".rs"), "`#[expect]` over `#[allow]`:", |_, line| {
        let line = line.trim_start();
        line.starts_with(&["#[al", "low("].concat()) || line.starts_with(&["#![al", "low("].concat())
    });
    assert!(TABLES.iter().all(|(path, why)| !why.is_empty() && text(path).lines().count() > LONGEST));
}

#[test]
fn the_server_knows_nothing_of_homelabctl() {
    assert!(
        !text("server/Cargo.toml").contains("homelabctl ="),
        "the CLI shares the server's types, never the other way"
    );
    check(&files_with(".rs"), "the server never imports the CLI:", |file, line| {
        file.path.starts_with("server/src/") && code(line).contains("homelabctl::")
    });
}

/// A dependency that nothing names is weight; features of others are the exception.
#[test]
fn every_dependency_is_used() {
    for (manifest, folders) in [
        ("Cargo.toml", &["src/", "tests/it/"][..]),
        ("server/Cargo.toml", &["server/src/", "server/tests/"]),
        ("tests/homelab/Cargo.toml", &["tests/homelab/src/"]),
    ] {
        let sources: Vec<File> = files_with(".rs")
            .into_iter()
            .filter(|file| folders.iter().any(|folder| file.path.starts_with(folder)))
            .collect();
        let unused: Vec<String> = dependencies(&text(manifest))
            .into_iter()
            .filter(|name| !sources.iter().any(|file| has_word(&file.text, &name.replace('-', "_"))))
            .collect();
        assert!(unused.is_empty(), "{manifest}: nothing uses {}", unused.join(", "));
    }
}

/// The names in `[dependencies]` and `[dev-dependencies]`.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = matches!(line, "[dependencies]" | "[dev-dependencies]");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| inside) {
            names.push(name.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

#[test]
fn the_toolchain_is_the_one_that_is_promised() {
    let promised = text("Cargo.toml")
        .lines()
        .find_map(|line| Some(line.strip_prefix("rust-version = ")?.trim_matches('"').to_owned()));
    let promised = promised.expect("the workspace promises a version of Rust");
    assert!(
        text("rust-toolchain.toml").contains(&format!("channel = \"{promised}.")),
        "the pinned toolchain is not {promised}"
    );
}
