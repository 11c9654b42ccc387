//! `homelabctl releases`: the history.

use super::{Context, connect};
use crate::{edge::records, failure::Failure, release::Listing};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let world = connect(context, &config).await?;
    let history = records::history(&world.cluster().await?, &config.server.namespace).await?;
    context.ui.answer(&Listing::of(&history));
    Ok(())
}
