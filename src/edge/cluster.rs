//! The cluster, through a unix socket that ssh forwards to the API server on the host's loopback. No kubeconfig stays on the laptop.

use super::host::Host;
use crate::{
    plan::MICROK8S,
    step::{Cmd, Object, ObjectRef},
};
use anyhow::Context as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use kube::{
    Api, Client, Config,
    api::{ApiResource, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams},
    client::{Body, ClientBuilder, ConfigExt as _},
    config::{KubeConfigOptions, Kubeconfig},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// The field manager of everything homelabctl applies.
pub const MANAGER: &str = "homelabctl";
/// A short call that takes longer is an error. Watches, logs and exec use [`Cluster::patient`].
pub const DEADLINE: Duration = Duration::from_secs(30);
/// MicroK8s' API server listens here (microk8s.io, services and ports).
const PORT: u16 = 16443;

/// The API server, verified with the cluster's own CA.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
}

/// What the attempt to reach the API server found.
pub enum Reach {
    Cluster(Cluster),
    /// Nothing listens: MicroK8s is not there, stopped or still starting.
    NotListening {
        why: String,
    },
}

impl Cluster {
    /// Connects through the host. That nothing listens is a fact, not an error.
    ///
    /// # Errors
    /// The connection to the host was lost, forwarding is forbidden, or the credentials make no sense.
    pub async fn connect(host: &Host) -> anyhow::Result<Reach> {
        let ask = Cmd::root([MICROK8S, "config", "-l"]).within(Duration::from_secs(30));
        let answer = host.run(&ask).await?;
        // a stopped node and a worker print a sentence and exit 0
        if answer.code != 0 || !answer.stdout.contains("apiVersion") {
            let words = if answer.stderr.trim().is_empty() { &answer.stdout } else { &answer.stderr };
            return Ok(Reach::NotListening {
                why: words.trim().lines().next().unwrap_or("microk8s config said nothing").to_owned(),
            });
        }
        let socket = host.forward("api", SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))).await?;
        let cluster = Self { client: client(&answer.stdout, socket).await? };
        match cluster.version().await {
            Ok(_) => Ok(Reach::Cluster(cluster)),
            Err(error) if is_unreachable(&error) => {
                Ok(Reach::NotListening { why: "nothing answers on the API server's port".into() })
            }
            Err(error) => Err(error).context("the API server does not talk to us"),
        }
    }

    /// The client as it is, for watches, logs and exec, which have no deadline.
    pub fn patient(&self) -> Client {
        self.client.clone()
    }

    /// # Errors
    /// No answer within the deadline, or a refusal.
    pub async fn version(&self) -> anyhow::Result<String> {
        Ok(short("asking for the version", self.client.apiserver_version()).await?.git_version)
    }

    /// A raw GET, for `/readyz` and aggregated APIs: status and body.
    ///
    /// # Errors
    /// No answer within the deadline.
    pub async fn raw(&self, path: &str) -> anyhow::Result<(u16, String)> {
        let request = http::Request::get(path).body(Body::empty())?;
        let response = short(path, self.client.send(request)).await?;
        let status = response.status().as_u16();
        let bytes = tokio::time::timeout(DEADLINE, response.into_body().collect_bytes())
            .await
            .context("the answer did not end")??;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// The object, or `None` where there is none or the cluster does not know its kind.
    ///
    /// # Errors
    /// No answer within the deadline, or a refusal.
    pub async fn get(&self, object: &ObjectRef) -> anyhow::Result<Option<DynamicObject>> {
        match short(&object.to_string(), self.api(object).get(&object.name)).await {
            Ok(found) => Ok(Some(found)),
            // of an unknown kind as well, which is no `NotFound` but a page of text
            Err(error) if code(&error) == Some(404) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {object}")),
        }
    }

    /// Every object of that kind, in one namespace or all; none where the cluster does not know the kind.
    ///
    /// # Errors
    /// No answer within the deadline, or a refusal.
    pub async fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: Option<&str>,
        selector: &str,
    ) -> anyhow::Result<Vec<DynamicObject>> {
        let api = self.api(&ObjectRef::new(api_version, kind, namespace, ""));
        match short(kind, api.list(&ListParams::default().labels(selector))).await {
            Ok(list) => Ok(list.items),
            Err(error) if code(&error) == Some(404) => Ok(Vec::new()),
            Err(error) => Err(error).with_context(|| format!("cannot list {kind}s")),
        }
    }

    /// Server-side apply with strict field validation.
    ///
    /// # Errors
    /// The API server refuses it: unknown fields, a webhook, a conflict. Or the object is on its way out ([`Going`]): what is
    /// applied to it is lost.
    pub async fn apply(&self, object: &Object) -> anyhow::Result<DynamicObject> {
        let applied = self.apply_as(&object.manifest, object.force, MANAGER).await?;
        if applied.metadata.deletion_timestamp.is_some() {
            return Err(Going(object.reference()).into());
        }
        Ok(applied)
    }

    /// The same with a field manager of choice.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub async fn apply_as(
        &self,
        manifest: &serde_json::Value,
        force: bool,
        manager: &str,
    ) -> anyhow::Result<DynamicObject> {
        let object = Object::new(manifest.clone()).reference();
        let mut params = PatchParams::apply(manager).validation_strict();
        params.force = force;
        short(&object.to_string(), self.api(&object).patch(&object.name, &params, &Patch::Apply(manifest)))
            .await
            .with_context(|| format!("cannot apply {object}"))
    }

    /// Creates the object; `false` when it is there already.
    ///
    /// # Errors
    /// Any other refusal.
    pub async fn create(&self, manifest: &serde_json::Value) -> anyhow::Result<bool> {
        let object = Object::new(manifest.clone()).reference();
        let typed: DynamicObject =
            serde_json::from_value(manifest.clone()).with_context(|| format!("{object} is no object"))?;
        let params = kube::api::PostParams { field_manager: Some(MANAGER.into()), ..Default::default() };
        match short(&object.to_string(), self.api(&object).create(&params, &typed)).await {
            Ok(_) => Ok(true),
            Err(error) if code(&error) == Some(409) => Ok(false),
            Err(error) => Err(error).with_context(|| format!("cannot create {object}")),
        }
    }

    /// A merge patch, for the few things apply cannot say.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn merge(&self, object: &ObjectRef, patch: &serde_json::Value) -> anyhow::Result<()> {
        let params = PatchParams { field_manager: Some(MANAGER.into()), ..Default::default() };
        short(&object.to_string(), self.api(object).patch(&object.name, &params, &Patch::Merge(patch)))
            .await
            .with_context(|| format!("cannot change {object}"))
            .map(drop)
    }

    /// Deletes the object with what it owns; one that is gone already is fine. A workload is gone only when its pods are.
    ///
    /// # Errors
    /// The API server refuses it.
    pub async fn delete(&self, object: &ObjectRef) -> anyhow::Result<()> {
        let params =
            if object.api_version == "apps/v1" { DeleteParams::foreground() } else { DeleteParams::background() };
        match short(&object.to_string(), self.api(object).delete(&object.name, &params)).await {
            Ok(_) => Ok(()),
            Err(error) if code(&error) == Some(404) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("cannot delete {object}")),
        }
    }

    fn api(&self, object: &ObjectRef) -> Api<DynamicObject> {
        let (group, version) = object.api_version.split_once('/').unwrap_or(("", &object.api_version));
        let kind = GroupVersionKind::gvk(group, version, &object.kind);
        // the plural by kube's own rule; true for every kind we use
        let resource = ApiResource::from_gvk(&kind);
        match &object.namespace {
            Some(namespace) => Api::namespaced_with(self.client.clone(), namespace, &resource),
            None => Api::all_with(self.client.clone(), &resource),
        }
    }
}

async fn client(kubeconfig: &str, socket: PathBuf) -> anyhow::Result<Client> {
    let kubeconfig = Kubeconfig::from_yaml(kubeconfig).context("`microk8s config` printed no kubeconfig")?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .context("the kubeconfig of MicroK8s is incomplete")?;
    // the default repeats 429, 503 and 504 for minutes
    config.default_retry = false;
    let connect = tower::service_fn(move |_: http::Uri| {
        let socket = socket.clone();
        async move { Ok::<_, std::io::Error>(TokioIo::new(tokio::net::UnixStream::connect(socket).await?)) }
    });
    let https = config.rustls_https_connector_with_connector(connect)?;
    let hyper = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build::<_, Body>(https);
    let service = tower::ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .map_err(tower::BoxError::from)
        .service(hyper);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

async fn short<T>(what: &str, call: impl Future<Output = Result<T, kube::Error>>) -> anyhow::Result<T> {
    match tokio::time::timeout(DEADLINE, call).await {
        Ok(answer) => Ok(answer?),
        Err(_) => anyhow::bail!("the API server did not answer within {} s ({what})", DEADLINE.as_secs()),
    }
}

/// The status code of the API server's refusal.
pub fn code(error: &anyhow::Error) -> Option<u16> {
    error.chain().find_map(|cause| match cause.downcast_ref::<kube::Error>() {
        Some(kube::Error::Api(status)) => Some(status.code),
        _ => None,
    })
}

/// The connection itself failed: nothing listens, or it ended before TLS.
pub fn is_unreachable(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        matches!(cause.downcast_ref::<kube::Error>(), Some(kube::Error::HyperError(_) | kube::Error::Service(_)))
    })
}

/// Somebody deleted the object, and it is still there until what it owns is gone.
#[derive(Debug, thiserror::Error)]
#[error("{0} of earlier is still being removed")]
pub struct Going(ObjectRef);

/// It will do a little later: a webhook that does not serve yet, a kind that is just being learned, an API server that restarts,
/// an object of earlier that is still being removed.
pub fn is_early(error: &anyhow::Error) -> bool {
    is_unreachable(error) || error.is::<Going>() || matches!(code(error), Some(404 | 429 | 500 | 502 | 503 | 504))
}
