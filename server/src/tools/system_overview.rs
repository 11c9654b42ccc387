//! `system_overview`: CPU, memory, disk and network of the machine, in a few lines.

use super::{Cost, Effect, Tool};
use crate::{
    keys::Scope,
    rbac::{Grant, Reach},
};

pub(super) static TOOL: Tool = Tool {
    name: "system_overview",
    title: "System overview",
    about: "CPU, load, memory, disk, network and uptime of the machine that the server runs on, at most a few \
            seconds old. Says what it cannot see.",
    scope: Scope::Read,
    cost: Cost::Light,
    effect: Effect::Looks,
    grants: &[Grant { group: "", resource: "nodes/stats", verbs: &["get"], reach: Reach::Cluster }],
    #[cfg(feature = "serve")]
    body: super::Body::of::<run::SystemOverview>(),
};

#[cfg(feature = "serve")]
mod run {
    use schemars::JsonSchema;
    use serde::Deserialize;

    use crate::{
        lab::Lab,
        node::Figures,
        text,
        tools::{Answer, Run, Trouble},
    };

    pub(super) struct SystemOverview;

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Ask {}

    impl Run for SystemOverview {
        type Ask = Ask;

        async fn run(lab: &Lab, _: Ask) -> Result<Answer, Trouble> {
            Ok(Answer(render(&*lab.node().figures().await)))
        }
    }

    fn render(figures: &Figures) -> String {
        let mut lines = vec![format!("machine  {}", figures.name)];
        let mut say = |label: &str, words: Vec<String>| {
            if !words.is_empty() {
                lines.push(format!("{label:<8} {}", words.join("; ")));
            }
        };
        let cpu = match (figures.cpu_used, figures.cores) {
            (Some(used), Some(cores)) => Some(format!("{used:.2} of {cores} cores in use")),
            (None, Some(cores)) => Some(format!("{cores} cores")),
            (Some(used), None) => Some(format!("{used:.2} cores in use")),
            (None, None) => None,
        };
        let load = figures.load.map(|[one, five, fifteen]| format!("load {one:.2} {five:.2} {fifteen:.2}"));
        say("cpu", cpu.into_iter().chain(load).collect());
        say("memory", figures.memory.iter().map(ToString::to_string).collect());
        say("disk", figures.disks.iter().map(|(name, disk)| format!("{name} {disk}")).collect());
        let links = figures.links.iter();
        say(
            "network",
            links
                .map(|link| {
                    format!("{} received {}, sent {}", link.name, text::size(link.received), text::size(link.sent))
                })
                .collect(),
        );
        say("uptime", figures.uptime.iter().map(|seconds| text::age(*seconds)).collect());
        say("pods", figures.pods.iter().map(ToString::to_string).collect());
        for unknown in &figures.unknown {
            lines.push(format!("not seen {unknown}"));
        }
        lines.join("\n")
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use crate::node::{Link, Share};

        #[test]
        fn it_says_what_it_knows_and_what_not() {
            let figures = Figures {
                name: "homelab".to_owned(),
                cpu_used: Some(0.4242),
                cores: Some(4),
                load: Some([0.5, 0.25, 0.125]),
                memory: Some(Share { used: 3 << 30, total: 16 << 30 }),
                disks: vec![("/".to_owned(), Share { used: 41 << 30, total: 233 << 30 })],
                links: vec![Link { name: "eth0".to_owned(), received: 5 << 20, sent: 1 << 10 }],
                uptime: Some(3 * 86_400 + 3600),
                pods: Some(23),
                unknown: vec!["other machines: only the one that this server runs on".to_owned()],
            };
            insta::assert_snapshot!(render(&figures), @"
            machine  homelab
            cpu      0.42 of 4 cores in use; load 0.50 0.25 0.12
            memory   3.0 GiB of 16.0 GiB in use (18 %)
            disk     / 41.0 GiB of 233.0 GiB in use (17 %)
            network  eth0 received 5.0 MiB, sent 1.0 KiB
            uptime   3d1h
            pods     23
            not seen other machines: only the one that this server runs on
            ");
            let nothing = Figures { unknown: vec!["cpu: no idea".to_owned()], ..Figures::default() };
            insta::assert_snapshot!(render(&nothing), @"
            machine  
            not seen cpu: no idea
            ");
        }
    }
}
