//! `homelabctl bridge`: MCP over stdio for clients that only start programs.

use std::{net::SocketAddr, path::PathBuf};

use super::Context;
use crate::{
    clients::CLIENTS,
    edge::{
        self,
        endpoint::{Endpoint, Manner},
        recorded,
    },
    failure::{Failure, OrFail as _},
    keys::KeyName,
    store::Store,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder with the connection, the CA and the keys of the homelab (that of the configured host when left out)
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// Name of the key to use
    #[arg(long, value_name = "NAME", default_value = CLIENTS[0].name)]
    key: KeyName,
    /// Connect here instead of to the recorded address; name and certificate stay the same
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
}

const CURE: &str = "homelabctl client-config --claude-desktop";

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let store = match &args.state {
        Some(folder) => Store::at(folder.clone()),
        // Nothing is contacted by the config: the record says where the server is.
        None => {
            let found = edge::config::find(context.global.config.as_deref(), context.global.host.as_deref())?;
            edge::store::open(found.valid()?.config.host.name.as_str())?
        }
    };
    let recorded = recorded::look(&store, &args.key).or_help(CURE)?;
    let Some(target) = recorded.target(args.address) else {
        let missing = match (&recorded.connection, &recorded.ca) {
            (None, _) => "where the server is".to_owned(),
            (_, None) => "the homelab's CA".to_owned(),
            _ => format!("the key {}", args.key),
        };
        let folder = store.folder().display();
        return Err(Failure::failed(format!("this machine does not know {missing} (looked in {folder})")).help(CURE));
    };
    let endpoint = Endpoint::new(&target, Manner::Client).or_help(CURE)?;
    tracing::info!("carrying messages to {} at {}", target.url, target.road.at);
    edge::bridge::run_on_stdio(endpoint).await?;
    Ok(())
}
