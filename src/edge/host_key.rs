//! First contact, and what ssh's refusals mean. Host keys are always verified; `--yes` never accepts one.

use super::host::Target;
use crate::failure::{Cause, Kind};
use anyhow::Context as _;
use std::{path::Path, process::Stdio};
use tokio::process::Command;

/// ssh refused because it has never seen this host.
pub(super) fn is_unknown(error: &openssh::Error) -> bool {
    matches!(error, openssh::Error::Connect(io) if io.to_string().contains("you have requested strict checking") && !io.to_string().contains("HAS CHANGED"))
}

/// ssh's refusal in our words, with the cure. openssh keeps ssh's own text; only some cases have a kind.
pub(super) fn explain(target: &Target, error: &openssh::Error) -> anyhow::Error {
    let openssh::Error::Connect(io) = error else { return lost(target, error) };
    let text = io.to_string();
    let by_hand = format!("try it by hand: ssh -p {} {}", target.port, target.destination());
    let at = format!("{}:{}", target.address, target.port);
    let (message, help) = match io.kind() {
        _ if text.contains("HAS CHANGED") => (
            format!(
                "the host key of {at} is not the one in known_hosts: either the machine was reinstalled, or somebody answers in its place"
            ),
            format!(
                "ask at the machine itself (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub); only if it is right: ssh-keygen -R {}",
                known_name(target)
            ),
        ),
        _ if text.contains("you have requested strict checking") => (
            format!("the host key of {at} is not known yet"),
            format!("connect once by hand, or give its fingerprint: --host-key SHA256:… ({by_hand})"),
        ),
        std::io::ErrorKind::ConnectionRefused => (
            format!("nothing listens on {at}"),
            format!("is the ssh server running there, and host.port right? {by_hand}"),
        ),
        std::io::ErrorKind::PermissionDenied => (
            format!("{at} refused every key of {}", target.user),
            format!("put your public key there: ssh-copy-id -p {} {}", target.port, target.destination()),
        ),
        std::io::ErrorKind::ConnectionAborted
            if text.to_lowercase().contains("timed out") || text.trim().is_empty() =>
        {
            (
                format!("no answer from {at} within 10 s"),
                format!("is the machine on, and host.address right? {by_hand}"),
            )
        }
        _ => (format!("ssh could not connect to {at}"), by_hand),
    };
    let cause = Cause::new(Kind::Failed, message, help);
    let words = text.trim().to_owned();
    if words.is_empty() { cause.into() } else { anyhow::Error::msg(words).context(cause) }
}

/// The connection broke in the middle.
pub(super) fn lost(target: &Target, error: &openssh::Error) -> anyhow::Error {
    let cause = Cause::new(
        Kind::Failed,
        format!("the connection to {} was lost", target.address),
        "run the same command again: it continues where it stopped",
    );
    anyhow::anyhow!("{error}").context(cause)
}

fn known_name(target: &Target) -> String {
    if target.port == 22 { target.address.clone() } else { format!("[{}]:{}", target.address, target.port) }
}

/// Lets the person, or the given fingerprint, decide about a host that is not known yet.
///
/// # Errors
/// Nobody decided, or the fingerprint is another one.
pub(super) async fn first_contact(target: &Target, folder: &Path) -> anyhow::Result<()> {
    if let Some(wanted) = &target.host_key {
        return accept(target, folder, wanted).await;
    }
    if target.interactive {
        let status = Command::new("ssh")
            .args(["-p", &target.port.to_string(), &target.destination(), "true"])
            .stdout(Stdio::null())
            .status()
            .await
            .context("cannot start ssh")?;
        anyhow::ensure!(status.success(), "ssh did not connect");
    }
    Ok(())
}

/// Asks the host for its key without logging in, and keeps it only when its fingerprint is the wanted one.
async fn accept(target: &Target, folder: &Path, wanted: &str) -> anyhow::Result<()> {
    let offered = folder.join("offered");
    let port = target.port.to_string();
    let file = format!("UserKnownHostsFile={}", offered.display());
    // an Ed25519 key, the kind people read fingerprints of, before others
    Command::new("ssh")
        .args([
            "-p",
            &port,
            "-o",
            &file,
            "-o",
            "StrictHostKeyChecking=accept-new",
            "-o",
            "PreferredAuthentications=none",
            "-o",
            "HashKnownHosts=no",
            "-o",
            "ConnectTimeout=10",
            "-o",
            "GlobalKnownHostsFile=/dev/null",
            &target.destination(),
            "true",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .await
        .context("cannot start ssh")?;
    let listed =
        Command::new("ssh-keygen").arg("-lf").arg(&offered).output().await.context("cannot start ssh-keygen")?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let seen: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    if !seen.contains(&wanted) {
        let seen = if seen.is_empty() { "no key".to_owned() } else { seen.join(", ") };
        return Err(Cause::new(
            Kind::Failed,
            format!("{} shows {seen}, not {wanted}", target.address),
            "ask at the machine itself: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )
        .into());
    }
    let line = super::files::read(&offered)?.unwrap_or_default();
    let home = nix::unistd::User::from_uid(nix::unistd::getuid())
        .ok()
        .flatten()
        .map(|user| user.dir)
        .context("this user has no home folder")?;
    let known = home.join(".ssh/known_hosts");
    let before = super::files::read(&known)?.unwrap_or_default();
    let joint = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
    super::files::replace(&known, format!("{before}{joint}{line}").as_bytes(), 0o600)
}
