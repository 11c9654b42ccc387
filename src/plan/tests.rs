//! What setup and uninstall do about hosts of every kind.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::{
    facts::{
        AddonState, ClusterFacts, HeldAddress, HostFacts, LaptopFacts, Listener, Microk8sFacts, Node, Route, Seen,
    },
    step::{Action, Content, Object, ObjectRef, encode},
    store::Connection,
    tls::{Authority, Constraints, Names},
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-11-23 06:00 UTC);

fn store() -> Store {
    Store::of(Path::new("/state"), "homelab")
}

fn bare() -> Facts {
    Facts {
        host: HostFacts {
            hostname: "homelab".into(),
            architecture: "x86_64".into(),
            memory_mib: 16000,
            disk_free_mib: 50000,
            addresses: vec!["192.168.1.104".parse().unwrap()],
            routes: vec![Route { network: "192.168.1.0/24".parse().unwrap(), device: "eth0".into() }],
            listeners: Some(vec![Listener { port: 22, program: "sshd".into() }]),
            snapd: Some("2.67".into()),
            forward_policy: Some("ACCEPT".into()),
            forwarding: Some(true),
            inotify_instances: 1024,
            archives: false,
            answering: Some(BTreeMap::new()),
        },
        microk8s: None,
        cluster: None,
        laptop: LaptopFacts::default(),
        now: NOW,
    }
}

/// A host on which setup has been done: whatever a bare host's plan applies is there.
fn done(config: &Config) -> Facts {
    let made =
        Authority::create("CA of homelab", &Constraints::of_homelab(&config.server.name, config.network.lan), NOW)
            .unwrap();
    let names = Names::of_server(
        &config.server.name,
        config.network.service_address(),
        config.host.address.parse().ok(),
        config.network.lan,
    );
    let leaf = Authority::load(&made.certificate, &made.key).unwrap().issue(&names, NOW).unwrap();
    let mut cluster = ClusterFacts {
        nodes: vec![Node { name: "homelab".into(), ready: true, version: "v1.36.3".into() }],
        services: vec![HeldAddress {
            service: "ingress/traefik".into(),
            addresses: vec![config.network.service_address()],
        }],
        pools: BTreeMap::from([("default-addresspool".into(), vec![config.network.pool.to_string()])]),
        addons: ADDONS
            .iter()
            .filter(|addon| (addon.wanted)(config))
            .map(|addon| (addon.name.into(), AddonState::Ready))
            .collect(),
        ..ClusterFacts::default()
    };
    for step in setup(config, &bare(), &store()).steps {
        let Action::Apply { objects } = step.action else { continue };
        for object in objects {
            let mut manifest = object.manifest.clone();
            match object.reference().name.as_str() {
                "homelab-ca" if manifest["kind"] == "Secret" => {
                    manifest["data"] = json!({"tls.crt": encode(&made.certificate), "tls.key": encode(&made.key)});
                }
                "homelab-ca" if manifest["kind"] == "ConfigMap" => {
                    manifest["data"] = json!({"ca.crt": made.certificate});
                }
                "homelab-mcp-tls" => {
                    manifest["data"] = json!({"tls.crt": encode(&leaf.certificate), "tls.key": encode(&leaf.key)});
                }
                "homelab-mcp-keys" => manifest["data"] = json!({"0a000001.json": "e30="}),
                "traefik" => {
                    manifest["metadata"]["managedFields"] = json!([{"manager": "homelabctl", "operation": "Apply"}]);
                }
                _ => (),
            }
            if manifest["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "homelabctl" {
                cluster.ours.push(object.reference());
            }
            cluster.objects.insert(object.reference(), Seen(manifest));
        }
    }
    Facts {
        microk8s: Some(Microk8sFacts {
            channel: config.microk8s.channel.to_string(),
            version: "v1.36.3".into(),
            held: true,
            power: Power::On,
            api_server: vec!["--authorization-mode=RBAC,Node".into(), "--advertise-address=192.168.1.104".into()],
            images: Vec::new(),
            installed_by_us: true,
        }),
        cluster: Some(cluster),
        laptop: LaptopFacts {
            image: true,
            connection: Some(Connection::of(config).text()),
            ca: Some(made.certificate),
            keys: BTreeMap::from([("laptop".into(), "0a000001".into())]),
        },
        host: HostFacts { answering: None, ..bare().host },
        ..bare()
    }
}

fn cluster(facts: &mut Facts) -> &mut ClusterFacts {
    facts.cluster.as_mut().unwrap()
}

fn titles(plan: &Plan) -> String {
    plan.steps.iter().map(|step| format!("{}: {}\n", step.id, step.title)).collect()
}

fn conflicts(config: &Config, facts: &Facts) -> String {
    let findings = preflight(config, facts);
    let lines = |kind: &str, list: &[Finding]| {
        list.iter().map(|f| format!("{kind}: {} -> {}\n", f.what, f.cure)).collect::<String>()
    };
    lines("conflict", &findings.conflicts) + &lines("warning", &findings.warnings)
}

#[test]
fn a_bare_host_gets_everything() {
    let config = Config::default();
    insta::assert_snapshot!(setup(&config, &bare(), &store()));
    assert_eq!(conflicts(&config, &bare()), "");
}

#[test]
fn steps_have_ids_of_their_own_and_refer_to_earlier_ones() {
    let plan = setup(&Config::default(), &Facts { host: HostFacts { snapd: None, ..bare().host }, ..bare() }, &store());
    let mut seen: Vec<&str> = Vec::new();
    for step in &plan.steps {
        assert!(!seen.contains(&step.id.as_str()), "{} is there twice", step.id);
        if let Action::Apply { objects } = &step.action {
            for Object { data, .. } in objects {
                for (_, value) in data {
                    if let Content::FromStep { step, .. } = value {
                        assert!(seen.contains(&step.as_str()), "{step} comes later");
                    }
                }
            }
        }
        seen.push(&step.id);
    }
}

#[test]
fn where_all_is_right_nothing_is_done() {
    let config = Config::default();
    let facts = done(&config);
    assert_eq!(titles(&setup(&config, &facts, &store())), "");
    assert_eq!(conflicts(&config, &facts), "");
}

#[test]
fn a_half_installed_host_gets_the_rest() {
    let config = Config::default();
    let mut facts = done(&config);
    facts.microk8s.as_mut().unwrap().held = false;
    facts.laptop = LaptopFacts::default();
    let cluster = cluster(&mut facts);
    cluster.addons.insert("dns".into(), AddonState::Settling("0 of 1 pods available".into()));
    cluster.addons.insert("ingress".into(), AddonState::Partial);
    cluster.addons.insert("metallb".into(), AddonState::Absent);
    cluster.services.clear();
    cluster.objects.retain(|reference, _| {
        !["IPAddressPool", "L2Advertisement", "Service"].contains(&reference.kind.as_str())
            && reference.name != "homelab-mcp-tls"
    });
    insta::assert_snapshot!(titles(&setup(&config, &facts, &store())));
}

#[test]
fn a_stopped_host_is_started_and_looked_at_again() {
    let config = Config::default();
    let mut facts = done(&config);
    facts.cluster = None;
    facts.microk8s.as_mut().unwrap().power = Power::Stopped;
    insta::assert_snapshot!(titles(&setup(&config, &facts, &store())), @"
    start: start MicroK8s
    api: wait for the API server
    system: wait for the cluster's own namespaces
    nodes: wait for the node
    ");
}

#[test]
fn another_pool_is_changed_and_a_foreign_one_is_not_taken_over() {
    let mut config = Config::default();
    let mut facts = done(&config);
    config.network.pool = "192.168.1.220-192.168.1.230".parse().unwrap();
    cluster(&mut facts).foreign = vec!["Deployment media/jellyfin".into()];
    insta::assert_snapshot!(setup(&config, &facts, &store()));

    let pool = ObjectRef::new("metallb.io/v1beta1", "IPAddressPool", Some("metallb-system"), "default-addresspool");
    cluster(&mut facts)
        .objects
        .insert(pool.clone(), Seen(json!({"spec": {"addresses": ["192.168.1.240-192.168.1.250"]}})));
    let plan = setup(&config, &facts, &store());
    let applied = plan.steps.iter().find(|step| step.id == "pool").unwrap();
    let Action::Apply { objects } = &applied.action else { panic!("{applied:?}") };
    let object = objects.iter().find(|object| object.reference() == pool).unwrap();
    assert_eq!(object.manifest["metadata"]["labels"], serde_json::Value::Null);
}

#[test]
fn an_older_microk8s_takes_one_version_at_a_time() {
    let config = Config::default();
    let check = |channel: &str, steps: &str, conflict: &str| {
        let mut facts = done(&config);
        facts.microk8s.as_mut().unwrap().channel = channel.into();
        assert_eq!(titles(&setup(&config, &facts, &store())).lines().next().unwrap_or_default(), steps, "{channel}");
        assert_eq!(conflicts(&config, &facts).trim_end(), conflict, "{channel}");
    };
    check("1.35/stable", "channel: refresh MicroK8s from 1.35/stable to 1.36/stable", "");
    check("1.36/candidate", "channel: refresh MicroK8s from 1.36/candidate to 1.36/stable", "");
    check(
        "1.33/stable",
        "channel: refresh MicroK8s from 1.33/stable to 1.36/stable",
        "conflict: MicroK8s 1.33/stable is installed, and Kubernetes takes one minor version at a time -> set microk8s.channel to 1.34/stable first",
    );
    check(
        "1.37/stable",
        "channel: refresh MicroK8s from 1.37/stable to 1.36/stable",
        "conflict: MicroK8s 1.37/stable is installed, and Kubernetes cannot go back to 1.36/stable -> set microk8s.channel to 1.37/stable",
    );
    check(
        "latest/stable",
        "channel: refresh MicroK8s from latest/stable to 1.36/stable",
        "conflict: MicroK8s follows latest/stable, which moves between versions by itself -> pin it yourself once: sudo snap refresh microk8s --channel=1.36/stable",
    );
}

#[test]
fn an_installation_of_the_persons_own_is_brought_over_with_its_interruptions_named() {
    let config = Config::default();
    let mut facts = done(&config);
    facts.microk8s.as_mut().unwrap().api_server = vec!["--authorization-mode=AlwaysAllow".into()];
    let cluster = cluster(&mut facts);
    cluster.addons.insert("rbac".into(), AddonState::Absent);
    cluster.foreign = vec!["Deployment media/jellyfin".into(), "StatefulSet db/postgres".into()];
    insta::assert_snapshot!(setup(&config, &facts, &store()));
}

#[test]
fn every_conflict_is_named_with_its_cure() {
    let config = Config::default();
    let mut facts = bare();
    facts.host.architecture = "riscv64".into();
    facts.host.hostname = "home_lab".into();
    facts.host.memory_mib = 800;
    facts.host.disk_free_mib = 900;
    facts.host.addresses = vec!["10.0.0.5".parse().unwrap()];
    facts.host.routes.push(Route { network: "10.0.0.0/8".parse().unwrap(), device: "wg0".into() });
    facts.host.listeners =
        Some(vec![Listener { port: 80, program: "nginx".into() }, Listener { port: 16443, program: "k3s".into() }]);
    facts.host.snapd = Some("2.49".into());
    facts.host.forward_policy = Some("DROP".into());
    facts.host.inotify_instances = 64;
    facts.host.forwarding = Some(false);
    facts.host.answering = Some(BTreeMap::from([("192.168.1.203".parse().unwrap(), "02:00:00:00:00:09".into())]));
    insta::assert_snapshot!(conflicts(&config, &facts));

    let mut facts = done(&config);
    let cluster = cluster(&mut facts);
    cluster.services =
        vec![HeldAddress { service: "media/jellyfin".into(), addresses: vec!["192.168.1.200".parse().unwrap()] }];
    cluster.pools.insert("mine".into(), vec!["192.168.1.208/29".into()]);
    insta::assert_snapshot!(conflicts(&config, &facts), @"
    conflict: the Service media/jellyfin holds 192.168.1.200, the address of the MCP server -> set network.service_address to another one of the pool
    conflict: MetalLB gives 192.168.1.208/29 away already, as pool `mine`, which overlaps 192.168.1.200-192.168.1.210 -> set network.pool to another range
    ");
}

#[test]
fn an_uninstall_takes_back_what_is_ours() {
    let config = Config::default();
    let mut facts = done(&config);
    facts.host.archives = true;
    facts.microk8s.as_mut().unwrap().images = vec!["localhost/homelab-mcp:0.1.0-ab12".into()];
    insta::assert_snapshot!(uninstall(&config, &facts, &store(), Keep::Nothing));
    insta::assert_snapshot!(uninstall(&config, &facts, &store(), Keep::Data));
    assert!(uninstall(&config, &bare(), &store(), Keep::Nothing).is_empty());
}

#[test]
fn a_neighbour_keeps_what_it_uses() {
    let config = Config::default();
    let mut facts = done(&config);
    let cluster = cluster(&mut facts);
    cluster.foreign = vec![format!("Deployment {}/neighbour", config.server.namespace)];
    cluster
        .services
        .push(HeldAddress { service: "media/jellyfin".into(), addresses: vec!["192.168.1.201".parse().unwrap()] });
    let plan = uninstall(&config, &facts, &store(), Keep::Nothing).to_string();
    assert!(!plan.contains("IPAddressPool") && !plan.contains("Namespace mcp-system"), "{plan}");
}

#[test]
fn rows_are_unique_and_say_what_they_are_for() {
    for (at, addon) in ADDONS.iter().enumerate() {
        assert!(
            ADDONS[..at].iter().all(|other| other.name != addon.name && other.about != addon.about),
            "{}",
            addon.name
        );
        assert!(!addon.about.is_empty() && !(addon.probes)().is_empty(), "{}", addon.name);
    }
}
