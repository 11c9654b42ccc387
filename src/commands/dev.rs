//! `homelabctl dev`: the server on this machine, no cluster.

use std::{fmt, path::PathBuf};

use anyhow::Context as _;
use serde::Serialize;

use super::Context;
use crate::{
    edge::{
        self,
        dev::{Dev, End},
    },
    failure::{Failure, Kind, OrFail as _},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Listen on this port of 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// Run this program instead of building the bundled server
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<(), Failure> {
    let found = edge::config::find(context.global.config.as_deref(), context.global.host.as_deref())?;
    let config = found.valid()?.config;
    let at =
        edge::dev::free(args.port).or_fail(Kind::Usage).map_err(|failure| failure.help("homelabctl dev --port 0"))?;
    let program = match &args.program {
        Some(program) => program.clone(),
        None => {
            let here = std::env::current_dir().context("this folder is gone")?;
            let cure = "run it in a checkout, or name the server's program: homelabctl dev --program FILE";
            edge::dev::program(&here, &|line| context.ui.say(line)).await.or_help(cure)?
        }
    };
    let dev = Dev::start(&config, &program, at).await?;
    context.ui.answer(&Answer::of(&dev, &config.server.name));
    context.ui.say("Ctrl-C ends it, and nothing of it stays");
    match dev.run(&|line| context.ui.say(line)).await? {
        End::Told => Ok(()),
        End::Died(how) => Err(Failure::failed(format!("the server ended by itself: {how}"))),
    }
}

/// Everything that is needed to call it.
#[derive(Serialize)]
struct Answer {
    version: u32,
    url: String,
    address: String,
    ca: PathBuf,
    key: PathBuf,
    state: PathBuf,
    #[serde(skip)]
    resolve: String,
}

impl Answer {
    fn of(dev: &Dev, name: &str) -> Self {
        let port = dev.at.port();
        Self {
            version: 1,
            url: format!("https://{name}:{port}/mcp"),
            address: dev.at.to_string(),
            ca: dev.store.ca(),
            key: dev.store.key(&dev.key),
            state: dev.store.folder().to_owned(),
            resolve: format!("{name}:{port}:{}", dev.at.ip()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ca, key) = (self.ca.display(), self.key.display());
        writeln!(f, "url     {} on {}", self.url, self.address)?;
        writeln!(f, "ca      {ca}")?;
        writeln!(f, "key     {key}")?;
        let health = self.url.trim_end_matches("mcp");
        writeln!(f, "try     curl --cacert {ca} --resolve {} {health}health", self.resolve)?;
        writeln!(f, "client  homelabctl bridge --state {} --key dev", self.state.display())
    }
}
