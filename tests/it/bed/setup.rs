//! Setup and uninstall from a bare host on: exact, repeatable, killed anywhere, and good to its neighbours.

use std::collections::BTreeMap;
use std::time::Duration;

use homelab::bed::Sudo;

use super::world::{Step, World, timed};

const NEIGHBOUR: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: media}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: jellyfin, namespace: media}
spec:
  replicas: 1
  selector: {matchLabels: {app: jellyfin}}
  template:
    metadata: {labels: {app: jellyfin}}
    spec:
      containers: [{name: sleep, image: IMAGE, imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: library, namespace: media}
data: {films: many}
";

/// The whole of it on one bed, because a bare host is what takes time.
#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_bare_host_becomes_what_the_dry_run_says_and_a_second_run_writes_nothing() {
    let world = World::bare("t-setup", Sudo::Free);
    let dry = world.homelabctl(&["setup", "--dry-run", "--output", "json"]).with(3).json();
    let (left, others) = staged(&world);
    let (run, seconds) = timed(|| world.homelabctl(&["setup", "--yes", "--output", "json"]).with(0).json());
    assert_eq!(dry["plan"], run["plan"], "whole steps, not titles");
    let steps = run["plan"]["steps"].as_array().unwrap().len();
    eprintln!("setup of a bare host: {steps} steps in {seconds:.1} s");
    assert_eq!(run["done"], steps);

    assert!(!world.files().contains(left), "what a killed run left is swept");
    assert!(others.iter().all(|file| world.files().contains(file)), "what may be in use stays");

    // What a person gets.
    let service = ["-n", "ingress", "get", "service", "traefik", "-o"];
    let address =
        [&service[..], &["jsonpath={.status.loadBalancer.ingress[0].ip} {.spec.externalTrafficPolicy}"]].concat();
    assert_eq!(world.kubectl(&address).with(0).stdout, "192.168.1.200 Local");
    let level =
        ["get", "namespace", "mcp-system", "-o", r"jsonpath={.metadata.labels.pod-security\.kubernetes\.io/enforce}"];
    assert_eq!(world.kubectl(&level).with(0).stdout, "restricted");
    let listed = world.homelabctl(&["keys", "list", "--output", "json"]).with(0).json();
    assert_eq!(listed["keys"][0]["name"], "laptop");
    assert_eq!(world.host(&["snap", "list", "microk8s"]).with(0).stdout.matches("held").count(), 1);

    // A second run.
    let (writes, files) = (world.writes().len(), world.files());
    assert!(writes > 10, "the audit log has what setup wrote: {writes}");
    let again = world.homelabctl(&["setup", "--yes"]).with(0);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    world.homelabctl(&["setup", "--dry-run"]).with(0);
    let written: Vec<String> = world.writes().split_off(writes);
    assert_eq!(written, Vec::<String>::new());
    assert_eq!(world.files(), files);
    eprintln!("writes of the second run: {}", written.len());

    stopped(&world);
    neighbour(&world);
}

/// A staged file of a run that was killed hours ago; and what another run, root or a person may still need.
fn staged(world: &World) -> (&'static str, [&'static str; 3]) {
    let left = "/var/tmp/homelabctl-leftover";
    let [fresh, of_root, note] =
        ["/var/tmp/homelabctl-freshone", "/var/tmp/homelabctl-ofroot00", "/var/tmp/homelabctl-notes-of-mine"];
    world.host(&["touch", "-d", "2 hours ago", left, of_root, note]).with(0);
    world.host(&["touch", fresh]).with(0);
    world.host(&["chown", "henry:", left, fresh, note]).with(0);
    (left, [fresh, of_root, note])
}

/// Somebody stopped MicroK8s: it is started, looked at, and nothing more is to be done.
fn stopped(world: &World) {
    world.host(&["/snap/bin/microk8s", "stop"]).with(0);
    let plan = world.homelabctl(&["setup", "--dry-run"]).with(3).stdout;
    assert!(plan.starts_with("1. start MicroK8s") && !plan.contains("apply"), "{plan}");
    world.homelabctl(&["uninstall", "--dry-run"]).saying(1, &["does not answer", "microk8s start"]);
    world.homelabctl(&["setup", "--yes"]).with(0);
    assert!(world.homelabctl(&["setup", "--yes"]).with(0).stderr.contains("nothing to do"));
}

/// What somebody else runs there lives on through another setup and an uninstall.
fn neighbour(world: &World) {
    let image = ["-n", "ingress", "get", "pods", "-o", "jsonpath={.items[0].spec.containers[0].image}"];
    let image = world.kubectl(&image).with(0).stdout;
    let manifest = world.bed.folder.join("home/neighbour.yaml");
    std::fs::write(&manifest, NEIGHBOUR.replace("IMAGE", &image)).unwrap();
    world.kubectl(&["apply", "-f", manifest.to_str().unwrap()]).with(0);
    let started = ["-n", "media", "get", "pods", "-o", "jsonpath={.items[*].metadata.uid}"];
    let uid = (0..60)
        .find_map(|_| {
            std::thread::sleep(Duration::from_millis(500));
            Some(world.kubectl(&started).stdout).filter(|uid| !uid.is_empty())
        })
        .expect("the neighbour's pod was made");

    // Another pool interrupts it, so `--yes` alone is not enough.
    let config = world.bed.folder.join("home/other-pool.yaml");
    std::fs::write(&config, "version: 1\nnetwork: {pool: 192.168.1.220-192.168.1.230}\n").unwrap();
    let other = ["setup", "--yes", "--config", config.to_str().unwrap()];
    world.homelabctl(&other).saying(2, &["Deployment media/jellyfin", "--allow-disruption"]);
    world.homelabctl(&[&other[..], &["--allow-disruption"]].concat()).with(0);
    let address = ["-n", "ingress", "get", "service", "traefik", "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}"];
    assert_eq!(world.kubectl(&address).with(0).stdout, "192.168.1.220");
    world.homelabctl(&["setup", "--yes", "--allow-disruption"]).with(0);
    assert_eq!(world.kubectl(&address).with(0).stdout, "192.168.1.200");

    let listed = ["get", "ipaddresspools,deployments,daemonsets,ingressclasses", "-A", "-o", "name"];
    let before = world.kubectl(&listed).with(0).stdout;
    let plan = world.homelabctl(&["uninstall", "--dry-run"]).with(3).stdout;
    assert!(plan.contains("Namespace mcp-system") && !plan.contains("media"), "{plan}");
    world.homelabctl(&["uninstall", "--yes"]).with(0);
    assert_eq!(world.kubectl(&started).with(0).stdout, uid, "the neighbour's pod is the same one");
    world.kubectl(&["-n", "media", "get", "configmap", "library"]).with(0);
    let after = world.kubectl(&listed).with(0).stdout;
    let gone: Vec<&str> = before.lines().filter(|line| !after.contains(line)).collect();
    assert_eq!(gone, ["ipaddresspool.metallb.io/default-addresspool"]);
    let ours = [
        "get",
        "namespaces,clusterroles,clusterrolebindings",
        "-l",
        "app.kubernetes.io/managed-by=homelabctl",
        "-o",
        "name",
    ];
    assert_eq!(world.kubectl(&ours).with(0).stdout, "");
    let policy = [
        "-n",
        "ingress",
        "get",
        "service",
        "traefik",
        "-o",
        "jsonpath={.spec.externalTrafficPolicy}{.metadata.annotations.metallb\\.io/loadBalancerIPs}",
    ];
    assert_eq!(world.kubectl(&policy).with(0).stdout, "Cluster");
    world.homelabctl(&["uninstall", "--dry-run"]).with(0);

    // And back again.
    world.homelabctl(&["setup", "--yes", "--allow-disruption"]).with(0);
    assert!(world.homelabctl(&["setup", "--yes"]).with(0).stderr.contains("nothing to do"));
}

/// The person had MicroK8s before, an older one, without RBAC and free to move its API server's address.
#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_microk8s_of_the_persons_own_is_brought_over() {
    let world = World::bare("t-own", Sudo::Free);
    world.host(&["snap", "install", "microk8s", "--classic", "--channel=1.35/stable"]).with(0);
    let run = world.homelabctl(&["setup", "--yes", "--output", "json"]).with(0);
    let ids: Vec<String> = run.json()["plan"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["id"].as_str().unwrap().to_owned())
        .collect();
    for id in ["channel", "hold", "advertise", "enable-rbac", "ca"] {
        assert!(ids.contains(&id.to_owned()), "{id} is not in {ids:?}");
    }
    let arguments = world.host(&["cat", "/var/snap/microk8s/current/args/kube-apiserver"]).with(0).stdout;
    assert!(arguments.contains("--advertise-address=192.168.1.104") && arguments.contains("RBAC"), "{arguments}");
    assert!(world.homelabctl(&["setup", "--yes"]).with(0).stderr.contains("nothing to do"));
}

/// Each run is killed when its first step is done; the next one goes on. So every boundary between two steps is a kill point.
#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn killed_between_any_two_steps_the_next_run_goes_on() {
    let world = World::bare("t-kill", Sudo::Free);
    let mut points: Vec<String> = Vec::new();
    let mut after = 1;
    let last = loop {
        // the file that comes before the installation is written again by every run, so the next step is the one to die after
        let die = format!("HOMELABCTL_DIE_AFTER={after}");
        let run = world.laptop(&["env", &die, "homelabctl", "setup", "--yes", "--allow-disruption"]);
        let point = run.stderr.lines().rev().find_map(|line| line.trim_start().strip_prefix('✓'));
        let Some(point) = point.filter(|_| run.code == 137) else { break run };
        let title = point.split(" (").next().unwrap_or_default().trim().to_owned();
        after = if points.last() == Some(&title) { 2 } else { 1 };
        points.push(title);
        assert!(points.len() < 60, "it never came to an end:\n{}", points.join("\n"));
    };
    assert!(last.with(0).stderr.contains("nothing to do"));
    eprintln!("killed between steps: {} points, converged\n{}", points.len(), points.join("\n"));
    for title in
        ["install MicroK8s", "enable ", "make the homelab's own CA", "make the key laptop", "keep the CA's certificate"]
    {
        assert!(points.iter().any(|point| point.contains(title)), "not after {title}: {points:#?}");
    }
    one_of_everything(&world);
}

/// How long a step is let live the first time; twice as long every time it is met again.
const SHORTEST: Duration = Duration::from_millis(10);
/// Right after a start it takes a while on every machine.
const API: &str = "wait for the API server";

/// Each run is killed inside of a step, until every step came through in its time: all that take longer than the shortest
/// time are killed at least once, long ones at several places unless the host ends them by itself. No count depends on how
/// fast a machine is.
#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn killed_inside_of_a_step_the_next_run_goes_on() {
    let world = World::bare("t-kill-in", Sudo::Free);
    let kills = killed_until_done(&world, |_| true);
    for (title, times) in &kills {
        eprintln!("killed {times} times inside of: {title}");
    }
    eprintln!("killed inside of {} steps, converged", kills.len());
    // these go on for a while by what they are, whatever the machine
    for long in ["install MicroK8s", "enable "] {
        assert!(kills.keys().any(|title| title.starts_with(long)), "{long} was not hit: {kills:#?}");
    }
    one_of_everything(&world);

    // Between two of those runs the API server may have come up by itself; here nothing comes between start and wait.
    world.host(&["/snap/bin/microk8s", "stop"]).with(0);
    let kills = killed_until_done(&world, |title| title == API);
    assert!(kills.contains_key(API), "{kills:#?}");
    one_of_everything(&world);
}

/// Runs setup until a run comes to its end; how many times each step was hit.
fn killed_until_done(world: &World, may_hit: impl Fn(&str) -> bool) -> BTreeMap<String, u32> {
    let mut kills: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..200 {
        let delay = |step: &Step| SHORTEST * 2_u32.pow(kills.get(&step.title).copied().unwrap_or_default());
        let hit = world
            .killed_inside(&["setup", "--yes", "--allow-disruption"], |step| may_hit(&step.title).then(|| delay(step)));
        let Some(step) = hit else { return kills };
        *kills.entry(step.title).or_default() += 1;
    }
    panic!("it never came to an end: {kills:#?}");
}

/// After all that there is one CA, one certificate, one usable key, and nothing to do.
fn one_of_everything(world: &World) {
    world.homelabctl(&["setup", "--yes", "--allow-disruption"]).with(0);
    assert!(world.homelabctl(&["setup", "--yes"]).with(0).stderr.contains("nothing to do"));
    let listed = world.homelabctl(&["keys", "list", "--output", "json"]).with(0).json();
    let usable = listed["keys"].as_array().unwrap().iter().filter(|key| key["here"] == true);
    assert_eq!(usable.count(), 1, "{listed}");
    assert_eq!(listed["keys"].as_array().unwrap().len(), 1, "{listed}");
}
