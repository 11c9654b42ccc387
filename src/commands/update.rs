//! `homelabctl update`: deploy, for something that already runs.

use super::{Context, connect, deploy};
use crate::{edge::records, failure::Failure};

pub(super) async fn run(context: &Context, args: &deploy::Args) -> Result<(), Failure> {
    let config = context.config()?;
    let secrets = context.secrets(&config)?;
    let world = connect(context, &config).await?;
    let history = records::history(&world.cluster().await?, &config.server.namespace).await?;
    if history.last_proven().is_none() {
        return Err(Failure::failed("there is nothing to update: no release is proven").help("homelabctl deploy"));
    }
    deploy::release(context, &config, &secrets, &world, history, args, "update").await
}
