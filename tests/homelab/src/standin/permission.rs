//! Who may do what on the host.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

use crate::kube::paths;
use crate::standin::say::grumble;

/// The group whose members may read the cluster's credentials.
pub(super) const GROUP: &str = "microk8s";

pub(super) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Refuses who cannot read the administrator's kubeconfig, in the words of the real command.
pub(super) fn refuse_without_access() -> Option<ExitCode> {
    match File::open(paths::data("credentials/client.config")) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let user = user();
            grumble!(
                "Insufficient permissions to access MicroK8s.
You can either try again with sudo or add the user {user} to the 'microk8s' group:

    sudo usermod -a -G microk8s {user}
    sudo chown -R {user} ~/.kube

After this, reload the user groups either via a reboot or by running 'newgrp microk8s'."
            );
            Some(ExitCode::FAILURE)
        }
        Ok(_) | Err(_) => None,
    }
}

/// Commands that the real wrapper runs through `sudo` itself: who is not root becomes it here, or is asked for a password.
pub(super) fn through_sudo(args: &[String]) -> Option<ExitCode> {
    if is_root() {
        return None;
    }
    let error = Command::new("sudo").arg("/snap/bin/microk8s").args(args).exec();
    grumble!("sudo: {error}");
    Some(ExitCode::FAILURE)
}

fn user() -> String {
    let uid = nix::unistd::getuid();
    match nix::unistd::User::from_uid(uid) {
        Ok(Some(user)) => user.name,
        Ok(None) | Err(_) => uid.to_string(),
    }
}
