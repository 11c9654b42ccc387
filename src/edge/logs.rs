//! Logs of all replicas as they come.

use super::{cluster::Cluster, pods};
use anyhow::Context as _;
use futures::{AsyncBufReadExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, Client, api::LogParams};
use std::{collections::BTreeSet, time::Duration};
use tokio::sync::mpsc;

/// How often new pods are looked for.
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

/// Prints each pod's lines with its name in front; with `follow` it goes on until somebody ends it.
///
/// # Errors
/// There is no pod, or the API server does not answer.
pub async fn print(
    cluster: &Cluster,
    namespace: &str,
    follow: bool,
    tail: u32,
    print: impl Fn(&str),
) -> anyhow::Result<()> {
    let mut pods = names(cluster, namespace).await?;
    anyhow::ensure!(!pods.is_empty(), "there is no pod of the server in {namespace}");
    let (say, mut said) = mpsc::channel::<String>(1024);
    let mut known = BTreeSet::new();
    loop {
        for pod in pods.drain(..).filter(|pod| known.insert(pod.clone())) {
            let (client, namespace, say) = (cluster.patient(), namespace.to_owned(), say.clone());
            tokio::spawn(async move {
                if let Err(error) = stream(client, &namespace, &pod, follow, tail, &say).await {
                    let _ = say.send(format!("{pod}: ({error:#})")).await;
                }
            });
        }
        if !follow {
            break;
        }
        let until = tokio::time::Instant::now() + BETWEEN_LOOKS;
        while let Ok(line) = tokio::time::timeout_at(until, said.recv()).await {
            print(&line.context("the streams ended")?);
        }
        // an API server that is away for a moment ends nothing
        pods = names(cluster, namespace).await.unwrap_or_default();
    }
    drop(say);
    while let Some(line) = said.recv().await {
        print(&line);
    }
    Ok(())
}

async fn names(cluster: &Cluster, namespace: &str) -> anyhow::Result<Vec<String>> {
    Ok(pods::of_server(cluster, namespace).await?.iter().map(|pod| pods::name(pod).to_owned()).collect())
}

async fn stream(
    client: Client,
    namespace: &str,
    pod: &str,
    follow: bool,
    tail: u32,
    say: &mpsc::Sender<String>,
) -> anyhow::Result<()> {
    let api: Api<Pod> = Api::namespaced(client, namespace);
    let wanted = LogParams { follow, tail_lines: Some(i64::from(tail)), ..LogParams::default() };
    let mut lines = api.log_stream(pod, &wanted).await?.lines();
    while let Some(line) = lines.try_next().await? {
        if say.send(format!("{pod}: {line}")).await.is_err() {
            break;
        }
    }
    Ok(())
}
