//! The `microk8s` command of a node.

use std::io::Read as _;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

use super::enable::Verb;
use super::{agent, certs, cluster, enable, inspect, permission, power, snapd, status};
use crate::kube::{args, daemon, files, host, images, paths, services};
use crate::standin::say::{grumble, tell};

const HELP: &str = "Available subcommands are:
	add-node
	config
	ctr
	disable
	enable
	images
	inspect
	join
	kubectl
	leave
	refresh-certs
	remove-node
	start
	status
	stop
	version";

/// Runs `microk8s ARGS`.
#[expect(clippy::needless_pass_by_value, reason = "the arguments of a program are its own")]
pub fn main(args: Vec<String>) -> ExitCode {
    let Some((command, rest)) = args.split_first() else {
        tell!("{HELP}");
        return ExitCode::SUCCESS;
    };
    match command.as_str() {
        "run-daemon" => return run_daemon(rest),
        "help" | "--help" | "-h" => {
            tell!("{HELP}");
            return ExitCode::SUCCESS;
        }
        "version" => return version(),
        _ => (),
    }
    if std::fs::metadata(paths::SNAP_DATA).is_err() {
        grumble!("error: snap \"microk8s\" is not installed");
        return ExitCode::FAILURE;
    }
    // These ask for the password themselves; membership of the group is not enough.
    let with_sudo = ["ctr", "join", "leave", "stop", "start", "inspect", "add-node", "remove-node"];
    if with_sudo.contains(&command.as_str())
        && let Some(code) = permission::through_sudo(&args)
    {
        return code;
    }
    match command.as_str() {
        "start" => return power::start(),
        "stop" => return power::stop(),
        "refresh-certs" => return certs::run(rest),
        "inspect" => return inspect::run(),
        "join" => return cluster::join(rest),
        "leave" => return cluster::leave(),
        _ => (),
    }
    if let Some(code) = permission::refuse_without_access() {
        return code;
    }
    match command.as_str() {
        "ctr" => become_program(images::ctr(), rest),
        "images" => images_command(rest),
        _ if services::is_worker() => worker(),
        "status" => status::run(rest),
        "enable" => enable::run(Verb::Enable, rest),
        "disable" => enable::run(Verb::Disable, rest),
        "config" => config(rest),
        "add-node" => cluster::add_node(rest),
        "remove-node" => cluster::remove_node(rest),
        "kubectl" => kubectl(rest),
        "helm" | "helm3" | "dbctl" | "addons" | "reset" | "istioctl" | "linkerd" | "cilium" => {
            grumble!("microk8s {command} is not part of this homelab");
            ExitCode::FAILURE
        }
        other => {
            grumble!("'{other}' is not a valid MicroK8s subcommand.\n{HELP}");
            ExitCode::FAILURE
        }
    }
}

/// The text goes to stdout and the exit code is 0, whatever was asked.
fn worker() -> ExitCode {
    tell!("This MicroK8s deployment is acting as a node in a cluster.\nPlease use the control plane node.");
    ExitCode::SUCCESS
}

/// What the supervisor starts.
fn run_daemon(args: &[String]) -> ExitCode {
    let name = args.first().map(String::as_str).unwrap_or_default();
    let ended = match name {
        "cluster-agent" => agent::run(),
        name => daemon::run(name),
    };
    match ended {
        Ok(never) => match never {},
        Err(error) => {
            grumble!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn version() -> ExitCode {
    match snapd::state() {
        Ok(state) => {
            if let Some(installed) = state.microk8s {
                tell!("MicroK8s {} revision {}", installed.version, installed.revision);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            grumble!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// With an empty line at the end. The address is `none` where there is no default route.
fn config(args: &[String]) -> ExitCode {
    match files::read(paths::data("credentials/client.config")) {
        Ok(text) => {
            let loopback = args.iter().any(|arg| arg == "-l" || arg == "--use-loopback");
            let address = host::address().map_or("none".to_owned(), |address| address.to_string());
            let text = if loopback { text } else { text.replace("127.0.0.1", &address) };
            tell!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            grumble!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn kubectl(rest: &[String]) -> ExitCode {
    if services::is_stopped() {
        grumble!("microk8s is not running, try microk8s start");
        return ExitCode::FAILURE;
    }
    let mut command = Command::new(paths::part("kubernetes", "kubectl"));
    command.arg(format!("--kubeconfig={}", paths::data("credentials/client.config")));
    become_program(
        args::of("kubectl").map(|more| {
            command.args(more);
            command
        }),
        rest,
    )
}

/// stdin, stdout and the exit code are the program's.
fn become_program(command: anyhow::Result<Command>, args: &[String]) -> ExitCode {
    let error = match command {
        Ok(mut command) => anyhow::Error::from(command.args(args).exec()),
        Err(error) => error,
    };
    grumble!("{error:#}");
    ExitCode::FAILURE
}

/// `images import` answers 0 whether it worked or not, and holds the whole archive in memory (mk#4237, mk#4253).
fn images_command(args: &[String]) -> ExitCode {
    if args.first().map(String::as_str) != Some("import") {
        grumble!("this homelab knows microk8s images import [FILE|-]");
        return ExitCode::FAILURE;
    }
    let address = host::address().map_or("127.0.0.1".to_owned(), |address| address.to_string());
    tell!("Pushing OCI images to {address}:25000");
    if let Err(error) = import(args.get(1).map_or("-", String::as_str)) {
        grumble!("Failed to import images on {address}:25000: {error:#}");
    }
    ExitCode::SUCCESS
}

fn import(file: &str) -> anyhow::Result<()> {
    let mut archive = Vec::new();
    match file {
        "-" => std::io::stdin().read_to_end(&mut archive)?,
        path => std::fs::File::open(path)?.read_to_end(&mut archive)?,
    };
    let mut child =
        images::ctr()?.args(["images", "import", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        std::io::Write::write_all(&mut stdin, &archive)?;
    }
    anyhow::ensure!(child.wait()?.success(), "ctr has failed");
    Ok(())
}
