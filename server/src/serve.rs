//! Starts the server, and ends it without losing a call.

use std::{
    net::{IpAddr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use axum::{Router, routing::get};
use axum_server::{
    Handle,
    accept::NoDelayAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{
    arrivals::{self, Arrivals},
    cluster,
    config::Settings,
    credentials::Credentials,
    health::{self, Health},
    journal::Journal,
    keystore::{self, Source},
    lab::Lab,
    layers::{self, Gate},
    metrics_page,
    node::{Kubelet, Node},
    tools::Tool,
};

/// Longer than the 90 s that Traefik keeps an idle connection: it must be the one who closes it, or a
/// request that it is just sending is lost.
const IDLE: Duration = Duration::from_secs(120);
const SWEEP: Duration = Duration::from_secs(60);

/// What the server is started with.
pub struct Setup {
    pub settings: Settings,
    /// The table of tools
    pub tools: &'static [&'static Tool],
    /// The Kubernetes API, if the server runs in a cluster
    pub cluster: Option<kube::Config>,
    /// Address of the machine that the pod runs on
    pub host: Option<IpAddr>,
    /// The audit log
    pub journal: Journal,
}

/// A server at work.
pub struct Running {
    /// Where it listens
    pub address: SocketAddr,
    /// Where its metrics are
    pub metrics_address: SocketAddr,
    stop: CancellationToken,
    work: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// Asks it to end: once nobody calls any more there are no new connections, and running calls get their time.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits for its end.
    pub async fn ended(self) -> anyhow::Result<()> {
        self.work.await?
    }
}

/// Starts to listen. Keys may come later: until then the server says that it is not ready.
pub async fn start(setup: Setup) -> anyhow::Result<Running> {
    // Twice is no harm: a process has one provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    metrics_page::record();
    let settings = Arc::new(setup.settings);
    let client = setup.cluster.clone().map(cluster::client).transpose().context("cannot use the Kubernetes API")?;
    let keys = keystore::follow(source(&settings, setup.cluster.as_ref(), client.as_ref())?);
    let kubelet = match (&setup.cluster, setup.host) {
        (Some(config), Some(host)) => Some(Kubelet::new(config, host).context("cannot use the kubelet")?),
        (Some(_) | None, _) => None,
    };
    let credentials = Credentials::read(settings.secrets.as_deref())?;
    let lab = Lab::new(Arc::clone(&settings), setup.tools, client, Node::new(kubelet), credentials);
    let health = Arc::new(Health::new(keys.clone()));
    let journal = Arc::new(setup.journal);
    let gate = Arc::new(Gate::new(Arc::clone(&settings), keys, Arc::clone(&journal)));
    let stop = CancellationToken::new();
    let streams = CancellationToken::new();
    let arrivals = Arrivals::new();
    let calls = layers::around(mcp(&lab, &settings, &streams), &gate)
        .layer(axum::middleware::from_fn_with_state(arrivals.clone(), arrivals::note));
    let app = calls.merge(health::routes(&health));

    let listener = listen(settings.listen)?;
    let metrics_listener = listen(settings.metrics_listen)?;
    let (address, metrics_address) = (listener.local_addr()?, metrics_listener.local_addr()?);
    let metrics_handle = Handle::new();
    let metrics_work = tokio::spawn(
        axum_server::from_tcp(metrics_listener)?
            .handle(metrics_handle.clone())
            .serve(Router::new().route("/metrics", get(metrics_page::page)).into_make_service()),
    );
    let sweeper = tokio::spawn(sweep(Arc::clone(&gate), lab.clone()));
    let handle = Handle::new();
    let serving = tokio::spawn(serve(listener, settings.tls.clone(), handle.clone(), app));
    tracing::info!(%address, %metrics_address, version = env!("CARGO_PKG_VERSION"), "listening");

    let drain = Duration::from_secs(u64::from(settings.limits.drain_seconds));
    let asked = stop.clone();
    let work = tokio::spawn(async move {
        let mut serving = serving;
        let result = tokio::select! {
            ended = &mut serving => ended,
            () = asked.cancelled() => {
                tracing::info!(connections = handle.connection_count(), "ending: running calls get their time");
                health.drain();
                arrivals.quiet(drain).await;
                handle.graceful_shutdown(Some(drain));
                serving.await
            }
        };
        // Not before: it would cut calls that are still at work.
        streams.cancel();
        sweeper.abort();
        metrics_handle.shutdown();
        let _ = metrics_work.await;
        journal.end();
        tracing::info!("ended");
        result?.context("the server ended")
    });
    Ok(Running { address, metrics_address, stop, work })
}

fn source(settings: &Settings, config: Option<&kube::Config>, client: Option<&kube::Client>) -> anyhow::Result<Source> {
    match (&settings.keys.folder, config, client) {
        (Some(folder), _, _) => Ok(Source::Folder(folder.clone())),
        (None, Some(config), Some(client)) => Ok(Source::Secret {
            client: client.clone(),
            namespace: config.default_namespace.clone(),
            name: settings.keys.secret.clone(),
        }),
        (None, _, _) => anyhow::bail!("outside of Kubernetes the keys come from a folder: set `keys.folder`"),
    }
}

fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The MCP endpoint: stateless, both protocol eras, any replica serves any request.
fn mcp(lab: &Lab, settings: &Settings, streams: &CancellationToken) -> Router {
    let hosts = layers::LOOPBACK.into_iter().map(str::to_owned).chain(settings.allowed_hosts.iter().cloned());
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_allowed_hosts(hosts)
        .with_allowed_origins(settings.allowed_origins.iter().cloned())
        .enforce_origin_validation()
        .with_max_request_body_bytes(settings.limits.body_bytes as usize)
        .with_cancellation_token(streams.child_token());
    let lab = lab.clone();
    let service = StreamableHttpService::new(move || Ok(lab.clone()), Arc::new(NeverSessionManager::default()), config);
    Router::new().route_service("/mcp", service)
}

async fn serve(
    listener: TcpListener,
    tls: Option<crate::config::Tls>,
    handle: Handle<SocketAddr>,
    app: Router,
) -> anyhow::Result<()> {
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle).first_request_timeout(IDLE);
    server.http_builder().http1().header_read_timeout(IDLE);
    match tls {
        None => server.acceptor(NoDelayAcceptor::new()).serve(service).await?,
        Some(files) => {
            let config = RustlsConfig::from_pem_file(&files.cert, &files.key)
                .await
                .with_context(|| format!("cannot use the certificate {}", files.cert.display()))?;
            server.acceptor(RustlsAcceptor::new(config)).serve(service).await?;
        }
    }
    Ok(())
}

/// Memory for the rates of addresses and keys must not grow for ever.
async fn sweep(gate: Arc<Gate>, lab: Lab) {
    let mut tick = tokio::time::interval(SWEEP);
    loop {
        tick.tick().await;
        gate.forget_the_quiet();
        lab.forget_the_quiet();
        metrics_page::upkeep();
    }
}
