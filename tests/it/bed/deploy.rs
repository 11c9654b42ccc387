//! Releases on a bed: made, proven, taken back when they fail, brought back whole.

use std::os::unix::fs::PermissionsExt;

use homelab::bed::Sudo;
use serde_json::Value;

use super::{
    credentials, images,
    world::{World, timed},
};

fn releases(world: &World) -> Vec<Value> {
    let answer = world.homelabctl(&["releases", "--output", "json"]).with(0).json();
    assert_eq!(answer["version"], 1);
    answer["releases"].as_array().unwrap().clone()
}

/// The status of an answer, whatever it is.
fn status_of(world: &World, place: &str, url: &str, key: Option<&str>) -> String {
    let header = format!("authorization: Bearer {}", key.unwrap_or("none"));
    let address = if url.starts_with("https") { "443" } else { "80" };
    let resolve = format!("mcp.homelab.local:{address}:192.168.1.200");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let argv = [
        "curl",
        "-sk",
        "--max-time",
        "10",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "--resolve",
        &resolve,
        "-H",
        &header,
        "-H",
        "content-type: application/json",
        "-H",
        "accept: application/json, text/event-stream",
        "-H",
        "mcp-protocol-version: 2026-07-28",
        "-H",
        "mcp-method: tools/list",
        "-d",
        body,
        url,
    ];
    let command = if place == "outside" { world.bed.outside(argv) } else { world.bed.laptop(argv) };
    let output = command.unwrap().output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

const MCP: &str = "https://mcp.homelab.local/mcp";

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn releases_are_proven_taken_back_and_brought_back() {
    let world = World::bare("t-deploy", Sudo::Free);
    world.homelabctl(&["setup", "--yes"]).with(0);
    world.homelabctl(&["update", "--yes", "--image", "x"]).saying(1, &["nothing to update", "homelabctl deploy"]);
    world.homelabctl(&["rollback", "--yes"]).saying(1, &["no earlier proven release"]);
    first(&world);
    nothing_to_do(&world);
    a_long_build_keeps_the_connection(&world);
    shut_to_strangers(&world);
    a_way_in_that_hides_addresses(&world);
    from_elsewhere(&world);
    let (kept, revoked) = keys(&world);
    update_and_rollback(&world, &kept, &revoked);
    a_change_by_hand_is_put_right(&world);
    credentials::follow_their_release(&world, &kept);
    image_that_crashes(&world);
    credentials::are_back(&world);
    image_that_is_never_ready(&world);
    an_image_that_was_collected_comes_back(&world);
    uninstalled_but_for_its_data(&world, &kept);
    uninstalled_whole(&world);
}

fn first(world: &World) {
    let image = images::version(world, "1.0.0");
    let words = ["deploy", "--image", &image, "--output", "json"];
    let dry = world.homelabctl(&[&words[..], &["--dry-run"]].concat()).with(3).json();
    let run = world.homelabctl(&[&words[..], &["--yes"]].concat()).with(0).json();
    assert_eq!(dry["plan"], run["plan"], "whole steps, not titles");
    let releases = releases(world);
    assert_eq!(releases.len(), 1);
    assert_eq!((&releases[0]["proven"], &releases[0]["proof"]), (&true.into(), &Value::Null), "nothing to switch from");
    let status = world.homelabctl(&["status", "--output", "json"]).with(0).json();
    assert_eq!((&status["release"]["number"], &status["health"]["ok"]), (&1.into(), &true.into()));
    let logs = world.homelabctl(&["logs", "--tail", "5"]).with(0).stdout;
    assert!(logs.lines().all(|line| line.starts_with("homelab-mcp-")) && !logs.is_empty(), "{logs}");
}

fn nothing_to_do(world: &World) {
    let image = images::version(world, "1.0.0");
    let (writes, files) = (world.writes().len(), world.files());
    world.homelabctl(&["deploy", "--yes", "--image", &image]).saying(0, &["nothing to do"]);
    world.homelabctl(&["deploy", "--dry-run", "--image", &image]).with(0);
    let written = world.writes().split_off(writes);
    assert_eq!(written, Vec::<String>::new());
    assert_eq!(world.files(), files);
    eprintln!("writes of a second deploy: {}", written.len());
}

/// While cargo builds for minutes nobody asks the host anything, and ssh would end after one. Here cargo only takes its time:
/// the program lies ready in a checkout that has nothing else.
fn a_long_build_keeps_the_connection(world: &World) {
    let checkout = world.bed.folder.join("home/checkout");
    let release = checkout.join(format!("target/server/{}-unknown-linux-gnu/release", std::env::consts::ARCH));
    for folder in [checkout.join("server"), release.clone()] {
        std::fs::create_dir_all(folder).unwrap();
    }
    std::fs::write(checkout.join("server/Cargo.toml"), "[package]\nname = \"homelab-mcp\"\n").unwrap();
    std::fs::write(release.join("homelab-mcp"), images::server()).unwrap();
    let metadata = r#"{"packages": [{"name": "homelab-mcp", "version": "3.0.0"}]}"#;
    let cargo = world.bed.folder.join("bin/cargo");
    std::fs::write(&cargo, format!("#!/bin/sh\ncase $1 in metadata) echo '{metadata}' ;; build) sleep 75 ;; esac\n"))
        .unwrap();
    std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();
    let (run, seconds) = timed(|| world.homelabctl_in(&checkout, &["deploy", "--dry-run"]));
    run.saying(3, &["build the server", "3.0.0"]);
    assert!(seconds > 75.0, "it did not wait for this cargo: {seconds:.1} s");
    std::fs::remove_file(cargo).unwrap();
}

fn shut_to_strangers(world: &World) {
    assert_eq!(status_of(world, "outside", "https://mcp.homelab.local/health", None), "403");
    assert_eq!(status_of(world, "outside", MCP, None), "403");
    assert_eq!(status_of(world, "laptop", MCP, None), "401");
    assert_eq!(status_of(world, "laptop", "http://mcp.homelab.local/mcp", None), "404", "port 80 serves nothing");
    assert_eq!(status_of(world, "laptop", "https://mcp.homelab.local/readyz", None), "404", "only what clients need");
}

/// Somebody set the ingress Service back: every client looks like the node, and the node is in the LAN.
fn a_way_in_that_hides_addresses(world: &World) {
    let cluster = r#"{"spec":{"externalTrafficPolicy":"Cluster"}}"#;
    world.kubectl(&["-n", "ingress", "patch", "service", "traefik", "-p", cluster]).with(0);
    let image = images::version(world, "1.0.0");
    let pods = world.kubectl(&["-n", "mcp-system", "get", "pods", "-o", "name"]).with(0).stdout;
    world
        .homelabctl(&["deploy", "--yes", "--force", "--image", &image])
        .saying(1, &["before anything was changed", "our address is 192.168.1.10", "help: homelabctl setup"]);
    assert_eq!(world.kubectl(&["-n", "mcp-system", "get", "pods", "-o", "name"]).with(0).stdout, pods);
    world.homelabctl(&["setup", "--yes"]).with(0);
}

/// From a machine that the allow-list refuses, the gate's calls go from the host, and the record says so.
fn from_elsewhere(world: &World) {
    world.outside(&["homelabctl", "status"]).with(0);
    let image = images::version(world, "1.0.0");
    let run = ["homelabctl", "deploy", "--yes", "--force", "--image", &image, "--output", "json"];
    let plan = world.outside(&run).with(0).json()["plan"]["steps"].to_string();
    assert!(plan.contains("from the host: this machine is not in the LAN"), "{plan}");
    let newest = &releases(world)[0];
    assert_eq!((&newest["proven"], &newest["proof"]["failed"]), (&true.into(), &0.into()));
    assert_eq!(stood(world, newest), "host");
    assert_eq!(stood(world, releases(world).last().unwrap()), "laptop");
}

/// Where the gate of a release stood, as kubectl reads it.
fn stood(world: &World, release: &Value) -> String {
    let secret = format!("homelab-release-{}-state", release["number"]);
    let path = ["-n", "mcp-system", "get", "secret", &secret, "-o", "go-template={{.data.state | base64decode}}"];
    let state: Value = serde_json::from_str(&world.kubectl(&path).with(0).stdout).unwrap();
    state["proven_from"].as_str().unwrap_or_default().to_owned()
}

/// One key that stays and one that will be revoked.
fn keys(world: &World) -> (String, String) {
    world.homelabctl(&["keys", "create", "doomed"]).with(0);
    let read = |name: &str| {
        let path = world.bed.folder.join("home/.local/state/homelabctl/homelab/keys").join(name);
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    };
    let (kept, doomed) = (read("laptop"), read("doomed"));
    assert!(comes_to(world, &doomed, "200"));
    (kept, doomed)
}

/// Whether calls with the key get this status within seconds, and keep it.
fn comes_to(world: &World, key: &str, status: &str) -> bool {
    (0..20).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(500));
        (0..3).all(|_| status_of(world, "laptop", MCP, Some(key)) == status)
    })
}

fn update_and_rollback(world: &World, kept: &str, doomed: &str) {
    let before = releases(world).len();
    let image = images::version(world, "2.0.0");
    world.homelabctl(&["update", "--yes", "--image", &image, "--reason", "better"]).with(0);
    let list = releases(world);
    assert_eq!((&list[0]["reason"], &list[0]["proof"]["failed"]), (&"better".into(), &0.into()));

    world.homelabctl(&["keys", "revoke", "doomed", "--yes"]).with(0);
    assert!(comes_to(world, doomed, "401"));
    world.homelabctl(&["rollback", "--dry-run"]).saying(3, &["1.0.0", "2.0.0"]);
    world.homelabctl(&["rollback", "--yes"]).with(0);
    let list = releases(world);
    assert_eq!((list.len(), &list[0]["image"]), (before + 2, &list[2]["image"]));
    assert_eq!(list[0]["image_digest"], list[2]["image_digest"]);
    assert!(comes_to(world, doomed, "401"), "a rollback revives no key");
    assert!(comes_to(world, kept, "200"));
    world.homelabctl(&["rollback", "99", "--yes"]).saying(2, &["there is no release 99"]);
}

fn image_that_crashes(world: &World) {
    let image = images::that_crashes(world);
    let before = releases(world);
    world
        .homelabctl(&["update", "--yes", "--image", &image])
        .saying(5, &["no luck today", "crashes", "taken back", "evidence is saved"]);
    let list = releases(world);
    assert_eq!(list.len(), before.len() + 2, "the failed one and its undo");
    assert_eq!((&list[1]["proven"], &list[0]["proven"]), (&false.into(), &true.into()));
    assert_eq!(list[0]["image"], before[0]["image"]);
    assert_eq!(list[0]["proof"]["failed"], 0);
    world.homelabctl(&["status"]).with(0);
    let evidence = world.bed.folder.join("home/.local/state/homelabctl/homelab/evidence");
    let mut files =
        std::fs::read_dir(evidence).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    assert!(files.any(|text| text.contains("no luck today")), "earlier failures have evidence of their own");
}

fn image_that_is_never_ready(world: &World) {
    let image = images::that_never_gets_ready(world);
    world.homelabctl(&["update", "--yes", "--image", &image]).saying(5, &["nothing got better", "taken back"]);
    world.homelabctl(&["status"]).with(0);
}

fn a_change_by_hand_is_put_right(world: &World) {
    let ingress =
        ["-n", "mcp-system", "annotate", "ingress", "homelab-mcp", "traefik.ingress.kubernetes.io/router.middlewares-"];
    world.kubectl(&ingress).with(0);
    let image = images::version(world, "1.0.0");
    world.homelabctl(&["deploy", "--dry-run", "--image", &image]).saying(3, &["not as deployed: Ingress"]);
    world.homelabctl(&["deploy", "--yes", "--image", &image]).with(0);
    assert_eq!(status_of(world, "outside", MCP, None), "403");
}

/// Garbage collection took an image that a rollback needs: the host's archive has it.
fn an_image_that_was_collected_comes_back(world: &World) {
    let number =
        releases(world).iter().find(|one| one["image"].as_str().unwrap().contains("2.0.0")).unwrap()["number"].clone();
    let image =
        releases(world).iter().find(|one| one["number"] == number).unwrap()["image"].as_str().unwrap().to_owned();
    world.host(&["/snap/bin/microk8s", "ctr", "image", "rm", &image]).with(0);
    let back = world.homelabctl(&["rollback", &number.to_string(), "--yes"]);
    back.saying(0, &["from the host's archive", "is proven"]);
}

/// Without its workload but with its data: the history and the keys are there, and a rollback brings the rest back.
fn uninstalled_but_for_its_data(world: &World, kept: &str) {
    world.homelabctl(&["uninstall", "--keep-data", "--yes"]).with(0);
    let left = ["-n", "mcp-system", "get", "deployments,pods,services,ingresses", "-o", "name"];
    assert_eq!(world.kubectl(&left).with(0).stdout, "", "it ends when they are gone");
    world.homelabctl(&["setup", "--yes"]).with(0);
    let proven = releases(world).iter().find(|one| one["proven"] == true).unwrap()["number"].to_string();
    world.homelabctl(&["rollback", &proven, "--yes"]).with(0);
    assert!(comes_to(world, kept, "200"), "the key of earlier is good");
}

fn uninstalled_whole(world: &World) {
    world.homelabctl(&["uninstall", "--yes"]).with(0);
    let images = world.host(&["/snap/bin/microk8s", "ctr", "image", "ls", "-q"]).with(0).stdout;
    assert!(!images.contains("homelab-mcp"), "{images}");
    world.host(&["test", "-e", "/var/lib/homelabctl"]).with(1);
    world.homelabctl(&["uninstall", "--dry-run"]).with(0);
}
