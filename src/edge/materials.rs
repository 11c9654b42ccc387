//! What a run makes and hands from step to step: made once, saved before it is used.

use super::cluster::Cluster;
use crate::step::{Content, Generate};
use anyhow::Context as _;
use std::collections::BTreeMap;

/// Outputs of steps, by step id and output name.
#[derive(Default)]
pub struct Materials {
    outputs: BTreeMap<(String, String), String>,
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
            Content::FromStep { step, output } => self.output(step, output).map(str::to_owned).with_context(|| format!("step {step} made no {output}")),
        }
    }

    /// What a step made.
    pub fn output(&self, step: &str, output: &str) -> Option<&str> {
        self.outputs.get(&(step.to_owned(), output.to_owned())).map(String::as_str)
    }

    /// Makes what only the run can make: names of data entries and their bytes.
    ///
    /// # Errors
    /// The machine has no randomness, or the issuing CA cannot be read.
    pub async fn make(&mut self, _cluster: &Cluster, _step: &str, generate: &Generate) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        match generate {
            Generate::Random { bytes } => {
                let mut random = vec![0; *bytes];
                ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random).ok().context("this machine gives no randomness")?;
                Ok(vec![("key".into(), random)])
            }
        }
    }
}
