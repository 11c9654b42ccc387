//! What a client writes down to start `homelabctl bridge`.

use serde_json::{Value, json};
use std::{net::SocketAddr, path::PathBuf};

/// The command by which a client reaches the homelab.
///
/// It names files, never their content: the key stays in its 0600 file and out of the client's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Absolute, because a graphical client has a short PATH.
    pub program: PathBuf,
    /// The folder with connection, CA and keys; absolute, because a graphical client has another environment.
    pub state: PathBuf,
    /// The name of the key that this client uses.
    pub key: String,
    /// What is dialled instead of the recorded address: a way around macOS's Local Network rule, for instance.
    pub dial: Option<SocketAddr>,
}

impl Launch {
    /// What follows the program.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> =
            ["bridge", "--state", &self.state.to_string_lossy(), "--key", &self.key].map(str::to_owned).to_vec();
        if let Some(dial) = self.dial {
            arguments.extend(["--address".to_owned(), dial.to_string()]);
        }
        arguments
    }
}

/// The entry of clients that start programs: `{command, args}`.
pub fn bridge_entry(launch: &Launch) -> Value {
    json!({ "command": launch.program, "args": launch.arguments() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_names_files_and_holds_no_key() {
        let launch = Launch {
            program: "/usr/local/bin/homelabctl".into(),
            state: "/home/ada/.local/state/homelabctl/homelab".into(),
            key: "claude-desktop".into(),
            dial: None,
        };
        assert_eq!(
            bridge_entry(&launch).to_string(),
            r#"{"command":"/usr/local/bin/homelabctl","args":["bridge","--state","/home/ada/.local/state/homelabctl/homelab","--key","claude-desktop"]}"#
        );
    }
}
