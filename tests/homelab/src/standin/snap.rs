//! The `snap` command of a node (wording after snapd's own client).

use std::process::ExitCode;

use anyhow::Result;

use super::permission;
use super::shown;
use super::snapd::{self, TRACKS, Work};
use crate::kube::{daemon, files};
use crate::standin::say::{grumble, tell};

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
        tell!("The snap command lets you install, configure, refresh and remove snaps.");
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
        "list" => shown::list(&line.names),
        "info" => shown::info(&line.names),
        "refresh" => refresh(&line),
        "remove" => remove(&line),
        "changes" => shown::changes(),
        "services" => shown::services(),
        "wait" => Ok(wait(&line)),
        "version" => {
            tell!("{}", version());
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
        grumble!("snap \"microk8s\" is already installed, see 'snap help refresh'");
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
            tell!("microk8s ({channel}) {version} from Canonical** installed");
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
        tell!("All snaps up to date.");
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
        tell!("General refreshes of \"microk8s\" held {until}");
        return Ok(ExitCode::SUCCESS);
    }
    if line.unhold {
        snapd::update(|state| state.microk8s.iter_mut().for_each(|installed| installed.held = false))?;
        tell!("Removed general refresh hold of \"microk8s\"");
        return Ok(ExitCode::SUCCESS);
    }
    let asked = line.channel.clone().unwrap_or_else(|| installed.channel.clone());
    let Some((channel, version, revision)) = snapd::find(&asked) else {
        return Ok(complain(&no_channel(&asked)));
    };
    if channel == installed.channel && revision == installed.revision {
        grumble!("snap \"microk8s\" has no updates available");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(code) = refuse_during_a_change()? {
        return Ok(code);
    }
    Ok(match snapd::perform(&Work::Refresh { channel: asked })? {
        Ok(()) => {
            tell!("microk8s ({channel}) {version} from Canonical** refreshed");
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
        grumble!("snap \"{name}\" is not installed");
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(code) = refuse_during_a_change()? {
        return Ok(code);
    }
    Ok(match snapd::perform(&Work::Remove { purge: line.purge })? {
        Ok(()) => {
            tell!("microk8s removed");
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
    grumble!("{text}");
    ExitCode::FAILURE
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Line, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(&words)
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
}
