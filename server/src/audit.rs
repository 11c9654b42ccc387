//! The chain of the audit log: each line holds the hash of the one before, so that one that was removed, changed or moved is found.
//!
//! It cannot find what it never saw: whoever can write the whole log can make another one that is whole in itself. A copy elsewhere,
//! or the last hash of it, tells the two apart.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What tells audit lines from others.
pub const TARGET: &str = "audit";
/// Messages of the first and of the last line of a chain.
pub const BEGIN: &str = "begin";
pub const END: &str = "end";

/// What the first line holds in place of a hash.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Where a chain stands: one for each run of each replica.
#[derive(Clone, Debug)]
pub struct Position {
    chain: String,
    next: u64,
    previous: String,
}

#[derive(Serialize)]
struct Linked<'a, E> {
    #[serde(flatten)]
    entry: &'a E,
    target: &'static str,
    chain: &'a str,
    line: u64,
    previous: &'a str,
}

impl Position {
    pub fn new(chain: String) -> Self {
        Self { chain, next: 1, previous: NOTHING.to_owned() }
    }

    /// The entry as the next line of the chain, without a line feed.
    ///
    /// # Errors
    /// The entry is no JSON object.
    pub fn link(&mut self, entry: &impl Serialize) -> serde_json::Result<String> {
        let linked = Linked { entry, target: TARGET, chain: &self.chain, line: self.next, previous: &self.previous };
        let open = serde_json::to_string(&linked)?;
        let hash = hash(&open);
        let line = format!("{},\"hash\":\"{hash}\"}}", &open[..open.len() - 1]);
        self.next += 1;
        self.previous = hash;
        Ok(line)
    }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// What is wrong at a place of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    Changed(u64),
    Missing {
        from: u64,
        to: u64,
    },
    /// It does not follow the line before it: one of the two comes from somewhere else.
    Unlinked(u64),
    /// It comes again, or after later ones.
    Moved(u64),
}

/// What was found of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    pub name: String,
    pub first: u64,
    pub last: u64,
    /// Its last line says that it is the last.
    pub ended: bool,
    pub breaks: Vec<Break>,
}

impl Chain {
    /// Nothing between its first and its last line here was touched.
    pub fn is_unbroken(&self) -> bool {
        self.breaks.is_empty()
    }

    /// From its first line to its last.
    pub fn is_complete(&self) -> bool {
        self.is_unbroken() && self.first == 1 && self.ended
    }
}

/// A line of a chain, as far as it can be read.
struct Link {
    chain: String,
    line: u64,
    previous: String,
    hash: String,
    is_end: bool,
    is_sound: bool,
}

/// Checks every chain in these lines. Other lines may lie between, and anything may stand in front of the JSON.
pub fn verify<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Chain> {
    let mut chains: BTreeMap<String, (Chain, String)> = BTreeMap::new();
    for link in lines.into_iter().filter_map(read) {
        let Some((chain, last_hash)) = chains.get_mut(&link.chain) else {
            let mut breaks = Vec::new();
            if !link.is_sound {
                breaks.push(Break::Changed(link.line));
            } else if link.line == 1 && link.previous != NOTHING {
                breaks.push(Break::Unlinked(1));
            }
            let chain =
                Chain { name: link.chain.clone(), first: link.line, last: link.line, ended: link.is_end, breaks };
            chains.insert(link.chain, (chain, link.hash));
            continue;
        };
        if link.line <= chain.last {
            chain.breaks.push(Break::Moved(link.line));
            continue;
        }
        if link.line > chain.last + 1 {
            chain.breaks.push(Break::Missing { from: chain.last + 1, to: link.line - 1 });
        } else if link.is_sound && link.previous != *last_hash {
            chain.breaks.push(Break::Unlinked(link.line));
        }
        if !link.is_sound {
            chain.breaks.push(Break::Changed(link.line));
        }
        (chain.last, chain.ended, *last_hash) = (link.line, link.is_end, link.hash);
    }
    chains.into_values().map(|(chain, _)| chain).collect()
}

fn read(line: &str) -> Option<Link> {
    let text = line[line.find('{')?..].trim_end();
    let value: Value = serde_json::from_str(text).ok()?;
    let word = |name: &str| value[name].as_str().map(str::to_owned);
    let (chain, number, hash) = (word("chain")?, value["line"].as_u64()?, word("hash")?);
    let seal = format!(",\"hash\":\"{hash}\"}}");
    // the text itself is what was hashed: another order or another spelling is a change too
    let is_sound = text.strip_suffix(&seal).is_some_and(|open| self::hash(&format!("{open}}}")) == hash);
    let is_end = value["message"] == END;
    Some(Link { chain, line: number, previous: word("previous").unwrap_or_default(), hash, is_end, is_sound })
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(line) => write!(f, "line {line} was changed"),
            Self::Missing { from, to } if from == to => write!(f, "line {from} is missing"),
            Self::Missing { from, to } => write!(f, "lines {from} to {to} are missing"),
            Self::Unlinked(line) => write!(f, "line {line} does not follow the line before it"),
            Self::Moved(line) => write!(f, "line {line} comes again or too late"),
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, first, last, .. } = self;
        write!(f, "{name}: lines {first} to {last}, ")?;
        f.write_str(if self.breaks.is_empty() { "unbroken" } else { "BROKEN" })?;
        if self.first > 1 {
            write!(f, "; what came before is not here")?;
        }
        if !self.ended {
            write!(f, "; the end is not here: it still runs, was killed, or lines are missing")?;
        }
        self.breaks.iter().try_for_each(|broken| write!(f, "\n  {broken}"))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn log() -> Vec<String> {
        let mut position = Position::new("pod-1".into());
        let entries = [BEGIN, "call", "call", "call", END];
        let line = |(at, message): (usize, &&str)| position.link(&json!({"message": message, "at": at})).unwrap();
        entries.iter().enumerate().map(line).collect()
    }

    fn breaks(lines: &[String]) -> Vec<Break> {
        let found = verify(lines.iter().map(String::as_str));
        assert_eq!(found.len(), 1);
        found[0].breaks.clone()
    }

    #[test]
    fn a_log_as_it_was_written_is_complete() {
        let mut lines = log();
        lines.insert(2, r#"{"message":"something else","target":"homelab_mcp"}"#.into());
        lines[1].insert_str(0, "homelab-mcp-6d5f7c9b8-abcde: ");
        lines.push("no JSON { at all".into());
        let found = verify(lines.iter().map(String::as_str));
        assert!(found.len() == 1 && found[0].is_complete(), "{found:?}");
        assert_eq!(found[0].to_string(), "pod-1: lines 1 to 5, unbroken");
    }

    #[test]
    fn what_was_done_to_a_log_is_found() {
        let attacked = |attack: fn(&mut Vec<String>)| {
            let mut lines = log();
            attack(&mut lines);
            breaks(&lines)
        };
        assert_eq!(attacked(|lines| drop(lines.remove(2))), [Break::Missing { from: 3, to: 3 }]);
        assert_eq!(attacked(|lines| drop(lines.drain(1..4))), [Break::Missing { from: 2, to: 4 }]);
        assert_eq!(attacked(|lines| lines[1] = lines[1].replace("\"at\":1", "\"at\":9")), [Break::Changed(2)]);
        assert_eq!(attacked(|lines| lines[1] = lines[1].replace(",\"at\"", ", \"at\"")), [Break::Changed(2)]);
        assert_eq!(attacked(|lines| lines.swap(1, 2)), [Break::Missing { from: 2, to: 2 }, Break::Moved(2)]);
        assert_eq!(attacked(|lines| lines.insert(2, lines[1].clone())), [Break::Moved(2)]);
    }

    /// Whoever changes a line and computes its hash anew breaks the link of the next one.
    #[test]
    fn a_line_that_was_forged_with_its_hash_is_found_by_the_next() {
        let mut lines = log();
        let mut forger = Position::new("pod-1".into());
        forger.next = 3;
        forger.previous = serde_json::from_str::<Value>(&lines[2]).unwrap()["previous"].as_str().unwrap().to_owned();
        lines[2] = forger.link(&json!({"message": "call", "at": "forged"})).unwrap();
        assert_eq!(breaks(&lines), [Break::Unlinked(4)]);
    }

    #[test]
    fn a_cut_beginning_or_end_is_said() {
        let lines = log();
        let found = verify(lines[1..4].iter().map(String::as_str));
        assert!(found[0].breaks.is_empty() && !found[0].is_complete());
        let said = found[0].to_string();
        assert!(said.contains("what came before is not here") && said.contains("the end is not here"), "{said}");
    }

    #[test]
    fn replicas_have_chains_of_their_own() {
        let other: Vec<String> = log().iter().map(|line| line.replace("pod-1", "pod-2")).collect();
        let mixed: Vec<String> = log().into_iter().zip(other).flat_map(|(one, two)| [one, two]).collect();
        let found = verify(mixed.iter().map(String::as_str));
        assert!(found[0].is_complete() && found[1].name == "pod-2" && !found[1].breaks.is_empty(), "{found:?}");
    }
}
