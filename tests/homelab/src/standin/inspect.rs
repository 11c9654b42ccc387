//! `microk8s inspect`, much shortened: the services, the report's place, the exit code.

use std::fs::File;
use std::process::ExitCode;

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use time::{OffsetDateTime, macros::format_description};

use crate::kube::{paths, services};
use crate::standin::say::{grumble, tell};

pub(super) fn run() -> ExitCode {
    tell!("Inspecting system\nInspecting Certificates\nInspecting services");
    let running = services::running().unwrap_or_default();
    let mut all_run = true;
    for name in services::names() {
        if running.iter().any(|other| other == name) {
            tell!("  Service snap.microk8s.daemon-{name} is running");
        } else {
            all_run = false;
            tell!(
                " FAIL:  Service snap.microk8s.daemon-{name} is not running
For more details look at: sudo journalctl -u snap.microk8s.daemon-{name}"
            );
        }
    }
    tell!("Building the report tarball");
    match report() {
        Ok(path) => tell!("  Report tarball is at {path}"),
        Err(error) => {
            grumble!("{error:#}");
            return ExitCode::FAILURE;
        }
    }
    if all_run { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report() -> Result<String> {
    let format = format_description!("[year][month][day]_[hour][minute][second]");
    let now = OffsetDateTime::now_utc().format(format)?;
    let path = paths::data(&format!("inspection-report-{now}.tar.gz"));
    let mut tar = tar::Builder::new(GzEncoder::new(File::create(&path)?, Compression::fast()));
    tar.append_dir_all("inspection-report/args", paths::data("args"))?;
    tar.into_inner()?.finish()?;
    Ok(path)
}
