//! The AI clients that homelabctl can set up: one row each.
//!
//! A row holds what is particular to a client: where its file is, where in the file servers are listed, and
//! what an entry looks like. What is common to all of them (reading, editing, backup, proof) is elsewhere.

mod client;
mod edit;
mod entry;
mod plan;

pub use client::{Client, Desk, Platform};
pub use edit::{Edit, NotEditable, set_entry};
pub use entry::{Launch, bridge_entry};
pub use plan::{NoPlan, Piece, Seen, entry_in, key_name, plan};

/// Every client, in the order in which help and docs list them.
pub static CLIENTS: &[Client] = &[Client {
    name: "claude-desktop",
    about: "Claude Desktop",
    file: |desk| match desk.platform {
        Platform::MacOs => desk.home.join("Library/Application Support/Claude/claude_desktop_config.json"),
        Platform::Linux => desk.config_home().join("Claude/claude_desktop_config.json"),
    },
    pointer: &["mcpServers"],
    entry: bridge_entry,
    afterwards: "quit Claude Desktop and start it again",
}];

/// The row of that name.
pub fn find(name: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    #[test]
    fn every_client_has_a_name_of_its_own_and_words() {
        let mut names: Vec<_> = CLIENTS.iter().map(|client| client.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CLIENTS.len());
        assert!(CLIENTS.iter().all(|client| !client.about.is_empty() && !client.pointer.is_empty()));
    }

    #[test]
    fn the_file_is_where_the_platform_keeps_it() {
        let file = |platform, config_home: Option<&str>| {
            let desk = Desk { platform, home: Path::new("/home/ada"), xdg_config_home: config_home.map(Path::new) };
            find("claude-desktop").map(|client| (client.file)(&desk))
        };
        let mac = "/home/ada/Library/Application Support/Claude/claude_desktop_config.json";
        assert_eq!(file(Platform::MacOs, Some("/elsewhere")), Some(PathBuf::from(mac)));
        assert_eq!(
            file(Platform::Linux, None),
            Some(PathBuf::from("/home/ada/.config/Claude/claude_desktop_config.json"))
        );
        assert_eq!(file(Platform::Linux, Some("/cfg")), Some(PathBuf::from("/cfg/Claude/claude_desktop_config.json")));
        assert_eq!(file(Platform::Linux, Some("relative")), file(Platform::Linux, None));
    }
}
