//! `Status`: the deployment at one moment, for people and programs. Pure.

use serde::Serialize;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    pub version: u32,
    pub url: String,
    pub address: String,
    pub release: Option<Running>,
    pub pods: Vec<Pod>,
    /// `None` when there is no certificate that can be read.
    pub certificate_days_left: Option<i64>,
    pub health: Health,
}

/// The last proven release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Running {
    pub number: u32,
    pub image: String,
    /// A newer one is under way, failed or was abandoned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pod {
    pub name: String,
    pub ready: bool,
    pub phase: String,
    pub restarts: u32,
    pub address: Option<String>,
    pub node: Option<String>,
}

/// What the real address answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    pub ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Below this the days left are worth a word.
const SOON: i64 = 30;

impl Status {
    /// Why this is not well, if it is not.
    pub fn trouble(&self) -> Option<String> {
        if self.release.is_none() && self.pods.is_empty() {
            return Some("nothing is deployed".into());
        }
        if let Some(why) = &self.health.why {
            return Some(format!("the server does not answer well at its real address: {why}"));
        }
        (!self.pods.iter().any(|pod| pod.ready)).then(|| "no pod is ready".into())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.release {
            Some(release) => writeln!(f, "release      {} ({})", release.number, release.image)?,
            None => writeln!(f, "release      none is proven")?,
        }
        if let Some(newer) = self.release.as_ref().and_then(|release| release.newer.as_ref()) {
            writeln!(f, "             {newer}")?;
        }
        writeln!(f, "url          {} at {}", self.url, self.address)?;
        writeln!(f, "health       {}", self.health.why.as_deref().unwrap_or("ok"))?;
        match self.certificate_days_left {
            Some(days) if days < SOON => writeln!(f, "certificate  {days} days left: homelabctl setup renews it")?,
            Some(days) => writeln!(f, "certificate  {days} days left")?,
            None => writeln!(f, "certificate  none")?,
        }
        for (at, pod) in self.pods.iter().enumerate() {
            let title = if at == 0 { "pods" } else { "" };
            let ready = if pod.ready { "ready" } else { "not ready" };
            let place =
                [pod.address.as_deref(), pod.node.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" on ");
            writeln!(f, "{title:<11}  {} {} {ready}, {} restarts, {place}", pod.name, pod.phase, pod.restarts)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_reads_as_a_table_and_names_what_is_wrong() {
        let mut status = Status {
            version: 1,
            url: "https://mcp.homelab.local/mcp".into(),
            address: "192.168.1.200".into(),
            release: Some(Running { number: 3, image: "localhost/homelab-mcp:0.1.0-0123".into(), newer: None }),
            pods: vec![Pod {
                name: "homelab-mcp-a".into(),
                ready: true,
                phase: "Running".into(),
                restarts: 0,
                address: Some("10.1.0.7".into()),
                node: Some("homelab".into()),
            }],
            certificate_days_left: Some(12),
            health: Health { ok: true, why: None },
        };
        insta::assert_snapshot!(status, @"
        release      3 (localhost/homelab-mcp:0.1.0-0123)
        url          https://mcp.homelab.local/mcp at 192.168.1.200
        health       ok
        certificate  12 days left: homelabctl setup renews it
        pods         homelab-mcp-a Running ready, 0 restarts, 10.1.0.7 on homelab
        ");
        assert_eq!(status.trouble(), None);
        status.health = Health { ok: false, why: Some("no answer in time".into()) };
        assert!(status.trouble().is_some_and(|trouble| trouble.contains("no answer in time")));
    }
}
