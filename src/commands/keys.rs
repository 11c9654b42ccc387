//! `homelabctl keys`: who may talk to the server. A key is shown once; afterwards the cluster knows its hash only.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use homelab_mcp::keys::Scope;
use serde::Serialize;
use time::OffsetDateTime;

use super::{Context, carry_out, change::perform, connect};
use crate::{
    cli::Change,
    config::Config,
    edge::{clock, store, world::World},
    failure::Failure,
    keys::{self, KEY_STEP, KeyName, Known, Lifetime, Listing, Wanted},
    store::Store,
    ui::Output,
};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a key, save it on this machine and print it this once
    Create(Create),
    /// List the keys that the server lets in
    List,
    /// Shut a key out; it acts within seconds, and no rollback revives it
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
pub struct Create {
    /// What to call the key: whose it is, or what it is for
    name: KeyName,
    /// What the key may do; may be given more than once
    #[arg(long = "scope", value_name = "SCOPE", default_value = "read", value_parser = scopes())]
    scopes: Vec<Scope>,
    /// When the key ends: 12h, 90d, 8w (it has no end when left out)
    #[arg(long, value_name = "TIME")]
    expires: Option<Lifetime>,
    /// Show what would be done and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
pub struct Revoke {
    /// Name or id of the key
    #[arg(value_name = "NAME|ID")]
    key: String,
    #[command(flatten)]
    change: Change,
}

fn scopes() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(Scope::ALL.map(Scope::name)).try_map(|text| text.parse())
}

pub(super) async fn run(context: &Context, command: &Command) -> Result<(), Failure> {
    let config = context.config()?;
    let store = store::open(config.host.name.as_str())?;
    let world = connect(context, &config).await?;
    let known = look(&world, &config, &store).await?;
    match command {
        Command::Create(args) => create(context, &config, &store, &world, &known, args).await,
        Command::List => {
            context.ui.answer(&Listing::of(&known, clock::now()));
            Ok(())
        }
        Command::Revoke(args) => {
            let plan = keys::revoke(&config, &store, &known, &args.key)?;
            carry_out(context, &world, &plan, &args.change).await.map(drop)
        }
    }
}

/// What the cluster and this machine know of keys.
pub(super) async fn look(world: &World, config: &Config, store: &Store) -> Result<Known, Failure> {
    let secret = keys::secret(config);
    let Some(found) = world.cluster().await?.get(&secret).await? else {
        let message = format!("the server has no place for keys yet: {secret} does not exist");
        return Err(Failure::failed(message).help("make it: homelabctl setup"));
    };
    let data = found.data["data"].as_object();
    let entries: BTreeMap<&str, Vec<u8>> = data
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default()))
        .collect();
    let entries = entries.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
    Ok(Known::read(entries, store::keys_here(store)?))
}

/// Making a key needs no question: it takes nothing from anybody and can be revoked.
async fn create(
    context: &Context,
    config: &Config,
    store: &Store,
    world: &World,
    known: &Known,
    args: &Create,
) -> Result<(), Failure> {
    let expires_at = args.expires.map(|lifetime| lifetime.end(clock::now()));
    let wanted = Wanted { name: args.name.clone(), scopes: args.scopes.clone(), expires_at };
    let plan = keys::create(config, store, known, &wanted)?;
    if args.dry_run {
        let change = Change { dry_run: true, ..Change::default() };
        return carry_out(context, world, &plan, &change).await.map(drop);
    }
    let materials = perform(context, world, &plan).await?;
    let made = |output| materials.output(KEY_STEP, output).unwrap_or_default().to_owned();
    let file = store.key(&args.name);
    match context.ui.style().output {
        Output::Human => {
            context.ui.say(&format!("saved in {}; the key is printed this once:", file.display()));
            context.ui.print(&made("token"));
        }
        Output::Json => {
            let made = Made {
                version: 1,
                name: &wanted.name,
                id: made("id"),
                token: made("token"),
                scopes: &wanted.scopes,
                expires_at,
                file: file.display().to_string(),
            };
            context.ui.print(&serde_json::to_string_pretty(&made).unwrap_or_default());
        }
    }
    Ok(())
}

/// The answer of `keys create`: the only place where a key is ever shown.
#[derive(Serialize)]
struct Made<'a> {
    version: u32,
    name: &'a KeyName,
    id: String,
    token: String,
    scopes: &'a [Scope],
    #[serde(with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    file: String,
}
