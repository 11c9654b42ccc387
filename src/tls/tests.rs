//! What the CA admits, what it signs, and when a leaf is due.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::net::Ipv4Addr;

use time::{Duration, OffsetDateTime, macros::datetime};

use super::*;
use crate::config::Lan;

const NOW: OffsetDateTime = datetime!(2026-11-23 06:00 UTC);
const NAME: &str = "mcp.homelab.local";
const SERVICE: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 200);
const HOST: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 104);

fn lan() -> Lan {
    Lan { address: Ipv4Addr::new(192, 168, 1, 0), prefix: 24 }
}

fn names() -> Names {
    Names::of_server(NAME, SERVICE, Some(HOST), lan())
}

fn authority() -> Authority {
    let made = Authority::create("CA of homelab", &Constraints::of_homelab(NAME, lan()), NOW).unwrap();
    Authority::load(&made.certificate, &made.key).unwrap()
}

fn leaf(authority: &Authority, names: &Names, at: OffsetDateTime) -> Leaf {
    let issued = authority.issue(names, at).unwrap();
    Leaf::read(&issued.certificate, &issued.key).unwrap()
}

#[test]
fn a_new_ca_says_what_it_may_speak_for() {
    let ca = authority();
    insta::assert_json_snapshot!(ca.certificate(), { ".fingerprint" => "[64 hex]" }, @r#"
    {
      "subject": "CA of homelab",
      "issuer": "CA of homelab",
      "names": {
        "dns": [],
        "addresses": []
      },
      "not_before": "2026-11-23T05:00:00Z",
      "not_after": "2036-11-20T06:00:00Z",
      "fingerprint": "[64 hex]",
      "constraints": {
        "dns": [
          "mcp.homelab.local"
        ],
        "networks": [
          "192.168.1.0/24"
        ]
      }
    }
    "#);
}

#[test]
fn a_leaf_is_for_name_service_and_host_and_within_apples_limit() {
    let leaf = leaf(&authority(), &names(), NOW).certificate;
    assert_eq!(leaf.names.texts(), [NAME, "192.168.1.104", "192.168.1.200"]);
    assert_eq!((leaf.not_after - leaf.not_before).whole_days(), LEAF_DAYS);
}

#[test]
fn a_host_outside_of_the_lan_is_not_in_the_leaf() {
    let names = Names::of_server(NAME, SERVICE, Some(Ipv4Addr::new(100, 64, 0, 3)), lan());
    assert_eq!(names.texts(), [NAME, "192.168.1.200"]);
}

#[test]
fn a_leaf_does_not_outlive_its_ca() {
    let ca = authority();
    let late = ca.certificate().not_after - Duration::days(30);
    assert_eq!(leaf(&ca, &names(), late).certificate.not_after, ca.certificate().not_after);
}

#[test]
fn names_outside_of_the_constraints_are_refused_and_the_cure_is_named() {
    let asked = |name: &str, address: Ipv4Addr| Names::of_server(name, address, None, lan());
    let ca = authority();
    let check = |names: Names, expected: &str| {
        let refusal = ca.issue(&names, NOW).unwrap_err();
        assert_eq!(refusal.to_string(), expected);
        assert!(refusal.help().is_some_and(|help| help.contains("tls rotate-ca")));
    };
    let only = "the homelab's CA may speak for mcp.homelab.local, 192.168.1.0/24 only, not for";
    check(asked("bank.example", SERVICE), &format!("{only} bank.example"));
    check(asked("homelab.local", SERVICE), &format!("{only} homelab.local"));
    check(asked("xmcp.homelab.local", SERVICE), &format!("{only} xmcp.homelab.local"));
    check(asked(NAME, Ipv4Addr::new(192, 168, 2, 200)), &format!("{only} 192.168.2.200"));
    assert!(ca.issue(&asked("canary.mcp.homelab.local", SERVICE), NOW).is_ok());
}

#[test]
fn a_foreign_key_is_noticed() {
    let constraints = Constraints::of_homelab(NAME, lan());
    let one = Authority::create("one", &constraints, NOW).unwrap();
    let other = Authority::create("other", &constraints, NOW).unwrap();
    assert!(matches!(Authority::load(&one.certificate, &other.key), Err(Refusal::ForeignKey)));
    assert!(matches!(Authority::load("", &one.key), Err(Refusal::Certificate(Unreadable::NoPem))));
    assert!(matches!(Authority::load(&one.key, &one.key), Err(Refusal::Certificate(Unreadable::OtherBlock(_)))));
}

#[test]
fn a_good_leaf_is_left_alone_and_a_bad_one_says_why() {
    let ca = authority();
    let good = leaf(&ca, &names(), NOW);
    let check = |leaf: Option<&Leaf>, days_later: i64, expected: Option<&str>| {
        let why = due(leaf, ca.certificate(), &names(), NOW + Duration::days(days_later), 30);
        assert_eq!(why.map(|why| why.to_string()).as_deref(), expected);
    };
    check(Some(&good), 0, None);
    check(Some(&good), 366, None);
    check(Some(&good), 367, Some("it expires in 29 days"));
    check(Some(&good), 395, Some("it expires in 1 day"));
    check(Some(&good), 398, Some("it has expired"));
    check(None, 0, Some("there is none"));

    let renamed = Names::of_server("canary.mcp.homelab.local", SERVICE, Some(HOST), lan());
    check(
        Some(&leaf(&ca, &renamed, NOW)),
        0,
        Some(
            "it is for canary.mcp.homelab.local, 192.168.1.104, 192.168.1.200, \
             not for mcp.homelab.local, 192.168.1.104, 192.168.1.200",
        ),
    );

    // The same name on another CA: only the signature tells them apart.
    let foreign = leaf(&authority(), &names(), NOW);
    check(Some(&foreign), 0, Some("it was issued by `CA of homelab`, not by the homelab's CA"));

    let one = ca.issue(&names(), NOW).unwrap();
    let other = ca.issue(&names(), NOW).unwrap();
    check(Some(&Leaf::read(&one.certificate, &other.key).unwrap()), 0, Some("its key does not fit"));
}

#[test]
fn a_key_is_never_printed() {
    let made = Authority::create("CA of homelab", &Constraints::of_homelab(NAME, lan()), NOW).unwrap();
    assert!(!format!("{made:?}").contains("PRIVATE"));
}
