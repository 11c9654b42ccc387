//! The way to the host, the same for every command: the connection, then root through sudo.

use super::Context;
use crate::{
    config::Config,
    edge::{
        files,
        host::{Host, Sudo, Target},
        world::World,
    },
    failure::{Failure, Kind},
    secret::Secret,
    step::Cmd,
};
use std::{path::Path, time::Duration};

/// Connects to the configured host and finds out how to become root there.
///
/// # Errors
/// The host refuses, its key is unknown or another one, or sudo lets nobody through: each with its cure.
pub async fn connect(context: &Context, config: &Config) -> Result<World, Failure> {
    let target = Target {
        address: config.host.address.to_string(),
        user: config.host.user.to_string(),
        port: config.host.port,
        host_key: context.global.host_key.clone(),
        interactive: context.ui.style().interactive,
    };
    // a plain line: ssh itself may ask the person something now
    context.ui.say(&format!("connecting to {}", target.destination()));
    let mut host = Host::connect(&target).await?;
    become_root(context, &mut host).await?;
    Ok(World::new(host))
}

/// By exit code and never by wording: sudo-rs words everything otherwise.
async fn become_root(context: &Context, host: &mut Host) -> Result<(), Failure> {
    let harmless = Cmd::root(["true"]).within(Duration::from_secs(20));
    host.set_sudo(Sudo::NoPassword);
    match host.run(&harmless).await?.code {
        0 => return Ok(()),
        127 => {
            return Err(Failure::failed("there is no sudo on the host")
                .help("install it there (apt-get install sudo) and let this user use it"));
        }
        _ => (),
    }
    let user = host.target().user.clone();
    let password = match &context.global.sudo_password_file {
        Some(file) => from_file(file)?,
        None => {
            context.ui.password(&format!("Password of {user} for sudo on the host"), "--sudo-password-file FILE")?
        }
    };
    host.set_sudo(Sudo::Password(password));
    match host.run(&harmless).await?.code {
        0 => Ok(()),
        _ => Err(Failure::failed(format!(
            "sudo on the host refuses {user}: the password is wrong, or {user} may not use sudo"
        ))
        .help(format!(
            "try it there: ssh -t -p {} {} sudo true",
            host.target().port,
            host.target().destination()
        ))),
    }
}

fn from_file(file: &Path) -> Result<Secret, Failure> {
    match files::read(file) {
        Ok(Some(text)) => Ok(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Ok(None) => Err(Failure::usage(format!("there is no file {}", file.display()))
            .help("name another with --sudo-password-file FILE")),
        Err(error) => Err(Failure::new(Kind::Usage, error)),
    }
}
