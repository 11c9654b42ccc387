//! The stand-ins on a real bed, from the bare host to everything Ready and back.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A bed that ends with the test, whatever its outcome.
struct Bed(&'static str);

impl Bed {
    fn up(name: &'static str, nodes: &str) -> Self {
        let bed = Self(name);
        bed.driver(&["up", "--nodes", nodes]).ok();
        bed
    }

    fn driver(&self, args: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homelab"));
        // These tests have no use for homelabctl.
        command.env("HOMELAB_HOMELABCTL", "none");
        Said::of(command.args(["--name", self.0]).args(args))
    }

    /// As root on the host.
    fn host(&self, script: &str) -> Said {
        self.driver(&["host", "--", "bash", "-c", script])
    }

    /// As root on the second host.
    fn second(&self, script: &str) -> Said {
        self.driver(&["host2", "--", "bash", "-c", script])
    }

    fn kubectl(&self, args: &str) -> Said {
        self.host(&format!("/snap/bin/microk8s kubectl {args}"))
    }

    /// Every second until the script succeeds.
    fn until(&self, what: &str, patience: u64, script: &str) {
        let until = Instant::now() + Duration::from_secs(patience);
        loop {
            let said = self.host(script);
            if said.code == 0 {
                return;
            }
            assert!(Instant::now() < until, "{what}: {said:?}\n{:?}", self.driver(&["logs"]));
            thread::sleep(Duration::from_secs(1));
        }
    }

    fn until_all_pods_are_ready(&self, patience: u64) {
        let wait = "/snap/bin/microk8s kubectl wait pod --all --all-namespaces --for=condition=Ready --timeout=2s";
        self.until("all pods Ready", patience, wait);
    }

    /// Lines of the audit log so far.
    fn writes(&self) -> usize {
        self.host("wc -l < /var/log/homelab/audit.log").ok().trim().parse().unwrap()
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        self.driver(&["down"]);
    }
}

#[derive(Debug)]
struct Said {
    out: String,
    err: String,
    code: i32,
}

impl Said {
    fn of(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.stdin(Stdio::null()).output().unwrap();
        Self {
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
            code: status.code().unwrap_or(-1),
        }
    }

    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    #[track_caller]
    fn says(self, code: i32, text: &str) {
        assert!(self.code == code && format!("{}{}", self.out, self.err).contains(text), "{text:?}: {self:?}");
    }
}

#[test]
#[ignore = "starts a bed"]
fn a_bare_host_becomes_a_cluster_with_all_addons_and_bare_again() {
    let bed = Bed::up("standin", "1");
    bed.host("ls /snap/bin/microk8s").says(2, "No such file");
    bed.host("snap list").says(0, "No snaps are installed yet");
    bed.host("snap install microk8s --channel=1.36/stable").says(1, "using classic confinement");
    bed.host("snap install microk8s --classic --channel=1.99/stable").says(1, "is not available on 1.99/stable");
    bed.host("runuser -u henry -- snap install microk8s --classic").says(1, "access denied (try with sudo)");

    // A killed client does not stop snapd.
    let kill = "timeout -s KILL 0.05 snap install microk8s --classic --channel=1.36/stable";
    bed.until("installed", 60, &format!("snap list microk8s || {{ {kill}; false; }}"));
    bed.host("snap install microk8s --classic").says(0, "is already installed");
    bed.host("microk8s status --wait-ready --timeout 180").says(0, "microk8s is running");
    bed.host("runuser -u henry -- /snap/bin/microk8s status").says(1, "Insufficient permissions");
    bed.host("microk8s status --addon rbac").says(0, "disabled");

    for (call, text) in [
        ("hostpath-storage", "Storage will be available soon."),
        ("rbac", "RBAC is enabled"),
        ("ingress", "Traefik ingress controller is enabled"),
        ("metallb 192.168.1.200-192.168.1.210", "MetalLB is enabled"),
        ("metrics-server", "Metrics-Server is enabled"),
    ] {
        bed.host(&format!("microk8s enable {call}")).says(0, text);
    }
    bed.until_all_pods_are_ready(300);
    let serves = "curl -sk -o /dev/null -w '%{http_code}' --max-time 2 https://192.168.1.200/";
    let until = Instant::now() + Duration::from_secs(60);
    while bed.driver(&["laptop", "--", "bash", "-c", serves]).out != "404" {
        assert!(Instant::now() < until, "the ingress does not answer");
        thread::sleep(Duration::from_millis(500));
    }
    bed.until("metrics", 60, "microk8s kubectl top nodes");

    // Arguments of an enabled add-on are ignored, unknown ones differ by how they are named, and nothing is written.
    let writes = bed.writes();
    bed.host("microk8s enable metallb 10.9.9.1-10.9.9.2").says(0, "Addon core/metallb is already enabled");
    bed.host("microk8s enable nonsense").says(1, "was not found in any repository");
    bed.host("microk8s enable core/nonsense").says(0, "Addon core/nonsense not found");
    bed.host("microk8s disable hostpath-storage:x --flag").says(1, "Can't pass string arguments");
    assert_eq!(bed.writes(), writes);
    bed.kubectl("-n metallb-system get ipaddresspools -o jsonpath='{.items[*].spec.addresses}'")
        .says(0, "192.168.1.200-192.168.1.210");

    // Only switched on, and stuck.
    bed.host("mkdir -p /run/homelab/fault; touch /run/homelab/fault/addon-cert-manager");
    bed.host("microk8s enable cert-manager").says(0, "Enabled cert-manager");
    bed.until(
        "a pod that waits for its image",
        60,
        "microk8s kubectl -n cert-manager get pods | grep -E 'ErrImagePull|ImagePullBackOff'",
    );
    bed.host("rm /run/homelab/fault/addon-cert-manager; microk8s disable cert-manager").says(0, "is disabled");

    // Everything comes back with the node.
    bed.driver(&["fault", "restart"]).ok();
    bed.host("microk8s status --wait-ready --timeout 180").says(0, "microk8s is running");
    bed.until_all_pods_are_ready(300);

    bed.host("microk8s stop").says(0, "Stopped.");
    bed.host("microk8s status").says(0, "microk8s is not running, try microk8s start");
    bed.kubectl("get nodes").says(1, "microk8s is not running");
    bed.host("snap remove --purge microk8s").says(0, "microk8s removed");
    bed.host("ls /snap/bin /var/snap; ! pgrep containerd").ok();
    bed.host("microk8s version").says(127, "not found");
}

#[test]
#[ignore = "starts a bed of two nodes"]
fn a_second_node_joins_as_a_worker_and_leaves() {
    let bed = Bed::up("standin2", "2");
    bed.host("snap install microk8s --classic --channel=1.36/stable").ok();
    bed.second("snap install microk8s --classic --channel=1.36/stable").ok();
    for said in [bed.host("microk8s status --wait-ready --timeout 180"), bed.second("microk8s status -w -t 180")] {
        said.says(0, "microk8s is running");
    }
    let target = |token: &str| format!("192.168.1.104:25000/{}", token.trim());
    let good = target(&bed.host("microk8s add-node --format token-check").ok());
    let (_, fingerprint) = good.rsplit_once('/').unwrap();
    bed.second("microk8s join homelab:25000/a/b --worker").says(1, "is not valid");
    bed.second(&format!("microk8s join 192.168.1.104:25000/{}/{fingerprint} --worker", "x".repeat(32)))
        .says(6, "Connection failed. invalid token (500).");
    bed.second(&format!("microk8s join {good}ff --worker")).says(4, "Could not verify the identity");
    bed.second(&format!("microk8s join {good} --worker")).says(0, "The node has joined the cluster");
    bed.until("two nodes", 120, "test $(microk8s kubectl get nodes | grep -c ' Ready ') = 2");
    // Exit code 0, and the text where the answer would be.
    bed.second("microk8s kubectl get nodes").says(0, "This MicroK8s deployment is acting as a node in a cluster.");

    let spec = r#"{"spec":{"nodeName":"homelab2"}}"#;
    bed.kubectl(&format!("run there --image=docker.io/library/busybox:1 --overrides='{spec}' --command -- sleep 600"))
        .ok();
    bed.until("a pod on the second node", 180, "microk8s kubectl wait pod there --for=condition=Ready --timeout=2s");
    bed.kubectl("logs there").ok();
    bed.kubectl("exec there -- true").ok();

    bed.kubectl("delete pod there --wait=false").ok();
    bed.second("microk8s leave").says(0, "Generating new cluster certificates.");
    bed.host("microk8s remove-node homelab2").ok();
    bed.host("microk8s remove-node homelab2").says(1, "does not exist");
    bed.second("microk8s status --wait-ready --timeout 180").says(0, "microk8s is running");
}
