//! `homelabctl logs`: what every replica says, with the pod's name in front.

use super::{Context, connect};
use crate::{edge::logs, failure::Failure};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Go on as new lines and new pods come
    #[arg(long, short)]
    pub follow: bool,
    /// Lines of each pod to begin with
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub tail: u32,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = context.config()?;
    let world = connect(context, &config).await?;
    let cluster = world.cluster().await?;
    let print = |line: &str| context.ui.print(line);
    Ok(logs::print(&cluster, &config.server.namespace, args.follow, args.tail, print).await?)
}
