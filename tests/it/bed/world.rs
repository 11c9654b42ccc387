//! A bed with homelabctl on its laptop, and what tests ask of the two.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use homelab::bed::{self, Bed, Homelabctl, Options, Sudo};
use homelab::faults::Fault;
use serde_json::Value;

/// A bed that goes with the test.
pub(super) struct World {
    pub(super) bed: Bed,
}

/// A step that a run tells of: `… 1/31 title`, and at its end `✓ 1/31 title (0.2 s)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) title: String,
}

impl Step {
    /// The step of a line that begins with this mark. What comes before a plan has no number and is none.
    pub(super) fn told(line: &str, mark: char) -> Option<Self> {
        let (place, title) = line.trim_start().strip_prefix(mark)?.trim_start().split_once(' ')?;
        let number = place.split_once('/')?.0.parse().ok()?;
        Some(Self { number, title: title.trim_end().to_owned() })
    }
}

/// No step says nothing for so long.
const LONGEST: Duration = Duration::from_secs(600);

/// How a command ended.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) code: i32,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = bed::down(&self.bed);
    }
}

impl World {
    pub(super) fn bare(name: &str, sudo: Sudo) -> Self {
        let bed = Bed::named(name).unwrap();
        bed::down(&bed).unwrap();
        let homelabctl = Path::new(env!("CARGO_BIN_EXE_homelabctl"));
        let options = Options {
            sudo,
            homelabctl: Homelabctl::Given(homelabctl.to_owned()),
            driver: Some(homelabctl.with_file_name("homelab")),
            ..Options::default()
        };
        bed::up(&bed, &options).unwrap();
        Self { bed }
    }

    /// homelabctl on the laptop.
    pub(super) fn homelabctl(&self, words: &[&str]) -> Ending {
        let argv: Vec<&str> = std::iter::once("homelabctl").chain(words.iter().copied()).collect();
        ending(self.bed.laptop(argv).unwrap())
    }

    /// homelabctl on the laptop, called in this folder.
    pub(super) fn homelabctl_in(&self, folder: &Path, words: &[&str]) -> Ending {
        let argv = std::iter::once("homelabctl").chain(words.iter().copied());
        let mut command = self.bed.laptop(argv).unwrap();
        command.current_dir(folder);
        ending(command)
    }

    pub(super) fn laptop(&self, argv: &[&str]) -> Ending {
        ending(self.bed.laptop(argv).unwrap())
    }

    /// A machine that is not of the LAN, with the laptop's HOME and programs.
    pub(super) fn outside(&self, argv: &[&str]) -> Ending {
        ending(self.bed.outside(argv).unwrap())
    }

    pub(super) fn host(&self, argv: &[&str]) -> Ending {
        ending(self.bed.host(argv).unwrap())
    }

    pub(super) fn kubectl(&self, words: &[&str]) -> Ending {
        let argv: Vec<&str> = std::iter::once("kubectl").chain(words.iter().copied()).collect();
        ending(self.bed.laptop(argv).unwrap())
    }

    pub(super) fn fault(&self, fault: &Fault) {
        self.bed.fault(fault).unwrap();
    }

    /// Runs homelabctl and kills it (SIGKILL) inside of the first step that is still going on so long after its begin as `aim`
    /// says; a step without an answer is left alone. The step that was hit, or `None` when the run came to its end.
    pub(super) fn killed_inside(&self, words: &[&str], aim: impl Fn(&Step) -> Option<Duration>) -> Option<Step> {
        let argv: Vec<&str> = std::iter::once("homelabctl").chain(words.iter().copied()).collect();
        let mut command = self.bed.laptop(argv).unwrap();
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut said = Vec::new();
        let mut current: Option<(Step, Instant)> = None;
        loop {
            let left = current.as_ref().map_or(LONGEST, |(_, end)| end.saturating_duration_since(Instant::now()));
            match lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(step) = Step::told(&line, '…') {
                        current = aim(&step).map(|delay| (step, Instant::now() + delay));
                    } else if Step::told(&line, '✓').is_some() {
                        current = None;
                    }
                    said.push(line);
                }
                Err(RecvTimeoutError::Timeout) => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    let Some((step, _)) = current else { panic!("nothing new for minutes:\n{}", said.join("\n")) };
                    return Some(step);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    assert!(child.wait().unwrap().success(), "{}", said.join("\n"));
                    return None;
                }
            }
        }
    }

    /// Writes that the API server has seen from outside of the cluster's own parts.
    pub(super) fn writes(&self) -> Vec<String> {
        let log = self.host(&["cat", "/var/log/homelab/audit.log"]).stdout;
        let writes = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        writes
            .filter(|entry| !["get", "list", "watch"].contains(&entry["verb"].as_str().unwrap_or_default()))
            .filter(|entry| {
                entry["userAgent"].as_str().is_some_and(|agent| !agent.contains("kubectl"))
                    || entry["user"]["username"] == "admin"
            })
            .map(|entry| format!("{} {} {}", entry["verb"], entry["requestURI"], entry["userAgent"]))
            .filter(|line| !line.contains("/events"))
            .collect()
    }

    /// Every file of the host that setup could change, with the time of its last change.
    pub(super) fn files(&self) -> String {
        let places = [
            "/etc",
            "/var/snap/microk8s/common/.microk8s.yaml",
            "/var/snap/microk8s/current/args",
            "/var/lib/snapd",
            "/home",
            "/root",
            "/var/tmp",
            "/tmp",
        ];
        let mut argv = vec!["find"];
        argv.extend(places);
        argv.extend(["-xdev", "-type", "f", "-printf", "%p %T@ %s\n"]);
        let mut lines: Vec<String> = self.host(&argv).stdout.lines().map(str::to_owned).collect();
        lines.sort();
        lines.join("\n")
    }
}

fn ending(mut command: Command) -> Ending {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Ending {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ending {
    /// Fails the test with all that was said, unless it ended so.
    #[track_caller]
    pub(super) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails the test unless it ended so and said this.
    #[track_caller]
    pub(super) fn saying(self, code: i32, words: &[&str]) {
        let Self { stderr, .. } = self.with(code);
        for word in words {
            assert!(stderr.contains(word), "`{word}` is not in:\n{stderr}");
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

/// How long something took, in seconds.
pub(super) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}
