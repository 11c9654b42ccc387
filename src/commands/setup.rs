//! `homelabctl setup`: host, MicroK8s, add-ons, addresses, certificates and keys, to the configured state.

use super::{
    Context,
    change::{carry_out_after, perform},
    connect,
};
use crate::{
    cli::Change,
    edge::{observe, store},
    failure::Failure,
    plan,
    step::Plan,
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    change: Change,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = context.config()?;
    let store = store::open(&config.host.name)?;
    let world = connect(context, &config).await?;
    let tell = |event: &_| context.ui.on(event);
    let mut facts = observe::all(&world, &config, &tell).await?;
    let mut first = Plan::default();
    let mut steps = plan::setup(&config, &facts, &store);
    let findings = plan::preflight(&config, &facts);
    for finding in &findings.warnings {
        context.ui.warn(&format!("{} ({})", finding.what, finding.cure));
    }
    if !steps.is_empty() {
        findings.pass()?;
        if !facts.foreign().is_empty() {
            context.ui.say(&format!("what else runs there and stays as it is: {}", facts.foreign().join(", ")));
        }
        if plan::is_in_the_dark(&facts) {
            context.ui.say("MicroK8s is there and does not answer yet: what is missing in it is decided when it does");
            if !args.change.dry_run {
                context.ui.show(&steps);
                context.ui.agree(&steps, args.change.agreement())?;
                perform(context, &world, &steps).await?;
                facts = observe::all(&world, &config, &tell).await?;
                first = std::mem::replace(&mut steps, plan::setup(&config, &facts, &store));
                plan::preflight(&config, &facts).pass()?;
            }
        }
    }
    let done = carry_out_after(context, &world, &first, &steps, &args.change).await?;
    if done.is_some() || !first.is_empty() {
        context.ui.say("the host is as configured; homelabctl deploy puts the server on it");
    }
    Ok(())
}
