//! The bed itself, through the library: what it is, what can go wrong in it, and that it leaves nothing.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use homelab::bed::{self, Bed, Options, Power, Sudo};
use homelab::faults::Fault;
use homelab::leftovers::Traces;

/// The driver that this test's beds are made with.
const DRIVER: &str = env!("CARGO_BIN_EXE_homelab");

fn start(name: &str, options: &Options) -> Bed {
    let bed = Bed::named(name).unwrap();
    bed::down(&bed).unwrap();
    bed::up(&bed, &Options { driver: Some(DRIVER.into()), homelabctl: bed::Homelabctl::None, ..options.clone() })
        .unwrap();
    bed
}

/// Standard output and exit code.
fn run(command: anyhow::Result<Command>) -> (String, i32) {
    let output = command.unwrap().stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (text.trim().to_owned(), output.status.code().unwrap_or(-1))
}

fn ssh(bed: &Bed, script: &str) -> (String, i32) {
    run(bed.laptop(["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "henry@192.168.1.104", script]))
}

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_bare_bed_is_a_host_a_laptop_and_an_outside_and_leaves_nothing() {
    let before = Traces::now().unwrap();
    let bed = start("t-bare", &Options { nodes: 2, ..Options::default() });

    // The host as a person meets it.
    assert_eq!(ssh(&bed, "id -un; sudo -n id -un; hostname"), ("henry\nroot\nhomelab".into(), 0));
    assert_eq!(ssh(&bed, "snap list").1, 0);
    assert_eq!(ssh(&bed, "test -e /snap/bin/microk8s").1, 1);
    assert_eq!(run(bed.laptop(["ssh", "henry@192.168.1.101", "hostname"])), ("homelab2".into(), 0));

    // Commands pass through word for word.
    assert_eq!(run(bed.laptop(["bash", "-c", "exit 7"])).1, 7);
    assert_eq!(run(bed.laptop(["no-such-program"])).1, 127);
    assert_eq!(run(bed.laptop(["echo", "--name", "x  y", "-h"])).0, "--name x  y -h");
    let mut child = bed.host(["cat"]).unwrap().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"through").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"through");
    let folder = std::env::current_dir().unwrap();
    assert_eq!(run(bed.laptop(["pwd"])).0, folder.display().to_string());

    // Nothing leads out, and the two networks see each other.
    let connect = |address: &str| format!("exec 3<>/dev/tcp/{address}");
    assert_eq!(run(bed.outside(["bash", "-c", &connect("192.168.1.104/22")])).1, 0);
    assert_eq!(run(bed.laptop(["timeout", "3", "bash", "-c", &connect("1.1.1.1/443")])).1, 1);
    assert_eq!(run(bed.host(["timeout", "3", "bash", "-c", &connect("1.1.1.1/443")])).1, 1);

    // Settings of the kernel are the node's own.
    assert_eq!(run(bed.host(["sysctl", "-w", "vm.overcommit_memory=2", "kernel.panic=77"])).1, 0);
    assert_ne!(std::fs::read_to_string("/proc/sys/kernel/panic").unwrap().trim(), "77");

    // SIGKILL of its first process.
    let first = bed.monitor().unwrap();
    assert!(Command::new("kill").args(["-KILL", &first.to_string()]).status().unwrap().success());
    let until = Instant::now() + Duration::from_secs(10);
    while bed.folder.exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(before.compare(&Traces::now().unwrap(), |name| name == "t-bare"), Vec::<String>::new());
}

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn faults_come_and_go() {
    let bed = start("t-fault", &Options { sudo: Sudo::Password, ..Options::default() });
    assert_ne!(ssh(&bed, "sudo -n id").1, 0);
    assert_eq!(ssh(&bed, "echo homelab | sudo -k -S -p '' id -un"), ("root".into(), 0));

    bed.fault(&Fault::SshRefused).unwrap();
    let (said, code) = ssh(&bed, "true");
    assert!(said.contains("Connection refused"), "{said}");
    assert_eq!(code, 255);
    bed.fault(&Fault::Clear).unwrap();
    assert_eq!(ssh(&bed, "true").1, 0);

    bed.fault(&Fault::SshSlow { by: 100 }).unwrap();
    let start = Instant::now();
    assert_eq!(ssh(&bed, "true").1, 0);
    assert!(start.elapsed() > Duration::from_millis(800), "{:?}", start.elapsed());
    bed.fault(&Fault::Clear).unwrap();

    let words = ["ssh", "henry@192.168.1.104", "sleep 30"];
    let mut long = bed.laptop(words).unwrap().stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    bed.fault(&Fault::SshCut).unwrap();
    assert_eq!(long.wait().unwrap().code(), Some(255));
    assert_eq!(ssh(&bed, "true").1, 0);

    bed.fault(&Fault::DiskFull).unwrap();
    let (said, code) = ssh(&bed, "dd if=/dev/zero of=/home/henry/x bs=1M count=1");
    assert!(code != 0 && said.contains("No space left"), "{said}");
    bed.fault(&Fault::Clear).unwrap();
    assert_eq!(ssh(&bed, "dd if=/dev/zero of=/home/henry/x bs=1M count=1").1, 0);

    bed.fault(&Fault::HostKey).unwrap();
    let (said, code) = ssh(&bed, "true");
    assert!(code == 255 && said.contains("Host key verification failed"), "{said}");
    bed.fault(&Fault::Clear).unwrap();
    assert_eq!(ssh(&bed, "true").1, 0);

    bed.fault(&Fault::Kill { part: "sshd".into() }).unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    assert!(bed.failed(1).unwrap().unwrap().contains("sshd has ended: killed by SIGKILL"));
    assert_eq!(ssh(&bed, "true").1, 0);

    assert_eq!(ssh(&bed, "echo kept > kept").1, 0);
    bed.fault(&Fault::Restart { hard: true }).unwrap();
    assert_eq!(ssh(&bed, "cat kept"), ("kept".into(), 0));
    bed.power(1, Power::Stop).unwrap();
    assert_eq!(ssh(&bed, "true").1, 255);
    bed::down(&bed).unwrap();
}

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn beds_run_side_by_side_and_a_bed_in_another_state_is_refused() {
    let (one, two) = (start("t-one", &Options::default()), start("t-two", &Options::default()));
    assert_eq!(ssh(&one, "echo one > name").1, 0);
    assert_eq!(ssh(&two, "cat name").1, 1);
    assert!(bed::up(&one, &Options::default()).is_ok());
    let other = Options { state: bed::State::Installed, ..Options::default() };
    let refused = format!("{:#}", bed::up(&one, &other).unwrap_err());
    assert!(refused.contains("is up and bare, not installed"), "{refused}");
    assert!(bed::down(&one).unwrap());
    assert!(!bed::down(&one).unwrap());
    assert_eq!(ssh(&two, "true").1, 0);
    bed::down(&two).unwrap();
}

#[test]
#[ignore = "needs the bed: cargo homelab test"]
fn a_cluster_starts_on_a_bare_host_survives_faults_and_a_restart() {
    let bed = start("t-cluster", &Options::default());
    let installed = ssh(&bed, "sudo snap install microk8s --classic --channel=1.36/stable");
    assert_eq!(installed.1, 0, "{}", installed.0);
    let ready = || {
        let (said, code) = ssh(&bed, "sudo /snap/bin/microk8s status --wait-ready --timeout 90 | head -n1");
        assert_eq!((said.as_str(), code), ("microk8s is running", 0), "{:?}", bed.failed(1));
    };
    ready();
    let nodes = || run(bed.laptop(["kubectl", "get", "nodes", "--no-headers", "--request-timeout=20s"]));
    assert!(nodes().0.contains(" Ready "), "{}", nodes().0);
    assert_eq!(bed.failed(1).unwrap(), None);

    bed.fault(&Fault::Api5xx).unwrap();
    assert!(nodes().0.contains("ServiceUnavailable"), "{}", nodes().0);
    bed.fault(&Fault::Clear).unwrap();
    bed.fault(&Fault::ApiGone).unwrap();
    assert!(nodes().0.contains("refused"), "{}", nodes().0);
    bed.fault(&Fault::Clear).unwrap();
    bed.fault(&Fault::ApiSlow { by: 200 }).unwrap();
    let begin = Instant::now();
    assert!(nodes().0.contains(" Ready "), "{}", nodes().0);
    assert!(begin.elapsed() > Duration::from_secs(1));
    bed.fault(&Fault::Clear).unwrap();

    bed.fault(&Fault::Restart { hard: false }).unwrap();
    ready();
    assert!(bed::down(&bed).unwrap());
}
