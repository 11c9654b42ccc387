//! What creating and revoking a key does: on the laptop first, in the cluster second, so that a crash leaves an unused file at most.

use std::path::PathBuf;

use homelab_mcp::keys::{Record, SECRET, Scope};
use time::OffsetDateTime;

use super::{KeyName, Known};
use crate::{
    config::Config,
    failure::Failure,
    step::{Action, Content, Edit, Entries, Generate, ObjectRef, Plan, Step},
    store::Store,
};

/// Why a key is not created or revoked. Nothing was touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is a key `{name}` already ({id})")]
    Taken { name: String, id: String },
    #[error("there is no key `{0}`")]
    Unknown(String),
    #[error("several keys are called `{name}`: {}", .ids.join(", "))]
    Ambiguous { name: String, ids: Vec<String> },
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let help = match &refusal {
            Refusal::Taken { name, .. } => {
                format!("revoke it first, or choose another name: homelabctl keys revoke {name}")
            }
            Refusal::Unknown(_) => "see which there are: homelabctl keys list".to_owned(),
            Refusal::Ambiguous { ids, .. } => {
                format!("name it by its id: homelabctl keys revoke {}", ids.first().map_or("ID", String::as_str))
            }
        };
        Self::usage(refusal).help(help)
    }
}

/// The key that a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub name: KeyName,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<OffsetDateTime>,
}

/// Id of the step that makes the key; its outputs are `token`, `id`, `entry` and `record`.
pub const KEY_STEP: &str = "key";

/// The Secret that the server watches.
pub fn secret(config: &Config) -> ObjectRef {
    ObjectRef::new("v1", "Secret", Some(config.server.namespace.as_str()), SECRET)
}

/// Makes the key, saves it here, then writes its hash where the server looks. A file of that name that the cluster does not
/// know is left over from a run that was cut short, so it is replaced.
pub fn create(config: &Config, store: &Store, known: &Known, wanted: &Wanted) -> Result<Plan, Refusal> {
    let name = wanted.name.as_str();
    if let Some(record) = known.records.iter().find(|record| record.name == name) {
        return Err(Refusal::Taken { name: name.to_owned(), id: record.id.clone() });
    }
    let mut scopes = wanted.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let make = Generate::ApiKey { name: name.to_owned(), scopes, expires_at: wanted.expires_at };
    let made = |output: &str| Content::FromStep { step: KEY_STEP.to_owned(), output: output.to_owned() };
    let save = Action::Edit { file: store.key(&wanted.name), edit: Edit::SaveKey(make) };
    let publish =
        Action::Entries(Entries { set: vec![(made("entry"), made("record"))], ..Entries::of(secret(config)) });
    Ok(Plan {
        steps: vec![
            Step::new(KEY_STEP, format!("make the key {name} and save it here"), save),
            Step::new("publish", "let the server know its hash", publish),
        ],
    })
}

/// Takes the record from the server's sight, then the key from this machine. `what` is a name or an id.
pub fn revoke(config: &Config, store: &Store, known: &Known, what: &str) -> Result<Plan, Refusal> {
    let (id, name) = find(known, what)?;
    let remove = Action::Entries(Entries { remove: vec![format!("{id}.json")], ..Entries::of(secret(config)) });
    let mut steps = vec![Step::new("revoke", format!("revoke the key {name} ({id})"), remove)];
    for (file, _) in known.here.iter().filter(|(_, here)| **here == id) {
        let file: PathBuf = store.keys().join(file);
        steps.push(Step::new("forget", "remove it from this machine", Action::Edit { file, edit: Edit::Remove }));
    }
    Ok(Plan { steps })
}

fn find(known: &Known, what: &str) -> Result<(String, String), Refusal> {
    let found: Vec<&Record> = known.records.iter().filter(|record| record.id == what || record.name == what).collect();
    match found.as_slice() {
        [record] => Ok((record.id.clone(), record.name.clone())),
        [] => {
            let unreadable = known.unreadable.iter().find(|(entry, _)| entry.trim_end_matches(".json") == what);
            unreadable
                .map(|_| (what.to_owned(), "that no server understands".to_owned()))
                .ok_or_else(|| Refusal::Unknown(what.to_owned()))
        }
        // An id is unique; so these share a name.
        several => Err(Refusal::Ambiguous {
            name: what.to_owned(),
            ids: several.iter().map(|record| record.id.clone()).collect(),
        }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use std::{collections::BTreeMap, path::Path};
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-23 06:00 UTC);

    fn store() -> Store {
        Store::of(Path::new("/state"), "homelab")
    }

    fn record(id: &str, name: &str) -> Record {
        let token = format!("hlk_{id}_{}", "A".repeat(43)).parse().unwrap();
        Record::new(name, &token, &[Scope::Read], NOW, None)
    }

    fn known(records: &[Record]) -> Known {
        Known {
            records: records.to_vec(),
            unreadable: Vec::new(),
            here: BTreeMap::from([("mac".to_owned(), "0a000001".to_owned())]),
        }
    }

    fn wanted(name: &str) -> Wanted {
        Wanted {
            name: name.parse().unwrap(),
            scopes: vec![Scope::Operate, Scope::Read, Scope::Read],
            expires_at: Some(NOW),
        }
    }

    #[test]
    fn a_key_is_saved_here_before_its_hash_goes_anywhere() {
        let plan = create(&Config::default(), &store(), &known(&[]), &wanted("mac")).unwrap();
        insta::assert_snapshot!(plan, @"
        1. make the key mac and save it here
             save key /state/homelabctl/homelab/keys/mac
        2. let the server know its hash
             set      Secret mcp-system/homelab-mcp-keys: entry of step key
        ");
    }

    #[test]
    fn a_name_is_given_once() {
        let refusal =
            create(&Config::default(), &store(), &known(&[record("0a000001", "mac")]), &wanted("mac")).unwrap_err();
        insta::assert_snapshot!(Failure::from(refusal), @"
        error: there is a key `mac` already (0a000001)
        help: revoke it first, or choose another name: homelabctl keys revoke mac
        ");
    }

    #[test]
    fn a_revoked_key_goes_from_the_cluster_and_then_from_here() {
        let known = known(&[record("0a000001", "mac"), record("0a000002", "guest"), record("0a000003", "guest")]);
        let plan = |what| revoke(&Config::default(), &store(), &known, what);
        insta::assert_snapshot!(plan("mac").unwrap(), @"
        1. revoke the key mac (0a000001)
             remove   Secret mcp-system/homelab-mcp-keys: 0a000001.json
        2. remove it from this machine
             remove   /state/homelabctl/homelab/keys/mac
        ");
        assert_eq!(plan("mac"), plan("0a000001"));
        assert_eq!(plan("0a000002").unwrap().steps.len(), 1, "it does not lie here");
        assert_eq!(plan("kim"), Err(Refusal::Unknown("kim".into())));
        insta::assert_snapshot!(Failure::from(plan("guest").unwrap_err()), @"
        error: several keys are called `guest`: 0a000002, 0a000003
        help: name it by its id: homelabctl keys revoke 0a000002
        ");
    }
}
