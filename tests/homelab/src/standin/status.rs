//! `microk8s status`.

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use super::addons::{self, ADDONS, Addon, REPOSITORY};
use crate::kube::{kubectl, services};
use crate::standin::say::{grumble, tell, tell_as_is};

const NOT_RUNNING: &str = "microk8s is not running. Use microk8s inspect for a deeper inspection.";
/// The data store is etcd here; this is what a single node with dqlite says.
const DATASTORE_NODE: &str = "127.0.0.1:19001";

#[derive(Debug, PartialEq, Eq)]
struct Args {
    format: Format,
    wait: bool,
    /// Zero waits for ever.
    timeout: u64,
    addon: Option<String>,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Format {
    Pretty,
    Yaml,
    Short,
}

pub(super) fn run(args: &[String]) -> ExitCode {
    let args = match parse(args) {
        Ok(args) => args,
        Err(what) => {
            grumble!(
                "usage: microk8s status [-h] [--format {{pretty,yaml,short}}] [-w] [-t TIMEOUT] [-a ADDON] [--yaml]
microk8s status: error: {what}"
            );
            return ExitCode::from(2);
        }
    };
    if services::is_stopped() {
        tell!("microk8s is not running, try microk8s start");
        return ExitCode::SUCCESS;
    }
    let ready = if args.wait { wait_for_ready(args.timeout) } else { is_ready() };
    let objects = if ready { addons::objects().ok() } else { None };
    match &args.addon {
        Some(name) => tell!("{}", addon_line(name, objects.as_deref())),
        None => tell_as_is!("{}", render(args.format, objects.as_deref())),
    }
    if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The API answers and a node is Ready; what runs on it is not looked at.
pub(super) fn is_ready() -> bool {
    let contains = |args: &[&str], text: &str| kubectl::output(args).is_ok_and(|out| out.contains(text));
    contains(&["get", "all", "--all-namespaces"], "service/kubernetes")
        && contains(&["get", "nodes", "--all-namespaces"], " Ready ")
}

/// Looks every two seconds, as the real one does.
pub(super) fn wait_for_ready(timeout: u64) -> bool {
    let start = Instant::now();
    loop {
        if is_ready() {
            return true;
        }
        if timeout > 0 && start.elapsed() > Duration::from_secs(timeout) {
            return false;
        }
        thread::sleep(Duration::from_secs(2));
    }
}

fn parse(args: &[String]) -> Result<Args, String> {
    let mut parsed = Args { format: Format::Pretty, wait: false, timeout: 0, addon: None };
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        let (flag, inline) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let mut value = || {
            inline
                .clone()
                .or_else(|| rest.next().cloned())
                .ok_or_else(|| format!("argument {flag}: expected one argument"))
        };
        match flag {
            "--wait-ready" | "-w" => parsed.wait = true,
            "--yaml" => parsed.format = Format::Yaml,
            "--format" => {
                parsed.format = match value()?.as_str() {
                    "pretty" => Format::Pretty,
                    "yaml" => Format::Yaml,
                    "short" => Format::Short,
                    other => {
                        return Err(format!(
                            "argument --format: invalid choice: '{other}' (choose from 'pretty', 'yaml', 'short')"
                        ));
                    }
                }
            }
            "--timeout" | "-t" => {
                let text = value()?;
                parsed.timeout =
                    text.parse().map_err(|_| format!("argument -t/--timeout: invalid int value: '{text}'"))?;
            }
            "--addon" | "-a" => parsed.addon = Some(value()?),
            _ => return Err(format!("unrecognized arguments: {word}")),
        }
    }
    Ok(parsed)
}

/// An unknown add-on is disabled, not an error.
fn addon_line(name: &str, objects: Option<&str>) -> &'static str {
    let enabled = ADDONS
        .iter()
        .any(|addon| addon.name == name && objects.is_some_and(|objects| addons::is_enabled(addon, objects)));
    if enabled { "enabled" } else { "disabled" }
}

/// The whole answer; without objects the cluster is not ready.
fn render(format: Format, objects: Option<&str>) -> String {
    let Some(objects) = objects else {
        return match format {
            Format::Pretty | Format::Short => format!("{NOT_RUNNING}\n"),
            Format::Yaml => format!("{}  message: {NOT_RUNNING}\n", yaml_head("False")),
        };
    };
    let (enabled, disabled): (Vec<&Addon>, Vec<&Addon>) =
        ADDONS.iter().partition(|addon| addons::is_enabled(addon, objects));
    match format {
        Format::Pretty => pretty(&enabled, &disabled),
        Format::Yaml => yaml(&enabled, &disabled),
        Format::Short => short(&enabled, &disabled),
    }
}

fn pretty(enabled: &[&Addon], disabled: &[&Addon]) -> String {
    let mut text = format!(
        "microk8s is running
high-availability: no
  datastore master nodes: {DATASTORE_NODE}
  datastore standby nodes: none
addons:
"
    );
    for (title, addons) in [("enabled", enabled), ("disabled", disabled)] {
        if !addons.is_empty() {
            text.push_str(&format!("  {title}:\n"));
        }
        for addon in addons {
            text.push_str(&format!("    {:<20} # ({REPOSITORY}) {}\n", addon.name, addon.description));
        }
    }
    text
}

fn short(enabled: &[&Addon], disabled: &[&Addon]) -> String {
    let mut text = "microk8s is running\naddons:\n".to_owned();
    for (state, addons) in [("enabled", enabled), ("disabled", disabled)] {
        for addon in addons {
            text.push_str(&format!("{REPOSITORY}/{}: {state}\n", addon.name));
        }
    }
    text
}

fn yaml_head(running: &str) -> String {
    format!(
        "microk8s:
  running: {running}
high-availability:
  enabled: True
  nodes:
    - address: {DATASTORE_NODE}
      role: voter
"
    )
}

fn yaml(enabled: &[&Addon], disabled: &[&Addon]) -> String {
    let mut text = yaml_head("True");
    text.push_str("addons:\n");
    for (state, addons) in [("enabled", enabled), ("disabled", disabled)] {
        for addon in addons {
            text.push_str(&format!(
                "  - name: {}
    repository: {REPOSITORY}
    description: {}
    version: {}
    status: {state}
",
                addon.name, addon.description, addon.version
            ));
        }
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn args(text: &str) -> Result<Args, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn flags_are_those_of_the_real_command() {
        let parsed = args("--format yaml -w --timeout=60 -a dns").unwrap();
        assert_eq!((parsed.format, parsed.wait, parsed.timeout), (Format::Yaml, true, 60));
        assert_eq!(parsed.addon.as_deref(), Some("dns"));
        assert!(args("--format json").unwrap_err().contains("invalid choice: 'json'"));
        assert!(args("-t soon").unwrap_err().contains("invalid int value: 'soon'"));
    }

    #[test]
    fn not_ready_has_no_addons() {
        assert_eq!(render(Format::Short, None), format!("{NOT_RUNNING}\n"));
        let yaml = render(Format::Yaml, None);
        assert!(yaml.contains("  running: False\n"));
        assert!(yaml.ends_with(
            "      role: voter\n  message: microk8s is not running. Use microk8s inspect for a deeper inspection.\n"
        ));
    }

    #[test]
    fn yaml_has_python_booleans_and_bare_versions() {
        let yaml = render(Format::Yaml, Some("kube-system   pod/coredns-1   1/1\n"));
        assert!(yaml.contains("  running: True\n"));
        assert!(yaml.contains(
            "  - name: dns\n    repository: core\n    description: CoreDNS\n    version: 1.13.1\n    status: enabled\n"
        ));
        // An empty version leaves a trailing space.
        assert!(yaml.contains("    version: \n    status: disabled\n"));
    }

    #[test]
    fn short_lists_enabled_first() {
        let text = render(Format::Short, Some("x pod/speaker-1"));
        assert!(text.starts_with("microk8s is running\naddons:\ncore/metallb: enabled\n"));
        assert!(text.contains("\ncore/dns: disabled\n"));
    }

    #[test]
    fn an_unknown_addon_is_disabled() {
        assert_eq!(addon_line("nonsense", Some("")), "disabled");
        assert_eq!(addon_line("dns", Some("pod/coredns")), "enabled");
    }
}
