//! What the docs say: links lead somewhere, commands exist, the README's two commands are the real ones.

use std::path::Path;

use clap::CommandFactory as _;
use homelabctl::cli::Cli;
use homelabctl::failure::Kind;

use crate::repository::{File, files_with, root, text};

/// The lines of code blocks and the texts between backticks, with their line numbers.
fn code_of(file: &File) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (at, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced || line.starts_with("    ") {
            found.push((at + 1, line.trim().to_owned()));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(|code| (at + 1, code.to_owned())));
        }
    }
    found
}

/// The headings of a page as the anchors that a renderer makes of them.
fn anchors(page: &str) -> Vec<String> {
    let heading = |line: &str| line.starts_with('#').then(|| line.trim_start_matches('#').trim().to_lowercase());
    page.lines()
        .filter_map(heading)
        .map(|words| {
            words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for file in files_with(".md") {
        let folder = Path::new(&file.path).parent().unwrap();
        for target in file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let page = if path.is_empty() { root().join(&file.path) } else { root().join(folder).join(path) };
            let there = page.exists()
                && (anchor.is_empty()
                    || anchors(&std::fs::read_to_string(&page).unwrap()).iter().any(|known| known == anchor));
            if !there {
                broken.push(format!("  {}: {target}", file.path));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn commands_in_the_docs_exist() {
    let programs = [("homelabctl ", Cli::command()), ("cargo homelab ", homelab::cli::command())];
    let mut wrong = Vec::new();
    for file in files_with(".md").iter().filter(|file| file.path != "docs/cli.md") {
        for (line, code) in code_of(file) {
            let code = code.trim_start_matches("$ ");
            for (program, command) in &programs {
                let Some(words) = code.strip_prefix(program) else { continue };
                if let Some(why) = words.split(" | ").find_map(|words| check_command(command.clone(), words).err()) {
                    wrong.push(format!("  {}:{line}: `{program}{words}`: {why}", file.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "the docs name commands that are not there:\n{}", wrong.join("\n"));
}

#[test]
fn paths_in_the_docs_exist() {
    let roots = ["src/", "server/", "templates/", "tests/", "docs/", "completions/", ".ci/", ".cargo/"];
    let mut gone = Vec::new();
    for file in files_with(".md") {
        for (line, code) in code_of(&file) {
            let word = code.split([' ', ':']).next().unwrap_or_default();
            let is_pattern = word.contains(['*', '{', '<', '…', '$']) || word.contains("NAME");
            let near = root().join(Path::new(&file.path).parent().unwrap());
            let is_path = roots.iter().any(|root| word.starts_with(root)) && !is_pattern;
            if is_path && !root().join(word).exists() && !near.join(word).exists() {
                gone.push(format!("  {}:{line}: {word}", file.path));
            }
        }
    }
    assert!(gone.is_empty(), "the docs name files that are not there:\n{}", gone.join("\n"));
}

#[test]
fn pages_that_the_code_names_exist() {
    let mut gone = Vec::new();
    for file in
        files_with(".rs").iter().filter(|file| file.path.starts_with("src/") || file.path.starts_with("server/"))
    {
        for (at, _) in file.text.match_indices("docs/") {
            let path: String =
                file.text[at..].chars().take_while(|c| c.is_alphanumeric() || "/-_.".contains(*c)).collect();
            let path = path.trim_end_matches('.');
            let is_ours = !file.text[..at].ends_with('/') && path.ends_with(".md");
            if is_ours && !root().join(path).exists() {
                gone.push(format!("  {}: {path}", file.path));
            }
        }
    }
    assert!(gone.is_empty(), "the code names pages that are not there:\n{}", gone.join("\n"));
}

#[test]
fn the_code_map_knows_every_part() {
    let map = text("docs/architecture.md");
    let mut parts: Vec<String> = files_with(".rs")
        .iter()
        .filter_map(|file| file.path.strip_prefix("src/").map(|path| path.split('/').next().unwrap_or(path).to_owned()))
        .filter(|part| !["main.rs", "lib.rs"].contains(&part.as_str()))
        .collect();
    parts.dedup();
    let unknown: Vec<String> = parts.into_iter().filter(|part| !map.contains(&format!("`src/{part}"))).collect();
    assert!(unknown.is_empty(), "docs/architecture.md does not say what is in: {}", unknown.join(", "));
}

/// Follows the words of a command line as far as they name subcommands, then looks for its flags.
///
/// `setup|deploy` stands for either, and two or more spaces begin an explanation.
fn check_command(mut command: clap::Command, line: &str) -> Result<(), String> {
    command.build();
    let line = line.split("  ").next().unwrap_or_default();
    let mut words = line.split_whitespace().peekable();
    while words.next_if(|word| word.starts_with("--")).is_some() {
        // A flag before the command has a value.
        words.next();
    }
    while let Some(word) = words.peek().copied().filter(|_| command.has_subcommands()) {
        let names: Vec<&str> = word.split('|').collect();
        if !names.iter().all(|name| name.starts_with(|c: char| c.is_ascii_lowercase())) {
            break;
        }
        if let Some(unknown) = names.iter().find(|name| command.find_subcommand(name).is_none()) {
            return Err(format!("there is no `{unknown}`"));
        }
        command = command.find_subcommand(names[0]).unwrap().clone();
        words.next();
    }
    for word in words.take_while(|word| !["|", "#", "&&", ">", "--"].contains(word)) {
        let Some(flag) = word.trim_matches(|c| "[],.".contains(c)).strip_prefix("--") else { continue };
        let name = flag.split(['=', '|', ']']).next().unwrap_or(flag);
        let known =
            ["help", "version"].contains(&name) || command.get_arguments().any(|arg| arg.get_long() == Some(name));
        if !known {
            return Err(format!("there is no `--{name}`"));
        }
    }
    Ok(())
}

/// The one command under a heading of the README, alone in its code block.
fn readme_command(heading: &str) -> String {
    let readme = text("README.md");
    let (_, section) =
        readme.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("README.md has no `{heading}`"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks: Vec<&str> = section.split("```").skip(1).step_by(2).collect();
    let [block] = blocks[..] else { panic!("`{heading}` has {} code blocks", blocks.len()) };
    let lines: Vec<&str> = block.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    let [command] = lines[..] else { panic!("the block under `{heading}` has {} lines", lines.len()) };
    command.to_owned()
}

#[test]
fn the_readme_s_commands_are_the_ones_that_run() {
    assert_eq!(readme_command("Try it"), "cargo homelab demo");
    let test = readme_command("Test it");
    assert!(text(".ci/run").lines().any(|line| line == format!("exec {test}")), ".ci/run does not run `{test}`");
    let alias = test.split_whitespace().nth(1).unwrap();
    assert!(text(".cargo/config.toml").contains(&format!("{alias} = ")), "there is no alias `{alias}`");
}

#[test]
fn the_readme_fits_on_one_screen() {
    assert!(text("README.md").lines().count() <= 60);
}

#[test]
fn every_exit_code_is_documented() {
    let page = text("docs/exit-codes.md");
    for kind in [
        Kind::Failed,
        Kind::Usage,
        Kind::Pending,
        Kind::Locked,
        Kind::RolledBack,
        Kind::NeedsAttention,
        Kind::Interrupted,
    ] {
        let row = format!("| {} |", kind.code());
        assert!(page.lines().any(|line| line.starts_with(&row)), "docs/exit-codes.md has no row {row}");
    }
}
