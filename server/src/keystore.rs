//! The API keys that are valid now, kept up to date within seconds.
//!
//! In the cluster the keys' Secret is watched, elsewhere a folder. When looking fails the last known keys
//! stay in force: a lost API server must not lock everybody out, nor let anybody in.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures::StreamExt;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Client,
    runtime::watcher::{self, Event},
};
use tokio::sync::watch;

use crate::keys::{Keyring, Record};

/// The keys as requests see them; `None` until they were read for the first time.
pub(crate) type Keys = watch::Receiver<Option<Arc<Keyring<Arc<Record>>>>>;

type Sender = watch::Sender<Option<Arc<Keyring<Arc<Record>>>>>;

/// A watch is renewed this often, so a connection that died in silence is noticed soon after.
const WATCH_SECONDS: u32 = 20;
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const FOLDER_PAUSE: Duration = Duration::from_millis(500);

/// Where the keys are.
pub(crate) enum Source {
    Secret { client: Client, namespace: String, name: String },
    Folder(PathBuf),
}

/// Starts to look; ends when nobody listens any more.
pub(crate) fn follow(source: Source) -> Keys {
    let (sender, keys) = watch::channel(None);
    tokio::spawn(async move {
        let closed = sender.clone();
        let work = async {
            match source {
                Source::Secret { client, namespace, name } => secret(client, &namespace, &name, &sender).await,
                Source::Folder(path) => folder(&path, &sender).await,
            }
        };
        tokio::select! {
            () = closed.closed() => (),
            () = work => (),
        }
    });
    keys
}

async fn secret(client: Client, namespace: &str, name: &str, sender: &Sender) {
    let api: Api<Secret> = Api::namespaced(client, namespace);
    let config = watcher::Config::default().fields(&format!("metadata.name={name}")).timeout(WATCH_SECONDS);
    let mut events = std::pin::pin!(watcher::watcher(api, config));
    let mut pause = Duration::ZERO;
    let mut seen = false;
    while let Some(event) = events.next().await {
        if event.is_ok() {
            pause = Duration::ZERO;
        }
        match event {
            Ok(Event::Init) => seen = false,
            Ok(Event::InitApply(secret) | Event::Apply(secret)) => {
                seen = true;
                publish(&entries(&secret), sender);
            }
            // The list was empty: there is no Secret, hence no key.
            Ok(Event::InitDone) if !seen => publish(&BTreeMap::new(), sender),
            Ok(Event::InitDone) => {}
            Ok(Event::Delete(_)) => publish(&BTreeMap::new(), sender),
            Err(error) => {
                tracing::warn!(%error, "cannot watch the keys; the last known ones stay in force");
                metrics::counter!("homelab_mcp_key_watch_errors_total").increment(1);
                pause = (pause * 2).clamp(Duration::from_millis(250), LONGEST_PAUSE);
                tokio::time::sleep(pause).await;
            }
        }
    }
}

fn entries(secret: &Secret) -> BTreeMap<String, Vec<u8>> {
    secret.data.iter().flatten().map(|(name, bytes)| (name.clone(), bytes.0.clone())).collect()
}

async fn folder(path: &Path, sender: &Sender) {
    let mut last = None;
    loop {
        let folder = path.to_owned();
        let before = last.clone();
        let look = tokio::task::spawn_blocking(move || {
            let now = stamp(&folder)?;
            if Some(&now) == before.as_ref() {
                return Ok(None);
            }
            Ok::<_, std::io::Error>(Some((read(&folder, &now)?, now)))
        });
        match look.await {
            Ok(Ok(Some((entries, stamp)))) => {
                publish(&entries, sender);
                last = Some(stamp);
            }
            Ok(Ok(None)) | Err(_) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, folder = %path.display(), "cannot read the keys; the last known ones stay in force");
                tokio::time::sleep(LONGEST_PAUSE).await;
            }
        }
        tokio::time::sleep(FOLDER_PAUSE).await;
    }
}

/// What tells one state of the folder from the next: names, sizes and times.
type Stamp = BTreeMap<String, (u64, Option<SystemTime>)>;

fn stamp(folder: &Path) -> std::io::Result<Stamp> {
    let mut stamp = Stamp::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.ends_with(".json")
            && let Ok(metadata) = entry.metadata()
        {
            stamp.insert(name, (metadata.len(), metadata.modified().ok()));
        }
    }
    Ok(stamp)
}

fn read(folder: &Path, stamp: &Stamp) -> std::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut entries = BTreeMap::new();
    for name in stamp.keys() {
        match std::fs::read(folder.join(name)) {
            Ok(bytes) => {
                entries.insert(name.clone(), bytes);
            }
            // Revoked between the two looks.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(entries)
}

fn publish(entries: &BTreeMap<String, Vec<u8>>, sender: &Sender) {
    let (keyring, refused) =
        Keyring::from_entries(entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    for (entry, error) in refused {
        tracing::warn!(%entry, %error, "this key cannot be used");
    }
    let ids: Vec<&str> = keyring.records().map(|record: &Arc<Record>| record.id.as_str()).collect();
    tracing::info!(keys = ids.len(), ids = %ids.join(","), "keys loaded");
    #[expect(clippy::cast_precision_loss, reason = "nobody has that many keys")]
    metrics::gauge!("homelab_mcp_keys").set(ids.len() as f64);
    sender.send_replace(Some(Arc::new(keyring)));
}
