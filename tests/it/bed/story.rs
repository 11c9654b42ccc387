//! The story of docs/transcript.md, played anew: what it says was done must be what is done.

use std::path::Path;
use std::process::{Command, Stdio};

use homelab::bed::{self, Bed};

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn the_story_goes_as_it_was_recorded() {
    let bed = Bed::named("t-story").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let played = folder.path().join("transcript.md");
    let homelabctl = Path::new(env!("CARGO_BIN_EXE_homelabctl"));
    let output = Command::new(homelabctl.with_file_name("homelab"))
        .args(["--name", &bed.name, "demo", "--record"])
        .arg(&played)
        .env("HOMELAB_HOMELABCTL", homelabctl)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    bed::down(&bed).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let played = std::fs::read_to_string(&played).unwrap();
    let recorded = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/transcript.md")).unwrap();
    assert_eq!(
        bones(&played),
        bones(&recorded),
        "docs/transcript.md is stale\nhelp: cargo homelab demo --record docs/transcript.md"
    );
    assert!(played.split("hlk_").skip(1).all(|rest| rest.starts_with('…')), "keys are cut");
    assert!(!played.contains("/homelab-beds/"), "no path of this machine");
}

/// What does not differ from run to run: the scenes, what is typed, the plans and the steps that were done.
fn bones(story: &str) -> String {
    let lines = story.lines().map(str::trim).filter(|line| {
        let is_step = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
        is_step || ["#", "✓", "laptop$", "outside$", "release"].iter().any(|mark| line.starts_with(mark))
    });
    lines.map(bone).collect::<Vec<_>>().join("\n")
}

/// A line without its duration, without numbers and without what a build's bytes decide.
fn bone(line: &str) -> String {
    let line = line.rsplit_once(" (").map_or(line, |(before, _)| before);
    let words = line.split(' ').filter(|word| !word.is_empty()).map(|word| {
        let is_hash = word
            .rsplit(['-', ':'])
            .next()
            .is_some_and(|end| end.len() >= 10 && end.chars().all(|c| c.is_ascii_hexdigit()));
        if is_hash { "HASH" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn bones_leave_out_what_differs() {
    assert_eq!(bone("✓ 1/9 send the image localhost/x:0.1.0-f636a99284f7 (0.8 s)"), "✓ 1/9 send the image HASH");
    assert_eq!(bone(" ✓  3/10 watch every call from now on (0.0 s)"), "✓ 3/10 watch every call from now on");
    assert_eq!(bones("# A\n  … 1/3 begin\nx\n✓ 1/3 begin (0.2 s)\n"), "# A\n✓ 1/3 begin");
}
