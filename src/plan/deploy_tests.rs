//! Plans of releases, from facts made up for each case.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    config::Config,
    manifests::{Controller, Site},
    release::{Head, Outcome, Pinned, State, Whereabouts},
    secret::{Secret, Secrets},
    step::Object,
};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use time::macros::datetime;

fn content(config: &Config, tag: &str) -> Content {
    content_with(config, &Secrets::new(), tag)
}

fn content_with(config: &Config, secrets: &Secrets, tag: &str) -> Content {
    let site = Site { controller: Controller::Traefik, nodes: vec![Ipv4Addr::new(192, 168, 1, 104)] };
    let image = Pinned {
        reference: format!("localhost/homelab-mcp:0.1.0-{tag}"),
        digest: format!("sha256:{tag}"),
        config_digest: None,
    };
    let objects = crate::manifests::render(config, secrets, &site, &image.reference, None);
    Content::new(image, json!({}), objects)
}

fn in_the_lan() -> Whereabouts {
    Whereabouts { own: Some(IpAddr::from([192, 168, 1, 10])), seen_by_host: None }
}

fn wanted(content: Content) -> Wanted {
    let archive = Shipment {
        archive: "/state/image.tar".into(),
        reference: content.image.reference.clone(),
        digest: content.image.digest.clone(),
        bytes: 9_000_000,
    };
    Wanted {
        content,
        kind: Kind::Deploy,
        reason: "deploy".into(),
        who: Who { by: "kim".into(), from: "laptop".into() },
        git: None,
        archive: Some(archive),
        force: false,
        door: Door::of(&Config::default(), in_the_lan()),
        keep: 10,
    }
}

fn release(number: u32, content: &Content, state: State) -> Release {
    let at = datetime!(2026-11-23 12:00 UTC);
    let head = Head {
        version: 1,
        number,
        kind: Kind::Deploy,
        image: content.image.clone(),
        created_at: at,
        reason: "deploy".into(),
        who: Who { by: "kim".into(), from: "laptop".into() },
        git: None,
        content: content.hash(),
        parts: 1,
    };
    Release { head, outcome: Some(Outcome::new(state, at)) }
}

/// A cluster that has this content, proven.
fn running(content: &Content) -> Facts {
    let live = content.objects.iter().map(|object| (Object::new(object.clone()).reference(), object.clone())).collect();
    Facts {
        history: History { releases: vec![release(1, content, State::Proven)] },
        current: Some(content.clone()),
        live,
        recorded: manifests::references(&content.objects),
        held: Some(content.image.digest.clone()),
        serving: 1,
        ..Facts::default()
    }
}

fn titles(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.id.as_str()).collect()
}

#[test]
fn a_first_release_does_everything_and_watches_nothing() {
    insta::assert_snapshot!(plan(&wanted(content(&Config::default(), "aaaa")), &Facts::default()).unwrap());
}

#[test]
fn nothing_to_do_is_no_step_at_all() {
    let content = content(&Config::default(), "aaaa");
    assert_eq!(plan(&wanted(content.clone()), &running(&content)).unwrap(), Plan::default());
}

#[test]
fn an_update_watches_while_it_switches() {
    let (old, new) = (content(&Config::default(), "aaaa"), content(&Config::default(), "bbbb"));
    let facts = Facts { held: None, ..running(&old) };
    let ids = ["send", "claim", "mint", "watch", "apply", "roll", "prove", "attack", "close", "proven"];
    assert_eq!(titles(&plan(&wanted(new), &facts).unwrap()), ids);
}

#[test]
fn force_makes_a_release_although_nothing_changed() {
    let content = content(&Config::default(), "aaaa");
    let forced = Wanted { force: true, ..wanted(content.clone()) };
    assert!(titles(&plan(&forced, &running(&content)).unwrap()).contains(&"roll"));
}

#[test]
fn what_somebody_changed_by_hand_is_put_right() {
    let content = content(&Config::default(), "aaaa");
    let mut facts = running(&content);
    let ingress = facts.live.keys().find(|object| object.kind == "Ingress").cloned().unwrap();
    facts.live.get_mut(&ingress).unwrap()["metadata"]["annotations"] = json!({});
    let wanted = wanted(content);
    assert!(differences(&wanted, &facts)[0].starts_with("Ingress mcp-system/homelab-mcp: metadata.annotations."));
    assert!(!plan(&wanted, &facts).unwrap().is_empty());
}

#[test]
fn a_killed_run_is_marked_and_its_key_removed_even_if_nothing_else_is_to_do() {
    let content = content(&Config::default(), "aaaa");
    let mut facts = running(&content);
    facts.history.releases.insert(0, release(2, &content, State::Started));
    facts.leftovers = vec!["0123abcd.json".into()];
    assert_eq!(titles(&plan(&wanted(content), &facts).unwrap()), ["abandon", "sweep"]);
}

#[test]
fn the_number_of_pods_is_handed_over_before_it_is_left_out() {
    let mut fixed = Config::default();
    fixed.server.autoscaling.enabled = false;
    let (fixed, scaled) = (content(&fixed, "aaaa"), content(&Config::default(), "aaaa"));
    let facts = Facts { own_replicas: Some(2), ..running(&fixed) };
    let steps = plan(&wanted(scaled.clone()), &facts).unwrap();
    let ids = titles(&steps);
    let at = |id| ids.iter().position(|one| *one == id).unwrap();
    assert!(at("hand-over") < at("apply"), "{ids:?}");
    let back = plan(&wanted(fixed), &running(&scaled)).unwrap();
    let ids = titles(&back);
    let at = |id| ids.iter().position(|one| *one == id).unwrap();
    assert!(at("apply") < at("unscale") && at("unscale") < at("roll"), "{ids:?}");
}

#[test]
fn objects_that_a_release_does_not_have_go_and_volumes_stay() {
    let (old, mut new) = (content(&Config::default(), "aaaa"), content(&Config::default(), "bbbb"));
    new.objects.retain(|object| object["kind"] != "PersistentVolumeClaim" && object["kind"] != "PodDisruptionBudget");
    let steps = plan(&wanted(new), &running(&old)).unwrap();
    let remove = steps.steps.iter().find(|step| step.id == "remove").unwrap();
    insta::assert_snapshot!(remove.action, @"delete   PodDisruptionBudget mcp-system/homelab-mcp");
}

#[test]
fn a_claim_that_exists_is_not_applied_again() {
    let (old, mut grown) = (content(&Config::default(), "aaaa"), Config::default());
    grown.server.storage = "2Gi".parse().unwrap();
    let steps = plan(&wanted(content(&grown, "bbbb")), &running(&old)).unwrap();
    let apply = steps.steps.iter().find(|step| step.id == "apply").unwrap();
    assert!(!apply.action.to_string().contains("PersistentVolumeClaim"), "{}", apply.action);
}

#[test]
fn an_image_comes_from_here_or_from_the_hosts_archive_or_not_at_all() {
    let (old, new) = (content(&Config::default(), "aaaa"), content(&Config::default(), "bbbb"));
    let rollback = Wanted { archive: None, kind: Kind::Rollback { to: 1 }, ..wanted(new) };
    let facts = Facts { held: None, archived: true, ..running(&old) };
    assert_eq!(titles(&plan(&rollback, &facts).unwrap())[0], "restore");
    let facts = Facts { archived: false, ..facts };
    assert_eq!(plan(&rollback, &facts), Err(Impossible::NoImage("localhost/homelab-mcp:0.1.0-bbbb".into())));
}

/// The content with one credential.
fn holding(value: &str) -> Content {
    let mut config = Config::default();
    config.server.secrets.insert("nas".parse().unwrap(), serde_json::from_value(json!({"env": "NAS"})).unwrap());
    content_with(&config, &[("nas".parse().unwrap(), Secret::new(value))].into(), "aaaa")
}

#[test]
fn a_credential_is_nowhere_to_be_read() {
    let (old, new) = (holding("Tr0ub4dor&3"), holding("correct horse"));
    let facts = running(&old);
    let plan = plan(&wanted(new.clone()), &facts).unwrap();
    let changes = crate::release::changes(&old.objects, &new.objects);
    let said = [
        serde_json::to_string_pretty(&plan).unwrap(),
        plan.to_string(),
        changes.iter().map(ToString::to_string).collect(),
        differences(&wanted(new.clone()), &facts).join("\n"),
        manifests::to_yaml(&new.objects),
    ]
    .join("\n");
    assert!(said.contains("homelab-mcp-secrets") && said.contains("/data/nas"), "{said}");
    for value in ["Tr0ub4dor&3", "correct horse"] {
        for form in [value.to_owned(), crate::step::encode(value)] {
            assert!(!said.contains(&form), "{form} is in:\n{said}");
        }
    }
}

#[test]
fn another_value_is_another_release_and_the_old_one_comes_back_whole() {
    let (old, new) = (holding("Tr0ub4dor&3"), holding("correct horse"));
    let plan = plan(&wanted(new.clone()), &running(&old)).unwrap();
    let secret = |content: &Content| {
        let found = content.objects.iter().find(|object| object["kind"] == "Secret").unwrap();
        Object::new(found.clone()).reference()
    };
    let remove = plan.steps.iter().find(|step| step.id == "remove").unwrap();
    assert_eq!(remove.action, Action::Delete { objects: vec![secret(&old)] });
    // the record is what a rollback reads
    let back = Content::parse(&old.bytes()).unwrap();
    let plan = super::plan(&wanted(back), &running(&new)).unwrap();
    let apply = plan.steps.iter().find(|step| step.id == "apply").unwrap();
    assert!(apply.action.to_string().contains(&secret(&old).to_string()), "{}", apply.action);
}
