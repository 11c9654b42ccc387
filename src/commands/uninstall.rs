//! `homelabctl uninstall`: take back what homelabctl created, and nothing else.

use super::{Context, carry_out, connect};
use crate::{
    cli::Change,
    edge::{observe, store},
    failure::Failure,
    plan::{self, Keep},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Keep volumes, keys, certificates and the history of releases
    #[arg(long)]
    keep_data: bool,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = context.config()?;
    let store = store::open(&config.host.name)?;
    let world = connect(context, &config).await?;
    let facts = observe::all(&world, &config, &|event| context.ui.on(event)).await?;
    if plan::is_in_the_dark(&facts) {
        return Err(Failure::failed("MicroK8s on the host does not answer, so nobody can say what of ours is in it")
            .help(format!("start it there: sudo {} start", plan::MICROK8S)));
    }
    let keep = if args.keep_data { Keep::Data } else { Keep::Nothing };
    let steps = plan::uninstall(&config, &facts, &store, keep);
    carry_out(context, &world, &steps, &args.change).await?;
    if let Some(snap) = &facts.microk8s {
        let who = if snap.installed_by_us { "which homelabctl installed, " } else { "" };
        context.ui.say(&format!(
            "MicroK8s with its add-ons, {who}stays. To remove it with everything that runs on it: sudo snap remove --purge microk8s"
        ));
    }
    Ok(())
}
