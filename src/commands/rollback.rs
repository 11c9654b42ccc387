//! `homelabctl rollback [N]`: a new release with an old release's content. Keys and certificates are not part of it.

use super::{Context, connect, switch};
use crate::{
    cli::Change,
    edge::{here, records, road},
    failure::Failure,
    plan::deploy::Wanted,
    release::{History, Kind, Release},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub change: Change,
    /// Number of the release to bring back; the one before the present when left out
    pub number: Option<u32>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = context.config()?;
    let world = connect(context, &config).await?;
    let cluster = world.cluster().await?;
    let door = road::door(&world.host, &config).await?;
    let history = records::history(&cluster, &door.namespace).await?;
    let target = target(&history, args.number)?;
    let to = target.number();
    let wanted = Wanted {
        content: records::content(&cluster, &door.namespace, &target.head).await?,
        kind: Kind::Rollback { to },
        reason: args.reason.clone().unwrap_or_else(|| format!("rollback to release {to}")),
        who: here::who(),
        git: target.head.git.clone(),
        archive: None,
        force: false,
        door,
        keep: config.releases.keep,
    };
    context.ui.say(&format!("release {to} is brought back; API keys, certificates and data stay as they are"));
    switch::carry_out(context, &config, &world, &wanted, &args.change).await
}

fn target(history: &History, number: Option<u32>) -> Result<&Release, Failure> {
    let see = "see which there are: homelabctl releases";
    match number {
        None => history.before_the_last().ok_or_else(|| {
            Failure::failed("there is no earlier proven release that differs from the present one").help(see)
        }),
        Some(number) => match history.find(number) {
            None => Err(Failure::usage(format!("there is no release {number}")).help(see)),
            Some(release) if !release.is_proven() => {
                let state = release.state();
                Err(Failure::usage(format!("release {number} is {state}: only a proven one can be brought back"))
                    .help(see))
            }
            Some(release) => Ok(release),
        },
    }
}
