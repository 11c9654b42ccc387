//! The evidence of a failed release, saved before anything is taken back.

use super::{cluster::Cluster, files, pods, store, world::World};
use crate::{manifests::NAME, proof::Lost};
use std::path::PathBuf;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Lines of each pod's log that are kept.
const LINES: i64 = 200;

/// What was saved, and its most telling part for the screen.
pub struct Evidence {
    pub file: PathBuf,
    pub shown: Vec<String>,
}

/// Pods, events, last words and lost calls into one file of the laptop's own state.
///
/// # Errors
/// The file cannot be written. What the cluster does not tell is noted in it.
pub async fn save(
    world: &World,
    host: &str,
    namespace: &str,
    release: u32,
    why: &str,
    lost: &[Lost],
) -> anyhow::Result<Evidence> {
    let now = OffsetDateTime::now_utc();
    let mut text = format!("release {release} failed at {}\n{why}\n", now.format(&Rfc3339)?);
    let mut shown = Vec::new();
    match world.cluster().await {
        Ok(cluster) => collect(&cluster, namespace, &mut text, &mut shown).await,
        Err(error) => text.push_str(&format!("\nthe cluster tells nothing: {error:#}\n")),
    }
    text.push_str("\n# lost calls\n");
    for call in lost {
        text.push_str(&format!("{} ms: {}\n", call.at_ms, call.why));
        shown.push(format!("lost call after {} ms: {}", call.at_ms, call.why));
    }
    let name = format!("release-{release}-{}.txt", now.unix_timestamp());
    let file = store::open(host)?.folder().join("evidence").join(name);
    files::replace(&file, text.as_bytes(), 0o600)?;
    // the run before a restart and the one after it often say the same
    shown.dedup();
    let start = shown.len().saturating_sub(12);
    Ok(Evidence { file, shown: shown.split_off(start) })
}

async fn collect(cluster: &Cluster, namespace: &str, text: &mut String, shown: &mut Vec<String>) {
    text.push_str("\n# events\n");
    match pods::events(cluster, namespace, NAME).await {
        Ok(events) => {
            for line in &events {
                text.push_str(line);
                text.push('\n');
            }
        }
        Err(error) => text.push_str(&format!("{error:#}\n")),
    }
    let pods = match pods::of_server(cluster, namespace).await {
        Ok(pods) => pods,
        Err(error) => return text.push_str(&format!("{error:#}\n")),
    };
    for pod in &pods {
        let name = pods::name(pod);
        text.push_str(&format!("\n# pod {name}\n{}\n", serde_yaml::to_string(&pod.data["status"]).unwrap_or_default()));
        for (previous, title) in [(true, "log before the last restart"), (false, "log")] {
            let lines = pods::tail(cluster, namespace, name, LINES, previous).await;
            if !lines.is_empty() {
                text.push_str(&format!("## {title}\n{}\n", lines.join("\n")));
                if !pods::is_ready(pod) {
                    let last = &lines[lines.len().saturating_sub(3)..];
                    shown.extend(last.iter().map(|line| format!("{name}: {line}")));
                }
            }
        }
    }
}
