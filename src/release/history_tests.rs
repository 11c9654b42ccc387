//! Histories made up for each case.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::super::{Content, Kind, Listing, Pinned, Who};
use super::*;
use crate::proof::Proof;
use serde_json::json;
use time::{OffsetDateTime, macros::datetime};

const NOON: OffsetDateTime = datetime!(2026-11-23 12:00 UTC);

fn pinned(tag: &str) -> Pinned {
    Pinned { reference: format!("localhost/homelab-mcp:{tag}"), digest: format!("sha256:{tag}"), config_digest: None }
}

fn release(number: u32, tag: &str, state: Option<State>) -> Release {
    let content = Content::new(pinned(tag), json!({}), Vec::new());
    let head = Head {
        version: 1,
        number,
        kind: Kind::Deploy,
        image: pinned(tag),
        created_at: NOON,
        reason: "deploy".into(),
        who: Who { by: "kim".into(), from: "laptop".into() },
        git: None,
        content: content.hash(),
        parts: 1,
    };
    Release { head, outcome: state.map(|state| Outcome::new(state, NOON)) }
}

/// Newest first, as the history keeps them.
fn history(releases: &[(u32, &str, Option<State>)]) -> History {
    History { releases: releases.iter().map(|(number, tag, state)| release(*number, tag, *state)).collect() }
}

#[test]
fn records_come_back_as_they_were_written() {
    let mut written = history(&[(2, "b", None), (1, "a", Some(State::Proven))]);
    let proof = Proof { calls: 9, failed: 0, longest_gap_ms: 12, p99_ms: 7 };
    written.releases[1].outcome.as_mut().unwrap().proof = Some(proof);
    let decode = |secret: &serde_json::Value, entry: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.decode(secret["data"][entry].as_str().unwrap()).unwrap()
    };
    let heads: Vec<Vec<u8>> =
        written.releases.iter().map(|one| decode(&one.head.object("mcp-system"), "release")).collect();
    let outcomes: Vec<(u32, Vec<u8>)> = written
        .releases
        .iter()
        .filter_map(|one| {
            Some((one.number(), decode(&one.outcome.as_ref()?.object("mcp-system", one.number()), "state")))
        })
        .collect();
    let read = History::read(
        heads.iter().rev().map(Vec::as_slice),
        outcomes.iter().map(|(number, bytes)| (*number, bytes.as_slice())),
    );
    assert_eq!(read.unwrap(), written);
    insta::assert_snapshot!(String::from_utf8(heads[1].clone()).unwrap(), @r#"{"version":1,"number":1,"kind":"deploy","image":{"reference":"localhost/homelab-mcp:a","digest":"sha256:a"},"created_at":"2026-11-23T12:00:00Z","reason":"deploy","by":"kim","from":"laptop","git":null,"content":"c8703d97644bd1f1","parts":1}"#);
}

#[test]
fn the_newest_proven_release_is_what_ought_to_run() {
    let history = history(&[
        (4, "d", Some(State::Failed)),
        (3, "c", None),
        (2, "b", Some(State::Proven)),
        (1, "a", Some(State::Proven)),
    ]);
    assert_eq!(history.last_proven().map(Release::number), Some(2));
    assert_eq!(history.before_the_last().map(Release::number), Some(1));
    assert_eq!(history.next_number(), 5);
    assert_eq!(history.unfinished(), [3]);
    assert_eq!(History::default().next_number(), 1);
    assert_eq!(History::default().before_the_last(), None);
}

#[test]
fn rolling_back_twice_returns_to_where_one_was() {
    let history =
        history(&[(3, "a", Some(State::Proven)), (2, "b", Some(State::Proven)), (1, "a", Some(State::Proven))]);
    assert_eq!(history.before_the_last().map(Release::number), Some(2));
}

#[test]
fn pruning_keeps_what_the_proven_releases_need() {
    let history = history(&[
        (6, "f", Some(State::Proven)),
        (5, "e", Some(State::Failed)),
        (4, "a", Some(State::Proven)),
        (3, "c", Some(State::Abandoned)),
        (2, "b", Some(State::Proven)),
        (1, "a", Some(State::Proven)),
    ]);
    let numbers = |keep| history.prunable(keep).iter().map(|release| release.number()).collect::<Vec<_>>();
    assert_eq!(numbers(10), Vec::<u32>::new());
    assert_eq!(numbers(5), Vec::<u32>::new());
    assert_eq!(numbers(4), [1]);
    assert_eq!(numbers(3), [3, 2, 1], "a further proven one makes three with 6 and 4");
    let gone = history.prunable(3);
    let names: Vec<String> =
        history.objects_of("mcp-system", &gone, "").iter().map(|object| object.name.clone()).collect();
    assert!(names.contains(&"homelab-release-1".to_owned()) && names.contains(&"homelab-release-3-state".to_owned()));
    let shared = &history.find(4).unwrap().head.content;
    assert!(!names.iter().any(|name| name.contains(shared.as_str())), "release 4 has the same content as 1: {names:?}");
    assert_eq!(history.images_of(&gone, ""), ["localhost/homelab-mcp:b", "localhost/homelab-mcp:c"]);
    assert_eq!(history.images_of(&gone, "localhost/homelab-mcp:b"), ["localhost/homelab-mcp:c"]);
}

#[test]
fn the_list_has_the_published_form() {
    let mut history = history(&[(2, "b", Some(State::Proven)), (1, "a", Some(State::Proven))]);
    history.releases[0].outcome.as_mut().unwrap().proof =
        Some(Proof { calls: 5400, failed: 0, longest_gap_ms: 41, p99_ms: 17 });
    let listing = Listing::of(&history);
    insta::assert_snapshot!(serde_json::to_string_pretty(&listing).unwrap(), @r#"
    {
      "version": 1,
      "releases": [
        {
          "number": 2,
          "image": "localhost/homelab-mcp:b",
          "image_digest": "sha256:b",
          "created_at": "2026-11-23T12:00:00Z",
          "reason": "deploy",
          "proven": true,
          "proof": {
            "calls": 5400,
            "failed": 0,
            "longest_gap_ms": 41,
            "p99_ms": 17
          }
        },
        {
          "number": 1,
          "image": "localhost/homelab-mcp:a",
          "image_digest": "sha256:a",
          "created_at": "2026-11-23T12:00:00Z",
          "reason": "deploy",
          "proven": true,
          "proof": null
        }
      ]
    }
    "#);
    insta::assert_snapshot!(listing, @"
    no.  state      when                  by        calls failed gap p99      image                           reason
      2  proven     2026-11-23T12:00:00Z  kim       5400 0 41 ms 17 ms        homelab-mcp:b                   deploy
      1  proven     2026-11-23T12:00:00Z  kim       -                         homelab-mcp:a                   deploy
    ");
    insta::assert_snapshot!(Listing::of(&History::default()), @"no release yet: homelabctl deploy makes the first");
}
