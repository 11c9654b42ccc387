//! `cargo homelab demo`: the whole story on a bed of its own, as a person would type it on the laptop.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::bed::{self, Bed, Options, lan};
use crate::say;

/// One thing that is shown.
struct Scene {
    title: &'static str,
    place: Place,
    /// What is typed, for bash.
    command: &'static str,
    /// What has been seen when it succeeds.
    proven: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Laptop,
    Outside,
}

const CALL: &str = r#"cd ~/.local/state/homelabctl/homelab && curl -sS --fail --cacert ca.crt \
  --resolve mcp.homelab.local:443:192.168.1.200 -H "authorization: Bearer $(cat keys/demo)" \
  -H 'content-type: application/json' -H 'accept: application/json, text/event-stream' -H 'mcp-protocol-version: 2025-11-25' \
  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"system_overview","arguments":{}}}' \
  https://mcp.homelab.local/mcp | tee /dev/stderr | grep -q '"result"'"#;

const UPDATE: &str = r#"printf 'server:\n  settings:\n    log: debug\n' > ~/homelab.yaml
homelabctl --config ~/homelab.yaml update --yes --reason 'more detail in the log'"#;

const BRIDGE: &str = r#"(printf '%s\n' \
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"demo","version":"1"}}}' \
  '{"jsonrpc":"2.0","method":"notifications/initialized"}' \
  '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list_pods","arguments":{}}}'; sleep 3) \
  | homelabctl bridge | tee /dev/stderr | grep -q '"id":2,"result"\|"result".*"id":2'"#;

static SCENES: &[Scene] = &[
    Scene {
        title: "A host as it comes: sshd, a user, and nothing else",
        place: Place::Laptop,
        command: "ssh henry@192.168.1.104 'hostname; id -un; ls /snap/bin 2>&1'; true",
        proven: None,
    },
    Scene {
        title: "Setup: MicroK8s, add-ons, addresses, certificates",
        place: Place::Laptop,
        command: "homelabctl setup --yes",
        proven: Some("a bare host was set up over ssh"),
    },
    Scene {
        title: "Once more: nothing to do",
        place: Place::Laptop,
        command: "homelabctl setup --yes",
        proven: Some("a second setup found nothing to do"),
    },
    Scene {
        title: "Deploy: build, ship, roll out, prove",
        place: Place::Laptop,
        command: "homelabctl deploy --yes --reason 'the first one'",
        proven: Some("the server was built, shipped without a registry, rolled out and proven"),
    },
    Scene { title: "A key of our own", place: Place::Laptop, command: "homelabctl keys create demo", proven: None },
    Scene {
        title: "A tool call through the ingress, over TLS",
        place: Place::Laptop,
        command: CALL,
        proven: Some("a tool was called through the ingress with the homelab's own CA and a key"),
    },
    Scene {
        title: "The same address from outside of the LAN: refused",
        place: Place::Outside,
        command: "curl -sk -o /dev/null -w '%{http_code}\\n' --max-time 10 --resolve mcp.homelab.local:443:192.168.1.200 \
                  https://mcp.homelab.local/mcp | tee /dev/stderr | grep -q 403",
        proven: Some("a client outside of the LAN got 403"),
    },
    Scene {
        title: "Update under load: another setting, and homelabctl's prober calls all the while",
        place: Place::Laptop,
        command: UPDATE,
        proven: Some("an update rolled out under load without losing a call"),
    },
    Scene {
        title: "Rollback, a release like any other",
        place: Place::Laptop,
        command: "homelabctl rollback --yes",
        proven: Some("the release before was brought back, whole"),
    },
    Scene { title: "What happened", place: Place::Laptop, command: "homelabctl releases", proven: None },
    Scene {
        title: "Claude Desktop's entry, written and proven",
        place: Place::Laptop,
        command: "homelabctl client-config --claude-desktop --yes && cat ~/.config/Claude/claude_desktop_config.json",
        proven: Some("Claude Desktop's config was written, and its entry works"),
    },
    Scene {
        title: "A call through the bridge that the entry starts",
        place: Place::Laptop,
        command: BRIDGE,
        proven: Some("a tool was called over stdio through the bridge"),
    },
    Scene { title: "How it stands", place: Place::Laptop, command: "homelabctl status", proven: None },
];

/// Starts the bed anew and plays every scene; the bed stays, to look around. `record` gets what was shown.
pub(crate) fn play(bed: &Bed, record: Option<&Path>) -> Result<ExitCode> {
    let start = Instant::now();
    let mut transcript = Transcript::default();
    if bed::down(bed)? {
        say::tell(&format!("the bed {} of an earlier run is removed", bed.name));
    }
    bed::up(bed, &Options::default())?;
    let mut proven = Vec::new();
    for (number, scene) in SCENES.iter().enumerate() {
        let begin = Instant::now();
        let title = format!("{}. {}", number + 1, scene.title);
        say::tell(&format!("\n== {title}"));
        let code = act(bed, scene, record.is_some().then_some(&mut transcript), &title)?;
        if code != 0 {
            bail!(
                "the story ended at `{}` (exit code {code})\nhelp: look around with `{} laptop`, then `{} down`",
                scene.command.lines().next().unwrap_or_default(),
                bed.command(),
                bed.command()
            );
        }
        say::tell(&format!("   [{:.1} s]", begin.elapsed().as_secs_f64()));
        proven.extend(scene.proven);
    }
    say::tell("\n== What was proven");
    for line in proven {
        say::tell(&format!("   - {line}"));
    }
    let call = bed.command();
    say::tell(&format!(
        "\nThe whole story took {:.0} s. The bed is still up:\n   {call} laptop              a shell on the laptop; homelabctl is there\n   \
         {call} kubectl get pods -A\n   {call} host                a shell on the host {}, as root\n   \
         {call} fault --help        make something go wrong, then run homelabctl again\n   {call} down                removes everything",
        start.elapsed().as_secs_f64(),
        lan::HOST
    ));
    if let Some(path) = record {
        std::fs::write(path, transcript.text(bed)).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Types the command and shows what it says; its exit code.
fn act(bed: &Bed, scene: &Scene, transcript: Option<&mut Transcript>, title: &str) -> Result<i32> {
    let prompt = if scene.place == Place::Laptop { "laptop$" } else { "outside$" };
    say::tell(&format!("{prompt} {}", scene.command));
    let argv = ["bash", "-o", "pipefail", "-c", scene.command];
    let mut command = if scene.place == Place::Laptop { bed.laptop(argv)? } else { bed.outside(argv)? };
    command.stdin(Stdio::null());
    let Some(transcript) = transcript else {
        return Ok(command.status()?.code().unwrap_or(1));
    };
    // Both outputs in the order in which they come.
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    drop(command);
    transcript.0.push_str(&format!("\n## {title}\n\n```text\n{prompt} {}\n", scene.command));
    for line in BufReader::new(reader).lines() {
        let line = line?;
        let _ = writeln!(std::io::stderr(), "{line}");
        transcript.0.push_str(&line);
        transcript.0.push('\n');
    }
    transcript.0.push_str("```\n");
    Ok(child.wait()?.code().unwrap_or(1))
}

/// What was shown, as Markdown.
#[derive(Default)]
struct Transcript(String);

impl Transcript {
    /// With what differs from run to run made equal, and without secrets.
    fn text(&self, bed: &Bed) -> String {
        let home = bed.folder.join("home").display().to_string();
        let programs = bed.folder.join("bin").display().to_string();
        let checkout =
            Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("/")).display().to_string();
        let text = self.0.replace(&home, "~").replace(&programs, "/usr/local/bin").replace(&checkout, "~/homelabctl");
        // how much cargo has to do depends on what was built before
        let is_told =
            |line: &&str| !["Compiling ", "Downloaded "].iter().any(|word| line.trim_start().starts_with(word));
        let lines: Vec<String> = text.lines().filter(is_told).map(redact).collect();
        format!(
            "# The story on the test bed\n\nMade by `cargo homelab demo --record`; keys are cut, what cargo compiles is left out, times and digests are those of one run.\n{}\n",
            lines.join("\n")
        )
    }
}

/// Cuts API keys: what follows `hlk_`.
fn redact(line: &str) -> String {
    let mut parts = line.split("hlk_");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        text.push_str("hlk_…");
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_story_is_the_one_that_is_played() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/transcript.md");
        let text = std::fs::read_to_string(path).expect("there is a record");
        let mut rest = text.as_str();
        for (number, scene) in SCENES.iter().enumerate() {
            let prompt = if scene.place == Place::Laptop { "laptop$" } else { "outside$" };
            let head = format!("\n## {}. {}\n\n```text\n{prompt} {}\n", number + 1, scene.title, scene.command);
            let at = rest.find(&head).unwrap_or_else(|| {
                panic!("docs/transcript.md is stale at {head}\nhelp: cargo homelab demo --record docs/transcript.md")
            });
            rest = &rest[at + head.len()..];
        }
        assert!(!rest.contains("\n## "), "docs/transcript.md has scenes that are no longer played");
    }

    #[test]
    fn keys_are_cut() {
        assert_eq!(redact("key: hlk_0123abcd_x-Y_z, keep"), "key: hlk_…, keep");
        assert_eq!(redact("nothing"), "nothing");
    }
}
