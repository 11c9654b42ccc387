//! The credentials of a release on a bed: mounted, masked, another value another release, brought back with the old one.

use serde_json::Value;

use super::{images, world::World};

const FIRST: &str = "Tr0ub4dor&3 of the NAS";
const SECOND: &str = "correct horse battery";

/// On a deployed world; it ends with the first value deployed. `key` may read.
pub(super) fn follow_their_release(world: &World, key: &str) {
    let home = world.bed.folder.join("home");
    let config = home.join("credentials.yaml");
    std::fs::write(&config, "server: {secrets: {nas: {file: ~/.secrets/nas}}}\n").unwrap();
    let (config, image) = (config.to_str().unwrap(), images::version(world, "1.0.0"));
    let update = ["update", "--config", config, "--image", &image, "--output", "json"];
    let hold = |value: &str| {
        std::fs::create_dir_all(home.join(".secrets")).unwrap();
        std::fs::write(home.join(".secrets/nas"), format!("{value}\n")).unwrap();
    };
    let run = |words: &[&str], code: i32| {
        let ending = world.homelabctl(words).with(code);
        for form in [FIRST, SECOND].into_iter().flat_map(|value| [value.to_owned(), encoded(value)]) {
            assert!(!ending.stdout.contains(&form) && !ending.stderr.contains(&form), "{form} is said");
        }
        ending
    };
    world.homelabctl(&update).saying(2, &["server.secrets.nas: there is no file", "/.secrets/nas"]);

    hold(FIRST);
    run(&[&update[..], &["--dry-run"]].concat(), 3);
    run(&[&update[..], &["--yes"]].concat(), 0);
    let first = mounted(world);
    assert_eq!(first.1, encoded(FIRST));
    is_masked(world, key);

    hold(SECOND);
    run(&[&update[..], &["--yes"]].concat(), 0);
    let second = mounted(world);
    assert_eq!(second.1, encoded(SECOND));
    assert_ne!(first.0, second.0);

    let back = run(&["rollback", "--config", config, "--yes"], 0).stderr;
    assert!(back.contains("~ Secret mcp-system/homelab-mcp-secrets"), "{back}");
    assert_eq!(mounted(world), first, "the old value, although the file has the new one");
}

/// A release without credentials failed, and was taken back.
pub(super) fn are_back(world: &World) {
    assert_eq!(mounted(world).1, encoded(FIRST));
}

fn encoded(value: &str) -> String {
    homelabctl::step::encode(value)
}

/// Name and value of the only Secret of credentials; every pod mounts it.
fn mounted(world: &World) -> (String, String) {
    let list = |kind: &str| -> Vec<Value> {
        let list = world.kubectl(&["-n", "mcp-system", "get", kind, "-o", "json"]).with(0).json();
        list["items"].as_array().unwrap().clone()
    };
    let name = |object: &Value| object["metadata"]["name"].as_str().unwrap().to_owned();
    let secrets: Vec<Value> =
        list("secrets").into_iter().filter(|secret| name(secret).starts_with("homelab-mcp-secrets-")).collect();
    assert_eq!(secrets.len(), 1, "the old one went with the old pods");
    let secret = name(&secrets[0]);
    let pods = list("pods");
    let serving =
        pods.iter().filter(|pod| name(pod).starts_with("homelab-mcp-") && pod["status"]["phase"] == "Running");
    let mut count = 0;
    for pod in serving {
        let volumes = pod["spec"]["volumes"].as_array().unwrap();
        assert!(volumes.iter().any(|volume| volume["secret"]["secretName"] == *secret), "{}", name(pod));
        count += 1;
    }
    assert!(count > 0, "nothing serves");
    (secret, secrets[0]["data"]["nas"].as_str().unwrap().to_owned())
}

/// A pod logs the value; the server, which reads that log, does not say it.
fn is_masked(world: &World, key: &str) {
    let path = "jsonpath={.spec.template.spec.containers[0].image}";
    let image = world.kubectl(&["-n", "mcp-system", "get", "deployment", "homelab-mcp", "-o", path]).with(0).stdout;
    let pod = ["run", "talker", "--image", &image, "--image-pull-policy", "Never", "--restart", "Never", "--"];
    // a word that the program refuses, and repeats
    let words = ["probe", FIRST, "--address", "x", "--until", "x", "--within", "x"];
    world.kubectl(&[&pod[..], &words].concat()).with(0);
    world.kubectl(&["wait", "--for", "jsonpath={.status.phase}=Failed", "pod/talker", "--timeout", "60s"]).with(0);
    assert!(world.kubectl(&["logs", "talker"]).with(0).stdout.contains(FIRST));
    let answer = pod_log(world, key);
    assert!(answer.contains("[masked]` does not begin with https://") && !answer.contains(FIRST), "{answer}");
    world.kubectl(&["delete", "pod", "talker", "--now"]).with(0);
}

fn pod_log(world: &World, key: &str) -> String {
    let key = format!("authorization: Bearer {key}");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pod_logs","arguments":{"namespace":"default","pod":"talker"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"t","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    let mut argv =
        vec!["curl", "-sk", "--max-time", "20", "--resolve", "mcp.homelab.local:443:192.168.1.200", "-d", body];
    let headers = [
        &key,
        "content-type: application/json",
        "accept: application/json, text/event-stream",
        "mcp-protocol-version: 2026-07-28",
        "mcp-method: tools/call",
        "mcp-name: pod_logs",
    ];
    argv.extend(headers.iter().flat_map(|header| ["-H", header]));
    argv.push("https://mcp.homelab.local/mcp");
    world.laptop(&argv).with(0).stdout
}
