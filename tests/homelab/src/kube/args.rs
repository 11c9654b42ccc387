//! Args files: one argument a line, as MicroK8s keeps them in `$SNAP_DATA/args`. They drive the real services.

use anyhow::Result;

use super::{files, paths};

/// The arguments of a file's text: comments and quotes removed, folders filled in, `--key value` as `--key=value`.
pub fn parse(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| line.starts_with('-'))
        .map(|line| {
            let (key, value) = split(line);
            let value = value.map(|value| paths::expand(value.trim_matches(['"', '\''])));
            match value {
                Some(value) => format!("{key}={value}"),
                None => key.to_owned(),
            }
        })
        .collect()
}

/// Replaces the line of `key` or adds one; `None` removes it. Everything else stays as it is.
pub fn with(text: &str, key: &str, value: Option<&str>) -> String {
    let line = value.map(|value| format!("{key}={value}"));
    let mut found = false;
    let mut lines = Vec::new();
    for old in text.lines() {
        if split(old.trim()).0 == key {
            if let (Some(line), false) = (&line, found) {
                lines.push(line.clone());
            }
            found = true;
        } else {
            lines.push(old.to_owned());
        }
    }
    if let (Some(line), false) = (line, found) {
        lines.push(line);
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The value of `key` in a file's text.
pub fn value(text: &str, key: &str) -> Option<String> {
    text.lines()
        .map(|line| split(line.trim()))
        .find(|(found, _)| *found == key)
        .and_then(|(_, value)| value)
        .map(|value| value.trim_matches(['"', '\'']).to_owned())
}

/// The arguments that the file of a service holds now.
pub fn of(service: &str) -> Result<Vec<String>> {
    Ok(parse(&files::read(paths::data(&format!("args/{service}")))?))
}

/// Changes one argument of a service's file; true when that changed the file.
pub fn change(service: &str, key: &str, value: Option<&str>) -> Result<bool> {
    let path = paths::data(&format!("args/{service}"));
    let old = files::read_if_there(&path)?.unwrap_or_default();
    let new = with(&old, key, value);
    if new == old {
        return Ok(false);
    }
    files::write(path, new, 0o660)?;
    Ok(true)
}

fn split(line: &str) -> (&str, Option<&str>) {
    match line.split_once(['=', ' ']) {
        Some((key, value)) => (key, Some(value.trim())),
        None => (line, None),
    }
}

/// The files that a fresh install writes, by name. The data store is etcd where MicroK8s has k8s-dqlite.
pub const DEFAULTS: &[(&str, &str)] = &[
    (
        "containerd",
        "--config ${SNAP_DATA}/args/containerd.toml
--root ${SNAP_COMMON}/var/lib/containerd
--state ${SNAP_COMMON}/run/containerd
--address ${SNAP_COMMON}/run/containerd.sock
",
    ),
    (
        "ctr",
        "--address=${SNAP_COMMON}/run/containerd.sock
--namespace k8s.io
",
    ),
    (
        "etcd",
        "--name=microk8s
--data-dir=${SNAP_DATA}/var/kubernetes/backend
--listen-client-urls=http://127.0.0.1:2379
--advertise-client-urls=http://127.0.0.1:2379
--listen-peer-urls=http://127.0.0.1:2380
--initial-advertise-peer-urls=http://127.0.0.1:2380
--initial-cluster=microk8s=http://127.0.0.1:2380
--logger=zap
--log-level=warn
",
    ),
    (
        "kube-apiserver",
        "--cert-dir=${SNAP_DATA}/certs
--service-cluster-ip-range=10.152.183.0/24
--authorization-mode=AlwaysAllow
--service-account-key-file=${SNAP_DATA}/certs/serviceaccount.key
--client-ca-file=${SNAP_DATA}/certs/ca.crt
--tls-cert-file=${SNAP_DATA}/certs/server.crt
--tls-private-key-file=${SNAP_DATA}/certs/server.key
--kubelet-client-certificate=${SNAP_DATA}/certs/apiserver-kubelet-client.crt
--kubelet-client-key=${SNAP_DATA}/certs/apiserver-kubelet-client.key
--kubelet-certificate-authority=${SNAP_DATA}/certs/ca.crt
--kubelet-preferred-address-types=InternalIP,Hostname,InternalDNS,ExternalDNS,ExternalIP
--secure-port=16443
--etcd-servers=\"http://127.0.0.1:2379\"
--allow-privileged=true
--service-account-issuer='https://kubernetes.default.svc'
--service-account-signing-key-file=${SNAP_DATA}/certs/serviceaccount.key
--event-ttl=5m
--profiling=false

# Enable the aggregation layer
--requestheader-client-ca-file=${SNAP_DATA}/certs/front-proxy-ca.crt
--requestheader-allowed-names=front-proxy-client
--requestheader-extra-headers-prefix=X-Remote-Extra-
--requestheader-group-headers=X-Remote-Group
--requestheader-username-headers=X-Remote-User
--proxy-client-cert-file=${SNAP_DATA}/certs/front-proxy-client.crt
--proxy-client-key-file=${SNAP_DATA}/certs/front-proxy-client.key
#~Enable the aggregation layer
--enable-admission-plugins=EventRateLimit
--admission-control-config-file=${SNAP_DATA}/args/admission-control-config-file.yaml
",
    ),
    (
        "kube-controller-manager",
        "--kubeconfig=${SNAP_DATA}/credentials/controller.config
--service-account-private-key-file=${SNAP_DATA}/certs/serviceaccount.key
--root-ca-file=${SNAP_DATA}/certs/ca.crt
--cluster-signing-cert-file=${SNAP_DATA}/certs/ca.crt
--cluster-signing-key-file=${SNAP_DATA}/certs/ca.key
--use-service-account-credentials
--profiling=false
",
    ),
    (
        "kube-scheduler",
        "--kubeconfig=${SNAP_DATA}/credentials/scheduler.config
--profiling=false
",
    ),
    (
        "kubelet",
        "--kubeconfig=${SNAP_DATA}/credentials/kubelet.config
--cert-dir=${SNAP_DATA}/certs
--client-ca-file=${SNAP_DATA}/certs/ca.crt
--anonymous-auth=false
--root-dir=${SNAP_COMMON}/var/lib/kubelet
--fail-swap-on=false
--eviction-hard=\"memory.available<100Mi,nodefs.available<1Gi,imagefs.available<1Gi\"
--container-runtime-endpoint=unix://${SNAP_COMMON}/run/containerd.sock
--node-labels=\"microk8s.io/cluster=true,node.kubernetes.io/microk8s-controlplane=microk8s-controlplane\"
--authentication-token-webhook=true
--read-only-port=0
--serialize-image-pulls=false
",
    ),
    (
        "kube-proxy",
        "--kubeconfig=${SNAP_DATA}/credentials/proxy.config
--cluster-cidr=10.1.0.0/16
--healthz-bind-address=127.0.0.1
--profiling=false
",
    ),
    ("kubectl", ""),
    (
        "cluster-agent",
        "--bind=0.0.0.0:25000
--timeout=240
",
    ),
    (
        "admission-control-config-file.yaml",
        "apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: EventRateLimit
    path: eventconfig.yaml
",
    ),
    (
        "eventconfig.yaml",
        "apiVersion: eventratelimit.admission.k8s.io/v1alpha1
kind: Configuration
limits:
  - type: Server
    qps: 5000
    burst: 20000
",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_arguments() {
        let text = "# a comment\n--cert-dir=${SNAP_DATA}/certs\n\n--namespace k8s.io\n--issuer='https://x'\n--flag\n";
        assert_eq!(
            parse(text),
            ["--cert-dir=/var/snap/microk8s/current/certs", "--namespace=k8s.io", "--issuer=https://x", "--flag"]
        );
    }

    #[test]
    fn one_argument_changes_and_the_rest_stays() {
        let text = "# why\n--a=1\n--ab=2\n";
        assert_eq!(with(text, "--a", Some("3")), "# why\n--a=3\n--ab=2\n");
        assert_eq!(with(text, "--c", Some("4")), "# why\n--a=1\n--ab=2\n--c=4\n");
        assert_eq!(with(text, "--a", None), "# why\n--ab=2\n");
        assert_eq!(with("--a 1\n", "--a", Some("2")), "--a=2\n");
        assert_eq!(value(text, "--ab").as_deref(), Some("2"));
    }
}
