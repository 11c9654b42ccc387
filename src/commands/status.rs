//! `homelabctl status`: what runs, where, and whether it is well.

use super::{Context, connect};
use crate::{
    edge::{road::whereabouts, status::look},
    failure::Failure,
    release::Door,
};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let world = connect(context, &config).await?;
    let whereabouts = whereabouts(&world.host, config.network.service_address()).await?;
    let status = look(&world, &Door::of(&config, whereabouts)).await?;
    context.ui.answer(&status);
    match status.trouble() {
        None => Ok(()),
        Some(trouble) => Err(Failure::failed(trouble).help("homelabctl logs")),
    }
}
