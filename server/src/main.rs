//! The server's command line: `serve`, `audit verify`, `probe` and `version`.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use homelab_mcp::{
    audit::{self, Chain},
    config::{Level, Settings},
    journal::Journal,
    probe::Probe,
    serve::{self, Setup},
    tools::TOOLS,
};
use tracing_subscriber::EnvFilter;

const USAGE: &str = "usage: homelab-mcp serve --config FILE [--until-eof]\n       homelab-mcp probe https://NAME/PATH --address IP:PORT --until STATUS --within SECONDS\n       homelab-mcp audit verify [--complete] FILE|-\n       homelab-mcp version\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["version" | "--version"] => {
            say(std::io::stdout(), concat!("homelab-mcp ", env!("CARGO_PKG_VERSION"), "\n"));
            ExitCode::SUCCESS
        }
        ["serve", "--config", file] => serve(file, Lifeline::None),
        ["serve", "--config", file, "--until-eof"] => serve(file, Lifeline::Stdin),
        ["audit", "verify", file] => verified(file, Chain::is_unbroken),
        ["audit", "verify", "--complete", file] => verified(file, Chain::is_complete),
        ["probe", ..] => match Probe::parse(&words) {
            Ok(probe) => ExitCode::from(u8::from(!probe.run(&mut std::io::stdout()))),
            Err(error) => {
                say(std::io::stderr(), &format!("error: {error:#}\n"));
                ExitCode::from(2)
            }
        },
        _ => {
            say(std::io::stderr(), USAGE);
            ExitCode::from(2)
        }
    }
}

/// What ends the server besides signals.
enum Lifeline {
    None,
    /// The end of stdin: whoever started it is gone, however it went.
    Stdin,
}

fn serve(file: &str, lifeline: Lifeline) -> ExitCode {
    match settings(Path::new(file)) {
        Ok(settings) => run(settings, lifeline),
        Err(error) => {
            say(std::io::stderr(), &format!("error: {error:#}\n"));
            ExitCode::from(2)
        }
    }
}

/// Says of each chain in the log what was found. Exit code 1: one of them is not as it must be, or there is none.
fn verified(file: &str, is_good: fn(&Chain) -> bool) -> ExitCode {
    let text = if file == "-" { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(file) };
    let text = match text {
        Ok(text) => text,
        Err(error) => {
            say(std::io::stderr(), &format!("error: cannot read {file}: {error}\n"));
            return ExitCode::from(2);
        }
    };
    let chains = audit::verify(text.lines());
    chains.iter().for_each(|chain| say(std::io::stdout(), &format!("{chain}\n")));
    if chains.is_empty() {
        say(std::io::stderr(), "error: there is no line of an audit log\n");
    }
    ExitCode::from(u8::from(chains.is_empty() || !chains.iter().all(is_good)))
}

fn say(mut to: impl Write, text: &str) {
    // Nobody reads: then nobody misses it.
    let _ = to.write_all(text.as_bytes());
}

fn settings(file: &Path) -> anyhow::Result<Settings> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let settings = Settings::parse(&text).with_context(|| format!("{} has a mistake", file.display()))?;
    let problems = settings.validate();
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("  {}: {}", problem.path, problem.message)).collect();
    anyhow::ensure!(lines.is_empty(), "{} cannot be used:\n{}", file.display(), lines.join("\n"));
    Ok(settings)
}

fn run(settings: Settings, lifeline: Lifeline) -> ExitCode {
    log(settings.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(until_told_to_end(settings, lifeline)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "cannot go on");
            ExitCode::FAILURE
        }
    }
}

async fn until_told_to_end(settings: Settings, lifeline: Lifeline) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Read here and nowhere else: what the downward API and the cluster say about this pod.
    let cluster =
        in_cluster().then(kube::Config::incluster).transpose().context("cannot use the cluster's identity")?;
    let host = std::env::var("HOST_IP").ok().and_then(|text| text.parse().ok());
    let replica = std::env::var("POD_NAME").unwrap_or_else(|_| "local".to_owned());
    let journal = Journal::begin(std::io::stdout(), &replica);
    let server = serve::start(Setup { settings, tools: TOOLS, cluster, host, journal }).await?;
    tokio::select! {
        _ = terminate.recv() => server.stop(),
        _ = interrupt.recv() => server.stop(),
        () = cut(lifeline) => server.stop(),
    }
    server.ended().await
}

/// A thread of its own reads: a blocked read must not hold up the end.
async fn cut(lifeline: Lifeline) {
    if matches!(lifeline, Lifeline::None) {
        return std::future::pending().await;
    }
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = tell.send(());
    });
    let _ = told.await;
}

fn in_cluster() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
        && PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount/token").exists()
}

/// JSON lines on stdout. The audit log is another one: it has no level.
fn log(level: Level) {
    let filter = match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "warn,homelab_mcp=info",
        Level::Debug => "info,homelab_mcp=debug",
    };
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stdout)
        .init();
}
