//! `homelabctl deploy`: from a checkout or a ready image to a proven release.

use super::{Context, connect, switch};
use crate::{
    cli::Change,
    config::Config,
    edge::{build, deployment, files, here, records, road, ship, store, world::World},
    failure::{Failure, Kind},
    image::{self, Arch, Image},
    manifests,
    plan::deploy::Wanted,
    release::{Content, History, Kind as Origin, Pinned},
    secret::Secrets,
    step::{Cmd, Shipment},
    ui::Event,
};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub change: Change,
    /// Deploy this image instead of building the bundled server: an archive, or the name of one that the node has
    #[arg(long, value_name = "FILE|NAME")]
    pub image: Option<String>,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Roll the pods although nothing changed
    #[arg(long)]
    pub force: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let config = context.config()?;
    let secrets = context.secrets(&config)?;
    let world = connect(context, &config).await?;
    let history = records::history(&world.cluster().await?, &config.server.namespace).await?;
    release(context, &config, &secrets, &world, history, args, "deploy").await
}

/// What `deploy` and `update` share: they differ in what they expect to find.
pub(super) async fn release(
    context: &Context,
    config: &Config,
    secrets: &Secrets,
    world: &World,
    history: History,
    args: &Args,
    verb: &str,
) -> Result<(), Failure> {
    let door = road::door(&world.host, config).await?;
    let cluster = world.cluster().await?;
    let site = deployment::site(&cluster, &door).await?;
    let folder = std::env::current_dir().map_err(anyhow::Error::from)?;
    let (pinned, archive) = match &args.image {
        Some(given) => from_given(config, world, given).await?,
        None => from_checkout(context, config, world, &folder).await?,
    };
    let current = match history.last_proven() {
        Some(release) => Some(records::content(&cluster, &door.namespace, &release.head).await?),
        None => None,
    };
    // the mark of an earlier forced roll stays: without it the pods would roll again
    let restarted = match (args.force, &current) {
        (true, _) => Some(format!("release-{}", history.next_number())),
        (false, Some(current)) => current.restarted().map(str::to_owned),
        (false, None) => None,
    };
    let objects = manifests::render(config, secrets, &site, &pinned.reference, restarted.as_deref());
    let wanted = Wanted {
        content: Content::new(pinned, switch::recorded(config), objects),
        kind: Origin::Deploy,
        reason: args.reason.clone().unwrap_or_else(|| verb.to_owned()),
        who: here::who(),
        git: here::git(&folder).await,
        archive,
        force: args.force,
        door,
        keep: config.releases.keep,
    };
    switch::carry_out(context, config, world, &wanted, &args.change).await
}

type Found = (Pinned, Option<Shipment>);

async fn from_checkout(context: &Context, config: &Config, world: &World, folder: &Path) -> Result<Found, Failure> {
    let Some(checkout) = build::checkout(folder).await? else {
        let help = "run it in a checkout of homelabctl, or give a ready image: homelabctl deploy --image FILE.tar";
        return Err(Failure::usage("there is no server to deploy: this folder is in no checkout").help(help));
    };
    let arch = arch(world).await?;
    let title = "build the server".to_owned();
    context.ui.on(&Event::Phase { title: title.clone() });
    let began = here::now();
    let built = build::server(&checkout, arch, &|line| context.ui.on(&Event::Said { line: line.to_owned() })).await;
    let program =
        built.inspect_err(|_| context.ui.on(&Event::Failed { title: title.clone(), took: here::since(began) }))?;
    let image = image::assemble(&program, &checkout.version).map_err(anyhow::Error::from)?;
    context.ui.on(&Event::Finished { title, took: here::since(began) });
    keep(config, &image)
}

async fn from_given(config: &Config, world: &World, given: &str) -> Result<Found, Failure> {
    let path = PathBuf::from(given);
    if path.exists() {
        let bytes = files::read_bytes(&path)?;
        let image = image::read(&bytes, arch(world).await?).map_err(|error| {
            Failure::new(Kind::Usage, anyhow::Error::from(error).context(format!("{given} cannot be deployed")))
        })?;
        return keep(config, &image);
    }
    match ship::digest(world, given).await? {
        Some(digest) => Ok((Pinned { reference: given.to_owned(), digest, config_digest: None }, None)),
        None => Err(Failure::usage(format!("`{given}` is neither a file here nor an image that the node has"))
            .help("give the archive of an image: homelabctl deploy --image FILE.tar")),
    }
}

/// The archive lies in this machine's state until the next one takes its place.
fn keep(config: &Config, image: &Image) -> Result<Found, Failure> {
    let bytes = image.archive();
    let archive = store::open(&config.host.name)?.image();
    files::replace(&archive, &bytes, 0o600)?;
    let digest = image.digest().to_owned();
    let shipment =
        Shipment { archive, reference: image.reference(), digest: digest.clone(), bytes: bytes.len() as u64 };
    let pinned = Pinned { reference: image.reference(), digest, config_digest: Some(image.config_digest().to_owned()) };
    Ok((pinned, Some(shipment)))
}

async fn arch(world: &World) -> Result<Arch, Failure> {
    let ask = Cmd::user(["uname", "-m"]);
    let machine = world.host.run(&ask).await?.success(&ask)?.stdout;
    machine.trim().parse().map_err(Failure::failed)
}
