//! Drives a real supervisor over its socket.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::supervisor::Client;

/// The collector waits for every child of the process, so one test has the supervisor for itself.
#[test]
fn services_start_stop_and_are_remembered_when_they_end_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let (socket, failed) = (folder.path().join("run/socket"), folder.path().join("run/failed"));
    let (listen, note) = (socket.clone(), failed.clone());
    let server = thread::spawn(move || serve(&listen, &note, |_| ()));
    while !socket.exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let client = Client::at(&socket);
    let service = |name: &str, script: &str| Service {
        log_path: folder.path().join(format!("log/{name}.log")),
        ..Service::new(name, ["sh", "-c", script])
    };

    let pid = client.start(&service("steady", "echo up; exec sleep 60")).unwrap();
    assert_eq!(client.list().unwrap(), [Status { name: "steady".into(), pid: Some(pid), state: State::Running }]);
    assert!(client.start(&service("steady", "true")).unwrap_err().to_string().contains("runs already"));
    client.stop("steady", Signal::SIGTERM as i32, Duration::from_secs(5)).unwrap();
    assert_eq!(client.list().unwrap()[0].state, State::Stopped);
    assert!(!failed.exists());

    client.start(&service("deaf", "trap '' TERM; while :; do sleep 0.05; done")).unwrap();
    thread::sleep(Duration::from_millis(100));
    client.stop("deaf", Signal::SIGTERM as i32, Duration::from_millis(100)).unwrap();

    client.start(&service("fragile", "echo no such flag >&2; exit 3")).unwrap();
    while client.list().unwrap()[2].state == State::Running {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(fs::read_to_string(&failed).unwrap(), "fragile has ended: exit code 3\n  no such flag\n");
    assert!(client.start(&service("absent", "true").tap_argv(&["/no/such/program"])).is_err());

    client.power_off().unwrap();
    server.join().unwrap().unwrap();
}

impl Service {
    fn tap_argv(mut self, argv: &[&str]) -> Self {
        self.argv = argv.iter().map(|&arg| arg.to_owned()).collect();
        self
    }
}
