//! `homelabctl status`: what runs, where, and whether it is well.

use super::{Context, connect};
use crate::{
    edge::{road::door, status::look},
    failure::Failure,
};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let world = connect(context, &config).await?;
    let status = look(&world, &door(&world.host, &config).await?).await?;
    context.ui.answer(&status);
    match status.trouble() {
        None => Ok(()),
        Some(trouble) => Err(Failure::failed(trouble).help("homelabctl logs")),
    }
}
