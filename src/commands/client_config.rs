//! `homelabctl client-config`: the entry of an AI client, written and then proven the way the client will use it.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use super::{
    Context,
    change::{perform, perform_here},
    connect, keys,
};
use crate::{
    cli::Change,
    clients::{self, Client, Desk, Launch, NoPlan, Piece, Platform, Seen},
    config::Config,
    edge::{
        self,
        endpoint::{Endpoint, Manner},
        files,
        recorded::{self, Recorded},
        rehearsal::{Rehearsal, rehearse},
    },
    failure::{Failure, Kind},
    keys::{KeyName, Known},
    mcp::Reason,
    step::Plan,
    store::Store,
    ui::Output,
};

#[derive(Debug, clap::Args)]
#[group(id = "client", required = true, multiple = false, args = ["claude_desktop"])]
pub struct Args {
    /// Claude Desktop: an entry in claude_desktop_config.json that starts `homelabctl bridge`
    #[arg(long)]
    claude_desktop: bool,
    /// Write to this file instead of the client's own
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Use the key of this name; it is made when there is none
    #[arg(long, value_name = "NAME")]
    key: Option<KeyName>,
    /// Let the client connect here instead of to the recorded address; name and certificate stay the same
    #[arg(long, value_name = "ADDRESS:PORT")]
    address: Option<SocketAddr>,
    /// Print the entry and change nothing
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    change: Change,
}

impl Args {
    /// Each row of the table has its flag.
    fn client(&self) -> Result<&'static Client, Failure> {
        let flags = [("claude-desktop", self.claude_desktop)];
        let chosen = flags.into_iter().find_map(|(name, given)| clients::find(name).filter(|_| given));
        chosen.ok_or_else(|| Failure::usage("no client was named"))
    }
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let client = args.client()?;
    let config = context.config()?;
    let store = edge::store::open(config.host.name.as_str())?;
    let file = args.file.clone().map_or_else(|| usual_file(client), Ok)?;
    let text = files::read(&file)?;
    let entry = text.as_deref().and_then(|text| clients::entry_in(text, client, config.host.name.as_str()));
    let named = |known: Option<&Known>| clients::key_name(args.key.as_ref(), client, entry.as_ref(), known);
    let launch = |key: &KeyName| launch(&store, key, args.address);
    if args.print {
        let entry = (client.entry)(&launch(&named(None))?);
        context.ui.print(&format!("{:#}", serde_json::json!({ config.host.name.as_str(): entry })));
        return Ok(());
    }

    let recorded = recorded::look(&store, &named(None))?;
    let (ca, key) = ask_server(&recorded, args.address).await?;
    let mode = files::mode(&file)?.unwrap_or(0o600);
    let connection = recorded.connection.as_ref();
    let seen = Seen { file: &file, text: text.as_deref(), mode, connection, ca, key };
    let world = if seen.lacks() { Some(connect(context, &config).await?) } else { None };
    let known = match &world {
        Some(world) if seen.key != Piece::Here => Some(keys::look(world, &config, &store).await?),
        _ => None,
    };
    let key = named(known.as_ref());
    let launch = launch(&key)?;
    let plan = clients::plan(&config, &store, client, &launch, &key, &seen, known.as_ref()).map_err(no_plan)?;
    let entry = (client.entry)(&launch);
    let report = Report { version: 1, client: client.name, file: &file, entry, proof: None, plan: &plan };

    context.ui.show(&plan);
    if args.change.dry_run {
        if context.ui.style().output == Output::Json {
            context.ui.answer(&report);
        }
        return if plan.is_empty() { Ok(()) } else { Err(Failure::pending()) };
    }
    if !plan.is_empty() {
        context.ui.agree(&plan, args.change.agreement())?;
        still_the_same(&seen)?;
        match &world {
            Some(world) => perform(context, world, &plan).await.map(drop)?,
            None => perform_here(context, &plan)?,
        }
    }
    if seen.key != Piece::Here
        && let Some(target) = recorded::look(&store, &key)?.target(args.address)
    {
        context.ui.say("waiting until the server knows the new key");
        recorded::until_key_is_known(&target).await?;
    }
    prove(context, client, &config, report).await
}

fn usual_file(client: &Client) -> Result<PathBuf, Failure> {
    let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let home =
        home.ok_or_else(|| Failure::usage("HOME does not say where files belong").help("name it with --file FILE"))?;
    let config_home = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    Ok((client.file)(&Desk { platform: Platform::HERE, home: &home, xdg_config_home: config_home.as_deref() }))
}

fn launch(store: &Store, key: &KeyName, dial: Option<SocketAddr>) -> Result<Launch, Failure> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    Ok(Launch { program, state: store.folder().to_owned(), key: key.to_string(), dial })
}

/// The client may have written its file while the person thought about the plan.
fn still_the_same(seen: &Seen<'_>) -> Result<(), Failure> {
    if files::read(seen.file)?.as_deref() == seen.text {
        return Ok(());
    }
    let message = format!("{} was changed by somebody else meanwhile; nothing was written", seen.file.display());
    Err(Failure::failed(message).help("run the same command again"))
}

/// Whether what is on record still goes with the server. A server that is away speaks against nothing.
async fn ask_server(recorded: &Recorded, dial: Option<SocketAddr>) -> Result<(Piece, Piece), Failure> {
    let there = |there| if there { Piece::Here } else { Piece::Missing };
    let pieces = (there(recorded.ca.is_some()), there(recorded.key.is_some()));
    let Some(target) = recorded.target(dial) else { return Ok(pieces) };
    let answer = Endpoint::new(&target, Manner::Client)?.discover().await;
    Ok(match answer.map_err(|trouble| trouble.reason) {
        Err(Reason::KeyRefused) => (Piece::Here, Piece::Refused),
        Err(Reason::Untrusted { .. }) => (Piece::Refused, Piece::Here),
        _ => pieces,
    })
}

/// Starts what the file now says, as the client will.
async fn prove(context: &Context, client: &Client, config: &Config, mut report: Report<'_>) -> Result<(), Failure> {
    let text = files::read(report.file)?.unwrap_or_default();
    let written = clients::entry_in(&text, client, config.host.name.as_str()).unwrap_or_default();
    let program = written["command"].as_str().unwrap_or_default();
    let arguments: Vec<String> = serde_json::from_value(written["args"].clone()).unwrap_or_default();
    context.ui.say("starting the entry's command as the client will");
    let proof = rehearse(Path::new(program), &arguments).await.map_err(|error| {
        let error =
            error.context(format!("{} is written, but its command does not get through", report.file.display()));
        Failure::from(error).help("homelabctl status")
    })?;
    report.proof = Some(proof);
    context.ui.answer(&report);
    context.ui.say(&format!("to use it: {}", client.afterwards));
    if Platform::HERE == Platform::MacOs {
        context.ui.say(
            "this was proven from here; macOS may still keep the app itself off the local network. If its log says so: \
             System Settings > Privacy & Security > Local Network",
        );
    }
    Ok(())
}

fn no_plan(error: NoPlan) -> Failure {
    match error {
        NoPlan::Key(refusal) => refusal.into(),
        NoPlan::File { .. } => {
            Failure::new(Kind::Failed, error).help("repair the file, or name another with --file FILE")
        }
    }
}

/// The answer.
#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    client: &'static str,
    file: &'a Path,
    entry: Value,
    /// `null` where nothing was started.
    proof: Option<Rehearsal>,
    plan: &'a Plan,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.file.display())?;
        let Some(proof) = &self.proof else { return Ok(()) };
        writeln!(f, "reaches {} ({} tools, MCP {})", proof.server, proof.tools, proof.protocol)?;
        if let Some(tool) = &proof.called {
            writeln!(f, "called {tool}; from start to answer {} ms", proof.took_ms)?;
        }
        Ok(())
    }
}
