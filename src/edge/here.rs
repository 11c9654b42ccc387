//! This machine and who uses it, for the record of a release.

use crate::release::{Git, Who};
use std::path::Path;
use tokio::process::Command;

/// Who this is, and where.
pub fn who() -> Who {
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::current()).ok().flatten().map(|user| user.name);
    let by = std::env::var("USER").ok().filter(|name| !name.is_empty()).or(user).unwrap_or_else(|| "somebody".into());
    let from =
        nix::unistd::gethostname().map_or_else(|_| "somewhere".into(), |name| name.to_string_lossy().into_owned());
    Who { by, from }
}

/// The time now, for records.
pub fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::now_utc()
}

/// How long that is ago, for reports.
pub fn since(began: time::OffsetDateTime) -> std::time::Duration {
    (now() - began).try_into().unwrap_or_default()
}

/// The commit of the checkout, if this folder lies in one and git is there.
pub async fn git(folder: &Path) -> Option<Git> {
    let ask = async |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(args).output().await.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let sha = ask(&["rev-parse", "HEAD"]).await?;
    let dirty = !ask(&["status", "--porcelain"]).await?.is_empty();
    Some(Git { sha, dirty })
}
