//! Nodes that join, leave and are removed. Only workers join here: there is one data store.

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{install, launch, power, wire};
use crate::kube::{args, certificates, credentials, files, host, kubectl, paths, services};
use crate::standin::say::{grumble, tell};

const TOKENS: &str = "credentials/cluster-tokens.txt";
pub(super) const PORT: u16 = 25000;

/// What a node that joins says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) token: String,
    node: String,
    addresses: Vec<std::net::IpAddr>,
}

/// What it gets: files of certificates by name, and the arguments of its kubelet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Welcome { certificates: Vec<(String, String)>, kubelet: Vec<(String, String)> },
    Refused(String),
}

/// Why a join did not happen; the exit code tells the kinds apart.
#[derive(Debug)]
pub(super) struct NotJoined {
    pub(super) text: String,
    pub(super) code: u8,
}

/// Remembers a token; without an end it is good for one node.
pub(super) fn keep_token(token: &str, until: Option<i64>) -> Result<()> {
    let path = paths::data(TOKENS);
    let mut text = files::read_if_there(&path)?.unwrap_or_default();
    match until {
        Some(until) => text.push_str(&format!("{token}|{until}\n")),
        None => text.push_str(&format!("{token}\n")),
    }
    files::write(path, text, 0o660)
}

/// True when a token is good now; one without an end is used up by this, whatever happens next.
fn use_token(token: &str, now: i64) -> Result<bool> {
    let path = paths::data(TOKENS);
    let text = files::read_if_there(&path)?.unwrap_or_default();
    let (good, rest) = judge(&text, token, now);
    if rest != text {
        files::write(path, rest, 0o660)?;
    }
    Ok(good)
}

fn judge(text: &str, token: &str, now: i64) -> (bool, String) {
    let mut good = false;
    let mut rest = String::new();
    for line in text.lines() {
        let (name, until) = match line.split_once('|') {
            Some((name, until)) => (name, until.parse::<i64>().ok()),
            None => (line, None),
        };
        let alive = until.is_none_or(|until| until > now);
        if name == token && alive {
            good = true;
        }
        if alive && (name != token || until.is_some()) {
            rest.push_str(line);
            rest.push('\n');
        }
    }
    (good, rest)
}

/// Lets a node in, on the node that it asks.
pub(super) fn admit(request: &Request) -> Answer {
    let welcome = || -> Result<Answer> {
        if !use_token(&request.token, OffsetDateTime::now_utc().unix_timestamp())? {
            return Ok(Answer::Refused("invalid token (500).".into()));
        }
        files::write(paths::data("var/lock/no-cert-reissue"), "", 0o644)?;
        let mut all = vec![("ca.crt".to_owned(), files::read(paths::data("certs/ca.crt"))?)];
        let kubelet = certificates::kubelet(&request.node, &request.addresses);
        let others = certificates::clients().into_iter().filter(|leaf| ["proxy", "calico"].contains(&leaf.file));
        for leaf in others.chain([kubelet]) {
            let (certificate, key) = certificates::sign(&leaf)?;
            all.push((format!("{}.crt", leaf.file), certificate));
            all.push((format!("{}.key", leaf.file), key.serialize_pem()));
        }
        let own = files::read(paths::data("args/kubelet"))?;
        let shared = ["--cluster-domain", "--cluster-dns"];
        let kubelet = shared.iter().filter_map(|key| Some(((*key).to_owned(), args::value(&own, key)?))).collect();
        Ok(Answer::Welcome { certificates: all, kubelet })
    };
    welcome().unwrap_or_else(|error| Answer::Refused(format!("{error:#} (500).")))
}

/// `microk8s join IP:25000/TOKEN/FINGERPRINT --worker`
pub(super) fn join(words: &[String]) -> ExitCode {
    let flag = |name: &str| words.iter().any(|word| word == name);
    let target = words.iter().find(|word| !word.starts_with('-')).map(String::as_str).unwrap_or_default();
    if !flag("--worker") {
        grumble!("this homelab has one control plane: join with --worker");
        return ExitCode::FAILURE;
    }
    match try_join(target, flag("--skip-verify")) {
        Ok(()) => {
            tell!(
                "\nThe node has joined the cluster and will appear in the nodes list in a few seconds.\n\n\
                 This worker node gets automatically configured with the API server endpoints."
            );
            ExitCode::SUCCESS
        }
        Err(why) => {
            tell!("{}", why.text);
            ExitCode::from(why.code)
        }
    }
}

fn try_join(target: &str, skip_verify: bool) -> Result<(), NotJoined> {
    let broken = |error: anyhow::Error| NotJoined { text: format!("{error:#}"), code: 1 };
    let Some((address, token, fingerprint)) = parts(target) else {
        return Err(NotJoined { text: format!("The connection string {target} is not valid."), code: 1 });
    };
    let addresses = host::own_addresses().into_iter().map(Into::into).collect();
    let request = Request { token: token.to_owned(), node: host::name().map_err(broken)?, addresses };
    tell!("Contacting cluster at {}", address.split(':').next().unwrap_or_default());
    match wire::ask(address, if skip_verify { None } else { Some(fingerprint) }, &request)? {
        Answer::Refused(why) => Err(NotJoined { text: format!("Connection failed. {why}"), code: 6 }),
        Answer::Welcome { certificates, kubelet } => become_worker(address, &certificates, &kubelet).map_err(broken),
    }
}

/// `IP:PORT/TOKEN/FINGERPRINT`; only IPv4, as with the real one.
fn parts(target: &str) -> Option<(&str, &str, &str)> {
    let mut pieces = target.split('/');
    let (address, token, fingerprint) = (pieces.next()?, pieces.next()?, pieces.next()?);
    address.parse::<std::net::SocketAddrV4>().is_ok().then_some((address, token, fingerprint))
}

/// The node loses the cluster that it was.
fn become_worker(address: &str, received: &[(String, String)], kubelet: &[(String, String)]) -> Result<()> {
    forget_own_cluster()?;
    for folder in ["certs", "credentials"] {
        files::remove(paths::data(folder))?;
    }
    for (file, text) in received {
        ensure!(!file.contains('/'), "{file} is no file name");
        files::write(paths::data(&format!("certs/{file}")), text, 0o660)?;
    }
    for (key, value) in kubelet {
        args::change("kubelet", key, Some(value))?;
    }
    let labels = "\"microk8s.io/cluster=true,node.kubernetes.io/microk8s-worker=microk8s-worker\"";
    args::change("kubelet", "--node-labels", Some(labels))?;
    let host = address.split(':').next().unwrap_or_default();
    files::write(paths::data("args/apiserver-proxy-endpoint"), format!("{host}:16443\n"), 0o660)?;
    files::write(paths::data("var/lock/clustered.lock"), "", 0o644)?;
    credentials::write_all()?;
    services::start_all()
}

fn forget_own_cluster() -> Result<()> {
    services::stop_all()?;
    power::end_workload();
    power::unmount_below("/var/snap/microk8s")?;
    for path in [
        paths::data("var/kubernetes/backend"),
        paths::common("var/lib/kubelet"),
        paths::data("args/cni-network"),
        paths::data("var/lock/launch-addons.json"),
    ] {
        files::remove(path)?;
    }
    files::remove("/run/homelab/containerd-booted")
}

/// Afterwards it is a fresh cluster of its own.
pub(super) fn leave() -> ExitCode {
    let left = || -> Result<()> {
        if !services::is_worker() {
            bail!("This node is not part of a cluster, or holds the only copy of the Kubernetes database.");
        }
        forget_own_cluster()?;
        files::remove(paths::data("var/lock/clustered.lock"))?;
        let target = fs::read_link(paths::SNAP_DATA).context("no revision is installed")?;
        install::lay_out(target.to_string_lossy().parse()?)?;
        install::configure(&launch::read()?)?;
        services::start_all()
    };
    match left() {
        Ok(()) => {
            tell!("Generating new cluster certificates.\nWaiting for node to start.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            grumble!("{error:#}");
            ExitCode::from(3)
        }
    }
}

/// `microk8s remove-node NAME [--force]`
pub(super) fn remove_node(words: &[String]) -> ExitCode {
    let Some(name) = words.iter().find(|word| !word.starts_with('-')) else {
        grumble!("Usage: microk8s remove-node NODE [--force]");
        return ExitCode::from(2);
    };
    match kubectl::output(&["delete", "node", name]) {
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => {
            tell!("Node {name} does not exist in Kubernetes.");
            ExitCode::FAILURE
        }
    }
}

/// `microk8s add-node [-l SECONDS] [-t TOKEN] [--format F]`
pub(super) fn add_node(words: &[String]) -> ExitCode {
    let value = |flags: [&str; 2]| {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if flags.contains(&word.as_str()) {
                return words.next().cloned();
            }
            if let Some((flag, value)) = word.split_once('=')
                && flags.contains(&flag)
            {
                return Some(value.to_owned());
            }
        }
        None
    };
    let token = value(["-t", "--token"]).unwrap_or_else(new_token);
    if token.len() < 32 {
        tell!("Invalid token size.  It must be 32 characters long.");
        return ExitCode::FAILURE;
    }
    let seconds = value(["-l", "--token-ttl"]).and_then(|text| text.parse::<i64>().ok()).filter(|seconds| *seconds > 0);
    let until = seconds.map(|seconds| OffsetDateTime::now_utc().unix_timestamp() + seconds);
    let shown = || -> Result<String> {
        keep_token(&token, until)?;
        let fingerprint = certificates::fingerprint(&files::read(paths::data("certs/server.crt"))?)?;
        let addresses: Vec<String> = host::own_addresses().iter().map(ToString::to_string).collect();
        Ok(show(&format!("{token}/{fingerprint}"), &addresses, value(["", "--format"]).as_deref()))
    };
    match shown() {
        Ok(text) => {
            tell!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            grumble!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn new_token() -> String {
    use ring::rand::SecureRandom as _;
    let mut bytes = [0; 16];
    match ring::rand::SystemRandom::new().fill(&mut bytes) {
        Ok(()) => hex::encode(bytes),
        Err(_) => String::new(),
    }
}

fn show(check: &str, addresses: &[String], format: Option<&str>) -> String {
    let urls: Vec<String> = addresses.iter().map(|address| format!("{address}:{PORT}/{check}")).collect();
    let lines = |before: &str| urls.iter().map(|url| format!("{before}{url}")).collect::<Vec<_>>().join("\n");
    let first = urls.first().map(String::as_str).unwrap_or_default();
    match format {
        Some("json") => {
            serde_json::to_string_pretty(&serde_json::json!({"token": check, "urls": urls})).unwrap_or_default()
        }
        Some("yaml") => format!("token: {check}\nurls:\n{}", lines("- ")),
        Some("short") => lines("microk8s join "),
        Some("token") => check.split('/').next().unwrap_or_default().to_owned(),
        Some("token-check") => check.to_owned(),
        _ => format!(
            "From the node you wish to join to this cluster, run the following:
microk8s join {first}

Use the '--worker' flag to join a node as a worker not running the control plane, eg:
microk8s join {first} --worker

If the node you are adding is not reachable through the default interface you can use one of the following:
{}",
            lines("microk8s join ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_without_end_is_good_once() {
        assert_eq!(judge("abc\nother|50\n", "abc", 10), (true, "other|50\n".into()));
        assert_eq!(judge("other|50\n", "other", 10), (true, "other|50\n".into()));
        assert_eq!(judge("other|50\n", "other", 60), (false, String::new()));
        assert_eq!(judge("abc\n", "wrong", 10), (false, "abc\n".into()));
    }

    #[test]
    fn a_connection_string_has_three_parts() {
        assert_eq!(parts("192.168.1.104:25000/t/f"), Some(("192.168.1.104:25000", "t", "f")));
        assert_eq!(parts("homelab:25000/t/f"), None);
        assert_eq!(parts("192.168.1.104:25000/t"), None);
    }

    #[test]
    fn json_has_token_and_urls() {
        let text = show("tok/fp", &["192.168.1.104".into()], Some("json"));
        assert_eq!(text, "{\n  \"token\": \"tok/fp\",\n  \"urls\": [\n    \"192.168.1.104:25000/tok/fp\"\n  ]\n}");
    }
}
