//! What a run makes and hands from step to step: made once, saved before it is used.

use super::cluster::Cluster;
use crate::{
    secret::Secret,
    step::{Content, Generate, ObjectRef},
    tls::Authority,
};
use anyhow::Context as _;
use base64::Engine as _;
use homelab_mcp::keys::{Record, Token};
use kube::api::DynamicObject;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Outputs of steps, by step id and output name.
#[derive(Default)]
pub struct Materials {
    outputs: BTreeMap<(String, String), String>,
    /// The gate's key and load, as long as they live.
    pub gate: super::gate::Open,
}

impl Materials {
    /// The text that the content stands for.
    ///
    /// # Errors
    /// It refers to a step that made nothing of that name: a bug of the planner.
    pub fn resolve(&self, content: &Content) -> anyhow::Result<String> {
        match content {
            Content::Text(text) => Ok(text.clone()),
            Content::Secret(secret) => Ok(secret.reveal().to_owned()),
            Content::FromStep { step, output } => {
                self.output(step, output).map(str::to_owned).with_context(|| format!("step {step} made no {output}"))
            }
        }
    }

    /// Keeps what a step made for later ones.
    pub fn keep(&mut self, step: &str, output: &str, value: impl Into<String>) {
        self.outputs.insert((step.to_owned(), output.to_owned()), value.into());
    }

    /// What a step made.
    pub fn output(&self, step: &str, output: &str) -> Option<&str> {
        self.outputs.get(&(step.to_owned(), output.to_owned())).map(String::as_str)
    }

    /// Makes what only the run can make: names of data entries and their bytes.
    ///
    /// # Errors
    /// The machine has no randomness, or the issuing CA cannot be read or may not speak for the names.
    pub async fn make(
        &mut self,
        cluster: &Cluster,
        step: &str,
        generate: &Generate,
    ) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let now = OffsetDateTime::now_utc();
        Ok(match generate {
            Generate::Ca { label, constraints } => {
                let issued = Authority::create(label, constraints, now)?;
                self.outputs.insert((step.to_owned(), "tls.crt".to_owned()), issued.certificate.clone());
                vec![("tls.crt".into(), issued.certificate.into_bytes()), ("tls.key".into(), issued.key.into_bytes())]
            }
            Generate::Leaf { names, issuer } => {
                let authority = authority(cluster, issuer).await?;
                let issued = authority.issue(names, now)?;
                let chain = format!("{}{}", issued.certificate, authority.pem());
                vec![("tls.crt".into(), chain.into_bytes()), ("tls.key".into(), issued.key.into_bytes())]
            }
            Generate::ApiKey { .. } => {
                self.make_key(step, generate)?;
                let output = |name| self.output(step, name).unwrap_or_default().to_owned();
                vec![(output("entry"), output("record").into_bytes())]
            }
            Generate::Random { bytes } => {
                let mut random = vec![0; *bytes];
                SystemRandom::new().fill(&mut random).ok().context("this machine gives no randomness")?;
                vec![("key".into(), random)]
            }
        })
    }

    /// Makes an API key; its record and entry are this step's outputs.
    ///
    /// # Errors
    /// The machine has no randomness.
    pub fn make_key(&mut self, step: &str, generate: &Generate) -> anyhow::Result<Secret> {
        let Generate::ApiKey { name, scopes, expires_at } = generate else { anyhow::bail!("step {step} makes no key") };
        let token = Token::generate(&SystemRandom::new()).ok().context("this machine gives no randomness")?;
        let record = Record::new(name, &token, scopes, OffsetDateTime::now_utc(), *expires_at);
        let text = String::from_utf8(record.to_bytes())?;
        for (output, value) in [
            ("token", token.reveal().to_owned()),
            ("id", record.id.clone()),
            ("entry", record.entry_name()),
            ("record", text),
        ] {
            self.outputs.insert((step.to_owned(), output.to_owned()), value);
        }
        Ok(Secret::new(token.reveal()))
    }
}

/// The bytes of a data entry of a Secret or ConfigMap.
pub fn entry(object: &DynamicObject, name: &str) -> Option<Vec<u8>> {
    let text = object.data["data"][name].as_str()?;
    let is_secret = object.types.as_ref().is_some_and(|types| types.kind == "Secret");
    if is_secret { base64::engine::general_purpose::STANDARD.decode(text).ok() } else { Some(text.as_bytes().to_vec()) }
}

async fn authority(cluster: &Cluster, issuer: &ObjectRef) -> anyhow::Result<Authority> {
    let secret = cluster.get(issuer).await?.with_context(|| format!("there is no CA in {issuer}"))?;
    let text = |name| {
        entry(&secret, name)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .with_context(|| format!("{issuer} has no readable {name}"))
    };
    Ok(Authority::load(&text("tls.crt")?, &text("tls.key")?)?)
}
