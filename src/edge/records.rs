//! The history in the cluster: read, and changed by the entries that plans have.

use super::{cluster::Cluster, materials::Materials, world::World};
use crate::{
    plan::{MICROK8S, deploy::archive_path},
    release::{
        CONTENT, Claim, Content, Entry, Head, History, Outcome, RECORD, RELEASE, STATE, State, content_name,
        objects_of_content,
    },
    step::{Cmd, Object, ObjectRef},
};
use anyhow::Context as _;
use base64::Engine as _;
use kube::api::DynamicObject;
use time::OffsetDateTime;

/// Output of the step that takes a release's number.
pub const NUMBER: &str = "number";
/// So many others may take a number at the same moment.
const TRIES: u32 = 20;

/// Every release that is recorded.
///
/// # Errors
/// The API server does not answer, or a record cannot be read.
pub async fn history(cluster: &Cluster, namespace: &str) -> anyhow::Result<History> {
    let heads = list(cluster, namespace, RELEASE).await?;
    let states = list(cluster, namespace, STATE).await?;
    let heads: Vec<Vec<u8>> = heads.iter().map(|secret| data(secret, "release")).collect::<Result<_, _>>()?;
    let mut outcomes = Vec::new();
    for secret in &states {
        let number = secret.metadata.labels.as_ref().and_then(|labels| labels.get("homelabctl/number"));
        let number = number.and_then(|number| number.parse().ok()).context("a release's state has no number")?;
        outcomes.push((number, data(secret, "state")?));
    }
    let outcomes = outcomes.iter().map(|(number, bytes)| (*number, bytes.as_slice()));
    History::read(heads.iter().map(Vec::as_slice), outcomes).context("a release's record cannot be read")
}

/// What a release consists of; its hash is checked.
///
/// # Errors
/// A part is missing or was changed.
pub async fn content(cluster: &Cluster, namespace: &str, head: &Head) -> anyhow::Result<Content> {
    let mut bytes = Vec::new();
    for part in 0..head.parts {
        let secret = ObjectRef::new("v1", "Secret", Some(namespace), &content_name(&head.content, part));
        let found = cluster
            .get(&secret)
            .await?
            .with_context(|| format!("{secret} is missing: release {} is not whole", head.number))?;
        bytes.extend(data(&found, "content")?);
    }
    let content =
        Content::parse(&bytes).with_context(|| format!("the content of release {} cannot be read", head.number))?;
    anyhow::ensure!(
        content.hash() == head.content,
        "the content of release {} was changed: its hash is {}",
        head.number,
        content.hash()
    );
    Ok(content)
}

/// Carries out one entry.
///
/// # Errors
/// The API server refuses it, or nobody can take a number.
pub async fn perform(world: &World, step: &str, entry: &Entry, materials: &mut Materials) -> anyhow::Result<()> {
    let cluster = world.cluster().await?;
    match entry {
        Entry::Claim(wanted) => {
            let number = claim(&cluster, wanted).await?;
            materials.gate.release = Some(number);
            materials.keep(step, NUMBER, number.to_string());
            Ok(())
        }
        Entry::Proven { namespace } => {
            let number = materials.gate.release.context("no release was begun")?;
            let mut outcome = Outcome::new(State::Proven, OffsetDateTime::now_utc());
            outcome.proof = materials.gate.proof.take();
            outcome.proven_from = materials.gate.stand.map(|stand| stand.to_string());
            settle(&cluster, namespace, number, &outcome).await
        }
        Entry::Abandon { namespace, numbers } => {
            for number in numbers {
                let mut outcome = Outcome::new(State::Abandoned, OffsetDateTime::now_utc());
                outcome.why = Some("its run was killed".into());
                settle(&cluster, namespace, *number, &outcome).await?;
            }
            Ok(())
        }
        Entry::Forget { objects, images } => forget(world, &cluster, objects, images).await,
    }
}

/// Writes what became of a release.
///
/// # Errors
/// The API server refuses it.
pub async fn settle(cluster: &Cluster, namespace: &str, number: u32, outcome: &Outcome) -> anyhow::Result<()> {
    cluster.apply(&Object::new(outcome.object(namespace, number))).await.map(drop)
}

/// Content first, then the number: a number without content never exists.
async fn claim(cluster: &Cluster, wanted: &Claim) -> anyhow::Result<u32> {
    let parts = objects_of_content(&wanted.namespace, &wanted.content);
    for part in &parts {
        // the same content was deployed before: it is there already, and immutable
        cluster.create(part).await?;
    }
    for number in (wanted.number..).take(usize::try_from(TRIES)?) {
        let head = Head {
            version: 1,
            number,
            kind: wanted.kind,
            image: wanted.content.image.clone(),
            created_at: OffsetDateTime::now_utc().replace_nanosecond(0)?,
            reason: wanted.reason.clone(),
            who: wanted.who.clone(),
            git: wanted.git.clone(),
            content: wanted.content.hash(),
            parts: parts.len(),
        };
        if cluster.create(&head.object(&wanted.namespace)).await? {
            settle(cluster, &wanted.namespace, number, &Outcome::new(State::Started, OffsetDateTime::now_utc()))
                .await?;
            return Ok(number);
        }
    }
    anyhow::bail!("{TRIES} numbers from {} on are taken", wanted.number)
}

/// Records in the cluster, then images and archives on the host.
async fn forget(world: &World, cluster: &Cluster, objects: &[ObjectRef], images: &[String]) -> anyhow::Result<()> {
    for object in objects {
        cluster.delete(object).await?;
    }
    for image in images {
        let digest = super::ship::digest(world, image).await?;
        let remove = Cmd::root([MICROK8S, "ctr", "image", "rm", image]);
        if let Some(digest) = digest {
            // one that a pod still has stays: the next run that prunes tries again
            let _ = world.host.run(&remove).await?;
            world.host.run(&Cmd::root(["rm", "-f", &archive_path(&digest)])).await?;
        }
    }
    Ok(())
}

async fn list(cluster: &Cluster, namespace: &str, record: &str) -> anyhow::Result<Vec<DynamicObject>> {
    debug_assert!([RELEASE, STATE, CONTENT].contains(&record));
    cluster.list("v1", "Secret", Some(namespace), &format!("{RECORD}={record}")).await
}

/// A data entry of a Secret. Objects in a list do not say that they are Secrets.
pub(super) fn data(secret: &DynamicObject, entry: &str) -> anyhow::Result<Vec<u8>> {
    let text = secret.data["data"][entry].as_str();
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    let text = text.with_context(|| format!("Secret {name} has no entry {entry}"))?;
    base64::engine::general_purpose::STANDARD.decode(text).with_context(|| format!("Secret {name} is damaged"))
}
