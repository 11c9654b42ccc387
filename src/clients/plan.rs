//! What it takes until a client reaches the homelab: the record on this machine, a key, and the entry in the client's file.

use std::path::{Path, PathBuf};

use homelab_mcp::keys::Scope;
use serde_json::Value;

use super::{Client, Edit, Launch, NotEditable, set_entry};
use crate::{
    config::Config,
    keys::{self, KeyName, Known, Refusal, Wanted},
    secret::Secret,
    step::{Action, Content, Edit as FileEdit, ObjectRef, Plan, Step},
    store::{Connection, Store},
};

/// What this machine has, and what the server said about it.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The client's file: where it is, what it says, its mode.
    pub file: &'a Path,
    pub text: Option<&'a str>,
    pub mode: u32,
    pub connection: Option<&'a Connection>,
    pub ca: Piece,
    pub key: Piece,
}

/// A piece of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    Missing,
    /// It is there, and nothing speaks against it.
    Here,
    /// It is there, and the server does not go with it.
    Refused,
}

impl Seen<'_> {
    /// Whether the cluster has to be asked for something.
    pub fn lacks(&self) -> bool {
        self.ca != Piece::Here || self.key != Piece::Here
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    #[error("{} is left as it is", .file.display())]
    File { file: PathBuf, source: NotEditable },
    #[error(transparent)]
    Key(#[from] Refusal),
}

/// The key that this client uses: the one asked for, else the one that its entry names already, else a new one of its own.
///
/// A name that another machine's key has is not taken: that key stays that machine's.
pub fn key_name(asked: Option<&KeyName>, client: &Client, entry: Option<&Value>, known: Option<&Known>) -> KeyName {
    let named_by_entry = || {
        let arguments = entry?["args"].as_array()?;
        let at = arguments.iter().position(|argument| argument == "--key")?;
        arguments.get(at + 1)?.as_str()?.parse().ok()
    };
    let taken = |name: &KeyName| {
        known.is_some_and(|known| {
            let mut records = known.records.iter().filter(|record| record.name == name.as_str());
            records.any(|record| known.here.get(name.as_str()) != Some(&record.id))
        })
    };
    let own = || {
        let numbered = (2..).map(|number| format!("{}-{number}", client.name));
        let mut names = std::iter::once(client.name.to_owned()).chain(numbered).filter_map(|name| name.parse().ok());
        names.find(|name| !taken(name)).expect("the numbers do not end before the keys do")
    };
    asked.cloned().or_else(named_by_entry).unwrap_or_else(own)
}

/// The entry as it stands in the file.
pub fn entry_in(text: &str, client: &Client, server: &str) -> Option<Value> {
    let whole: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    let servers = client.pointer.iter().try_fold(&whole, |value, key| value.get(key))?;
    servers.get(server).cloned()
}

/// Everything that is missing, the client's file last. `known` is needed where the cluster has to be asked.
pub fn plan(
    config: &Config,
    store: &Store,
    client: &Client,
    launch: &Launch,
    key: &KeyName,
    seen: &Seen<'_>,
    known: Option<&Known>,
) -> Result<Plan, NoPlan> {
    let mut steps = Vec::new();
    let wanted = Connection::of(config);
    if seen.connection != Some(&wanted) {
        let content = Content::Text(wanted.text());
        let edit = FileEdit::Replace { content, mode: 0o600, backup: false };
        steps.push(Step::new(
            "connection",
            "record where the server is",
            Action::Edit { file: store.connection(), edit },
        ));
    }
    if seen.ca != Piece::Here {
        let object = ObjectRef::new("v1", "ConfigMap", Some(config.server.namespace.as_str()), "homelab-ca");
        let edit = FileEdit::Fetch { object, entry: "ca.crt".to_owned(), mode: 0o644 };
        steps.push(Step::new("ca", "fetch the homelab's CA", Action::Edit { file: store.ca(), edit }));
    }
    if let (true, Some(known)) = (seen.key != Piece::Here, known) {
        steps.extend(new_key(config, store, key, known)?);
    }
    steps.extend(edit_file(config, client, launch, seen)?);
    Ok(Plan { steps })
}

/// A key that only reads. One of the same name that ended, or whose hash is this machine's own, makes room first.
fn new_key(config: &Config, store: &Store, key: &KeyName, known: &Known) -> Result<Vec<Step>, Refusal> {
    let mut steps = Vec::new();
    let own = known.here.get(key.as_str());
    let old = known.records.iter().find(|record| record.name == key.as_str() && Some(&record.id) == own);
    let mut left = Known { records: known.records.clone(), unreadable: Vec::new(), here: known.here.clone() };
    if let Some(old) = old {
        steps.extend(keys::revoke(config, store, known, &old.id)?.steps);
        left.records.retain(|record| record.id != old.id);
    }
    let wanted = Wanted { name: key.clone(), scopes: vec![Scope::Read], expires_at: None };
    steps.extend(keys::create(config, store, &left, &wanted)?.steps);
    Ok(steps)
}

fn edit_file(config: &Config, client: &Client, launch: &Launch, seen: &Seen<'_>) -> Result<Option<Step>, NoPlan> {
    let server = config.host.name.as_str();
    let edit = set_entry(seen.text.unwrap_or_default(), client.pointer, server, &(client.entry)(launch))
        .map_err(|source| NoPlan::File { file: seen.file.to_owned(), source })?;
    let Edit::Changed { text, replaced } = edit else { return Ok(None) };
    let verb = if replaced.is_some() { "replace" } else { "add" };
    let title = format!("{verb} {}.{server} in {}'s configuration", client.pointer.join("."), client.about);
    // Other entries may hold other people's secrets: the text is used and not shown.
    let edit = FileEdit::Replace { content: Content::Secret(Secret::new(text)), mode: seen.mode, backup: true };
    Ok(Some(Step::new("entry", title, Action::Edit { file: seen.file.to_owned(), edit })))
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
