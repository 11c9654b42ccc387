//! `homelabctl status`: what runs, where, and whether it is well.

use super::{Context, connect};
use crate::{edge::status::look, failure::Failure, release::Door};

pub(super) async fn run(context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let world = connect(context, &config).await?;
    let status = look(&world, &Door::of(&config)).await?;
    context.ui.answer(&status);
    match status.trouble() {
        None => Ok(()),
        Some(trouble) => Err(Failure::failed(trouble).help("homelabctl logs")),
    }
}
