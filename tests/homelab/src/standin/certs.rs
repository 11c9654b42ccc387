//! `microk8s refresh-certs`.

use std::process::ExitCode;

use anyhow::Result;
use time::OffsetDateTime;

use super::{install, permission};
use crate::kube::{certificates, services};
use crate::standin::say::{grumble, tell};

pub(super) fn run(args: &[String]) -> ExitCode {
    if services::is_worker() {
        tell!("Refreshing certificates on a worker: run this on a control plane node.");
        return ExitCode::SUCCESS;
    }
    if !permission::is_root() {
        tell!("You need to run this command with elevated privileges (sudo).");
        return ExitCode::from(50);
    }
    let result = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["-c" | "--check"] => check(),
        ["-e" | "--cert", file] => renew(file),
        [] => {
            tell!(
                "Please select either the auto-generated server or front-proxy-client certificates to refresh, or a CA folder."
            );
            return ExitCode::from(3);
        }
        _ => {
            grumble!("this homelab knows refresh-certs -c and -e server.crt|front-proxy-client.crt");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            grumble!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<()> {
    let now = OffsetDateTime::now_utc();
    for (what, file) in [("CA", "ca"), ("server", "server"), ("front proxy client", "front-proxy-client")] {
        tell!("The {what} certificate will expire in {} days.", certificates::days_left(file, now)?);
    }
    Ok(())
}

fn renew(file: &str) -> Result<()> {
    tell!("Taking a backup of the current certificates under /var/snap/microk8s/current/certs-backup/");
    tell!("Creating new certificates");
    match file {
        "server.crt" => install::make_server_certificate(&[])?,
        "front-proxy-client.crt" => certificates::make(&certificates::front_proxy_client())?,
        other => anyhow::bail!("this homelab does not renew {other}"),
    }
    tell!("Restarting service kubelite.");
    services::restart_kubelite()
}
