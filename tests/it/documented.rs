//! What docs/ shows of the public interfaces is what the program reads and writes.

use homelabctl::release::{Head, History, Listing, Outcome};
use homelabctl::status::{Health, Pod, Running, Status};
use serde_json::Value;

use crate::repository::{files_with, text};

/// The JSON blocks of a page.
fn examples(page: &str) -> Vec<Value> {
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.map(|block| serde_json::from_str(block).unwrap_or_else(|error| panic!("{error} in\n{block}"))).collect()
}

#[test]
fn every_example_is_json_with_a_version() {
    for file in files_with(".md").iter().filter(|file| file.path.starts_with("docs/")) {
        for example in examples(&file.text) {
            assert_eq!(example["version"], 1, "{}: {example}", file.path);
        }
    }
}

#[test]
fn the_release_record_is_as_documented() {
    let [list, head, outcome] = &examples(&text("docs/releases.md"))[..] else { panic!("three examples") };
    let read: Head = serde_json::from_value(head.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), *head);
    let read: Outcome = serde_json::from_value(outcome.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), *outcome);

    let (head, outcome) = (head.to_string(), outcome.to_string());
    let history = History::read([head.as_bytes()], [(2, outcome.as_bytes())]).unwrap();
    let listed = serde_json::to_value(Listing::of(&history)).unwrap();
    assert_eq!(listed["releases"][0], list["releases"][0]);
    assert_eq!(keys(&listed), keys(list));
    assert_eq!(keys(&listed["releases"][0]), keys(&list["releases"][1]));
}

#[test]
fn the_status_is_as_documented() {
    let page = text("docs/exit-codes.md");
    let [_, documented] = &examples(&page)[..] else { panic!("two examples") };
    let pod = &documented["pods"][0];
    let words = |value: &Value| value.as_str().map(str::to_owned);
    let status = Status {
        version: 1,
        url: words(&documented["url"]).unwrap(),
        address: words(&documented["address"]).unwrap(),
        release: Some(Running { number: 2, image: words(&documented["release"]["image"]).unwrap(), newer: None }),
        pods: vec![Pod {
            name: words(&pod["name"]).unwrap(),
            ready: true,
            phase: "Running".to_owned(),
            restarts: 0,
            address: words(&pod["address"]),
            node: words(&pod["node"]),
        }],
        certificate_days_left: Some(396),
        health: Health { ok: true, why: None },
    };
    assert_eq!(serde_json::to_value(&status).unwrap(), *documented);
}

fn keys(object: &Value) -> Vec<&String> {
    object.as_object().unwrap().keys().collect()
}
