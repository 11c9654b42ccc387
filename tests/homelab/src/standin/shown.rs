//! What `snap` shows: installed snaps, the store's channels, changes, services.

use std::process::ExitCode;

use anyhow::Result;
use time::macros::format_description;

use super::snapd::{self, Installed, RISKS, TRACKS};
use crate::kube::services;
use crate::standin::say::{grumble, tell_as_is};

pub(super) fn list(names: &[String]) -> Result<ExitCode> {
    let installed = snapd::state()?.microk8s;
    if let Some(name) = names.first()
        && (name != "microk8s" || installed.is_none())
    {
        grumble!("error: no matching snaps installed");
        return Ok(ExitCode::FAILURE);
    }
    let Some(installed) = installed else {
        grumble!("No snaps are installed yet. Try 'snap install hello-world'.");
        return Ok(ExitCode::SUCCESS);
    };
    tell_as_is!("{}", table(&installed, names.is_empty()));
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

pub(super) fn info(names: &[String]) -> Result<ExitCode> {
    let name = names.first().map(String::as_str).unwrap_or_default();
    if name != "microk8s" {
        grumble!("error: no snap found for \"{name}\"");
        return Ok(ExitCode::FAILURE);
    }
    tell_as_is!("{}", describe(snapd::state()?.microk8s.as_ref()));
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

pub(super) fn changes() -> Result<ExitCode> {
    let state = snapd::state()?;
    if state.changes.is_empty() {
        grumble!("error: no changes found");
        return Ok(ExitCode::FAILURE);
    }
    let format = format_description!("today at [hour]:[minute] UTC");
    let mut rows = vec![["ID", "Status", "Spawn", "Ready", "Summary"].map(str::to_owned)];
    for change in &state.changes {
        let at = change.at.format(format)?;
        let running = change.is_running();
        let status = if change.status == "Doing" && !running { "Error" } else { &change.status };
        let ready = if running { "-".to_owned() } else { at.clone() };
        rows.push([change.id.to_string(), status.to_owned(), at, ready, change.summary.clone()]);
    }
    tell_as_is!("{}", columns(&rows));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn services() -> Result<ExitCode> {
    if snapd::state()?.microk8s.is_none() {
        grumble!("There are no services provided by installed snaps.");
        return Ok(ExitCode::SUCCESS);
    }
    let running = services::running()?;
    let mut rows = vec![["Service", "Startup", "Current", "Notes"].map(str::to_owned)];
    for name in services::names() {
        let current = if running.iter().any(|other| other == name) { "active" } else { "inactive" };
        rows.push([format!("microk8s.daemon-{name}"), "enabled".into(), current.into(), "-".into()]);
    }
    tell_as_is!("{}", columns(&rows));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::OffsetDateTime;

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
