//! The `snap` command of a node (reference: microk8s.md §1.1, §1.3, §5; wording after snapd's own client).

use std::process::ExitCode;

use anyhow::Result;
use time::macros::format_description;

use super::permission;
use super::snapd::{self, Installed, RISKS, TRACKS, Work};
use crate::kube::{daemon, files, services};

const CLASSIC: &str =
    "error: This revision of snap \"microk8s\" was published using classic confinement and thus may perform
       arbitrary system changes outside of the security sandbox that snaps are usually confined to,
       which may put your system at risk.

       If you understand and want to proceed repeat the command including --classic.";

/// With the fault `snap-store`.
const STORE_GONE: &str =
    "error: cannot install \"microk8s\": Post \"https://api.snapcraft.io/v2/snaps/refresh\": dial tcp: lookup
       api.snapcraft.io: Temporary failure in name resolution";

/// Runs `snap ARGS`.
#[expect(clippy::needless_pass_by_value, reason = "the arguments of a program are its own")]
pub fn main(args: Vec<String>) -> ExitCode {
    match run(&args) {
        Ok(code) => code,
        Err(error) => complain(&format!("error: {error:#}")),
    }
}

/// What stands on the command line, flags apart from names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Line {
    names: Vec<String>,
    channel: Option<String>,
    classic: bool,
    purge: bool,
    /// The duration; empty means for ever.
    hold: Option<String>,
    unhold: bool,
}

fn run(args: &[String]) -> Result<ExitCode> {
    let Some((command, rest)) = args.split_first() else {
        println!("The snap command lets you install, configure, refresh and remove snaps.");
        return Ok(ExitCode::SUCCESS);
    };
    // These two are snapd's own, not a person's.
    match command.as_str() {
        "run-change" => {
            return Ok(match snapd::run_change(rest) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => complain(&format!("{error:#}")),
            });
        }
        "boot" => return snapd::boot().map(|()| ExitCode::SUCCESS),
        _ => (),
    }
    let line = match parse(rest) {
        Ok(line) => line,
        Err(what) => return Ok(complain(&format!("error: {what}"))),
    };
    match command.as_str() {
        "install" => install(&line),
        "list" => list(&line),
        "info" => info(&line),
        "refresh" => refresh(&line),
        "remove" => remove(&line),
        "changes" => changes(),
        "services" => services_table(),
        "wait" => Ok(wait(&line)),
        "version" => {
            println!("{}", version());
            Ok(ExitCode::SUCCESS)
        }
        other => Ok(complain(&format!("error: unknown command \"{other}\", see 'snap help'."))),
    }
}

fn parse(args: &[String]) -> Result<Line, String> {
    let mut line = Line::default();
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        match flag {
            "--classic" => line.classic = true,
            "--purge" => line.purge = true,
            "--channel" => {
                let value = value.or_else(|| rest.next().cloned());
                line.channel = Some(value.ok_or("expected argument for flag `--channel'")?);
            }
            "--stable" | "--candidate" | "--beta" | "--edge" => line.channel = Some(flag[2..].to_owned()),
            // Only `--hold=DURATION`: a word after it is a snap.
            "--hold" => line.hold = Some(value.unwrap_or_default()),
            "--unhold" => line.unhold = true,
            flag if flag.starts_with('-') => return Err(format!("unknown flag `{}'", flag.trim_start_matches('-'))),
            _ => line.names.push(word.clone()),
        }
    }
    Ok(line)
}

fn install(line: &Line) -> Result<ExitCode> {
    let Some(name) = line.names.first() else {
        return Ok(complain("error: the required argument `<snap> (at least 1 argument)` was not provided"));
    };
    if !permission::is_root() {
        return Ok(complain("error: access denied (try with sudo)"));
    }
    if name != "microk8s" {
        return Ok(complain(&format!("error: snap \"{name}\" not found")));
    }
    if let Some(code) = refuse_during_a_change()? {
        return Ok(code);
    }
    if snapd::state()?.microk8s.is_some() {
        eprintln!("snap \"microk8s\" is already installed, see 'snap help refresh'");
        return Ok(ExitCode::SUCCESS);
    }
    let asked = line.channel.as_deref().unwrap_or("latest/stable");
    let Some((channel, version, _)) = snapd::find(asked) else {
        return Ok(complain(&no_channel(asked)));
    };
    if !line.classic {
        return Ok(complain(CLASSIC));
    }
    if daemon::fault("snap-store") {
        return Ok(complain(STORE_GONE));
    }
    let work = Work::Install { channel: asked.to_owned() };
    Ok(match snapd::perform(&work)? {
        Ok(()) => {
            println!("microk8s ({channel}) {version} from Canonical** installed");
            ExitCode::SUCCESS
        }
        Err(why) => complain(&failed("Run install hook of \"microk8s\" snap if present", &why)),
    })
}

fn refresh(line: &Line) -> Result<ExitCode> {
    if !permission::is_root() {
        return Ok(complain("error: access denied (try with sudo)"));
    }
    let Some(name) = line.names.first() else {
        println!("All snaps up to date.");
        return Ok(ExitCode::SUCCESS);
    };
    let Some(installed) = snapd::state()?.microk8s.filter(|_| name == "microk8s") else {
        return Ok(complain(&format!("error: snap \"{name}\" is not installed")));
    };
    if let Some(duration) = &line.hold {
        snapd::update(|state| state.microk8s.iter_mut().for_each(|installed| installed.held = true))?;
        let until = match duration.as_str() {
            "" | "forever" => "indefinitely".to_owned(),
            duration => format!("for {duration}"),
        };
        println!("General refreshes of \"microk8s\" held {until}");
        return Ok(ExitCode::SUCCESS);
    }
    if line.unhold {
        snapd::update(|state| state.microk8s.iter_mut().for_each(|installed| installed.held = false))?;
        println!("Removed general refresh hold of \"microk8s\"");
        return Ok(ExitCode::SUCCESS);
    }
    let asked = line.channel.clone().unwrap_or_else(|| installed.channel.clone());
    let Some((channel, version, revision)) = snapd::find(&asked) else {
        return Ok(complain(&no_channel(&asked)));
    };
    if channel == installed.channel && revision == installed.revision {
        eprintln!("snap \"microk8s\" has no updates available");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(code) = refuse_during_a_change()? {
        return Ok(code);
    }
    Ok(match snapd::perform(&Work::Refresh { channel: asked })? {
        Ok(()) => {
            println!("microk8s ({channel}) {version} from Canonical** refreshed");
            ExitCode::SUCCESS
        }
        Err(why) => complain(&failed("Run post-refresh hook of \"microk8s\" snap if present", &why)),
    })
}

fn remove(line: &Line) -> Result<ExitCode> {
    if !permission::is_root() {
        return Ok(complain("error: access denied (try with sudo)"));
    }
    let name = line.names.first().map(String::as_str).unwrap_or_default();
    if name != "microk8s" || snapd::state()?.microk8s.is_none() {
        eprintln!("snap \"{name}\" is not installed");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(code) = refuse_during_a_change()? {
        return Ok(code);
    }
    Ok(match snapd::perform(&Work::Remove { purge: line.purge })? {
        Ok(()) => {
            println!("microk8s removed");
            ExitCode::SUCCESS
        }
        Err(why) => complain(&failed("Run remove hook of \"microk8s\" snap if present", &why)),
    })
}

fn refuse_during_a_change() -> Result<Option<ExitCode>> {
    let state = snapd::state()?;
    let running = state.changes.iter().find(|change| change.is_running());
    Ok(running
        .map(|change| complain(&format!("error: snap \"microk8s\" has \"{}-snap\" change in progress", change.kind))))
}

fn list(line: &Line) -> Result<ExitCode> {
    let installed = snapd::state()?.microk8s;
    if let Some(name) = line.names.first()
        && (name != "microk8s" || installed.is_none())
    {
        return Ok(complain("error: no matching snaps installed"));
    }
    let Some(installed) = installed else {
        eprintln!("No snaps are installed yet. Try 'snap install hello-world'.");
        return Ok(ExitCode::SUCCESS);
    };
    print!("{}", table(&installed, line.names.is_empty()));
    Ok(ExitCode::SUCCESS)
}

/// The base comes with the snap.
fn table(installed: &Installed, all: bool) -> String {
    let notes = if installed.held { "classic,held" } else { "classic" };
    let mut rows = vec![["Name", "Version", "Rev", "Tracking", "Publisher", "Notes"].map(str::to_owned)];
    if all {
        rows.push(["core22", "20260410", "2133", "latest/stable", "canonical**", "base"].map(str::to_owned));
    }
    rows.push([
        "microk8s".into(),
        installed.version.clone(),
        installed.revision.to_string(),
        installed.channel.clone(),
        "canonical**".into(),
        notes.into(),
    ]);
    columns(&rows)
}

fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |at: usize| rows.iter().map(|row| row[at].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn info(line: &Line) -> Result<ExitCode> {
    let name = line.names.first().map(String::as_str).unwrap_or_default();
    if name != "microk8s" {
        return Ok(complain(&format!("error: no snap found for \"{name}\"")));
    }
    print!("{}", describe(snapd::state()?.microk8s.as_ref()));
    Ok(ExitCode::SUCCESS)
}

fn describe(installed: Option<&Installed>) -> String {
    let mut text = "name:      microk8s
summary:   Kubernetes for workstations and appliances
publisher: Canonical**
store-url: https://snapcraft.io/microk8s
license:   Apache-2.0
description: |
  MicroK8s is a small, fast, secure, certified Kubernetes distribution that installs on just about
  any Linux box.
snap-id:      EaXqgt1lyCaxKaQCU349mlodBkDCXRcg
"
    .to_owned();
    if let Some(installed) = installed {
        text.push_str(&format!("tracking:     {}\n", installed.channel));
        if installed.held {
            text.push_str("hold:         forever\n");
        }
    }
    text.push_str("channels:\n");
    let rows = TRACKS.iter().flat_map(|(track, version, revision)| {
        RISKS.map(|risk| {
            let what =
                if risk == "stable" { format!("{version} 2026-06-18 ({revision}) 172MB classic") } else { "^".into() };
            format!("  {:<18} {what}\n", format!("{track}/{risk}:"))
        })
    });
    text.extend(rows);
    if let Some(installed) = installed {
        let notes = if installed.held { "classic,held" } else { "classic" };
        text.push_str(&format!("installed:           {} ({}) 172MB {notes}\n", installed.version, installed.revision));
    }
    text
}

fn changes() -> Result<ExitCode> {
    let state = snapd::state()?;
    if state.changes.is_empty() {
        eprintln!("error: no changes found");
        return Ok(ExitCode::FAILURE);
    }
    let format = format_description!("today at [hour]:[minute] UTC");
    let mut rows = vec![["ID", "Status", "Spawn", "Ready", "Summary"].map(str::to_owned)];
    for change in &state.changes {
        let at = change.at.format(format)?;
        let ready = if change.status == "Doing" { "-".to_owned() } else { at.clone() };
        rows.push([change.id.to_string(), change.status.clone(), at, ready, change.summary.clone()]);
    }
    print!("{}", columns(&rows));
    Ok(ExitCode::SUCCESS)
}

fn services_table() -> Result<ExitCode> {
    if snapd::state()?.microk8s.is_none() {
        eprintln!("There are no services provided by installed snaps.");
        return Ok(ExitCode::SUCCESS);
    }
    let running = services::running()?;
    let mut rows = vec![["Service", "Startup", "Current", "Notes"].map(str::to_owned)];
    for name in services::names() {
        let current = if running.iter().any(|other| other == name) { "active" } else { "inactive" };
        rows.push([format!("microk8s.daemon-{name}"), "enabled".into(), current.into(), "-".into()]);
    }
    print!("{}", columns(&rows));
    Ok(ExitCode::SUCCESS)
}

/// `snap wait system seed.loaded`: the seed is always loaded.
fn wait(line: &Line) -> ExitCode {
    match line.names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["system", "seed.loaded"] => ExitCode::SUCCESS,
        [_, _] => complain("error: no such configuration"),
        _ => complain("error: the required arguments `<snap>` and `<key>` were not provided"),
    }
}

fn version() -> String {
    let kernel = files::read("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("snap    2.67\nsnapd   2.67\nseries  16\ndebian  12\nkernel  {}", kernel.trim())
}

fn no_channel(asked: &str) -> String {
    let mut text = format!(
        "error: snap \"microk8s\" is not available on {asked} but is available to install on the following channels:\n"
    );
    for (track, ..) in TRACKS {
        text.push_str(&format!("\n       {track}/stable   snap install --channel={track}/stable microk8s"));
    }
    text
}

fn failed(task: &str, why: &str) -> String {
    format!("error: cannot perform the following tasks:\n- {task} (run hook \"install\": \n-----\n{why}\n-----)")
}

fn complain(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::FAILURE
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use time::OffsetDateTime;

    fn line(text: &str) -> Result<Line, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    fn installed(held: bool) -> Installed {
        Installed {
            channel: "1.36/stable".into(),
            version: "v1.36.3".into(),
            revision: 8695,
            held,
            at: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn flags_may_stand_anywhere() {
        let parsed = line("microk8s --classic --channel 1.36/stable").unwrap();
        assert_eq!(parsed.names, ["microk8s"]);
        assert_eq!(parsed.channel.as_deref(), Some("1.36/stable"));
        assert!(parsed.classic);
        assert_eq!(line("--hold microk8s").unwrap().hold.as_deref(), Some(""));
        assert_eq!(line("--nonsense").unwrap_err(), "unknown flag `nonsense'");
    }

    #[test]
    fn the_list_shows_a_hold() {
        assert_eq!(
            table(&installed(true), false),
            "Name      Version  Rev   Tracking     Publisher    Notes\nmicrok8s  v1.36.3  8695  1.36/stable  canonical**  classic,held\n"
        );
    }

    #[test]
    fn info_names_the_tracks() {
        let text = describe(None);
        assert!(text.contains("channels:\n  1.36/stable:       v1.36.3 2026-06-18 (8695) 172MB classic\n"));
        assert!(!text.contains("tracking:"));
        assert!(describe(Some(&installed(true))).contains("tracking:     1.36/stable\nhold:         forever\n"));
    }
}
