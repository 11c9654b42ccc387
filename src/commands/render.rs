//! `homelabctl render`: plain manifests for git. Nothing is contacted.

use super::Context;
use crate::{
    edge::config::find,
    failure::Failure,
    image::REPOSITORY,
    manifests::{self, Controller, Site},
    step::Object,
};
use std::net::Ipv4Addr;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Name and tag of the image
    #[arg(long, value_name = "NAME", default_value_t = format!("{REPOSITORY}:{}", env!("CARGO_PKG_VERSION")))]
    pub image: String,
    /// The ingress controller: Traefik from MicroK8s 1.35 on
    #[arg(long, value_enum, default_value = "traefik")]
    pub controller: Controller,
    /// Address of a node; host.address when left out. Repeat it for several
    #[arg(long, value_name = "ADDRESS")]
    pub node: Vec<Ipv4Addr>,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = find(context.global.config.as_deref(), context.global.host.as_deref())?.valid()?.config;
    let mut nodes = args.node.clone();
    if nodes.is_empty() {
        let address = config.host.address.parse();
        nodes.push(address.map_err(|_| {
            Failure::usage(format!(
                "host.address is the name {}, and the network policy needs an address",
                config.host.address
            ))
            .help("give it: homelabctl render --node ADDRESS")
        })?);
    }
    let site = Site { controller: args.controller, nodes };
    let secrets = context.secrets(&config)?;
    let objects = manifests::render(&config, &secrets, &site, &args.image, None);
    for secret in objects.iter().filter(|object| object["kind"] == "Secret") {
        let names = secrets.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let reference = Object::new(secret.clone()).reference();
        context.ui.say(&format!(
            "{reference} is left out; it has to be there, with the keys {names}, before these are applied"
        ));
    }
    context.ui.print(manifests::to_yaml(&objects).trim_end());
    Ok(())
}
