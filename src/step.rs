//! Plan, Step and Action: the language of change. `Display` is the dry run (src/step_text.rs), serde is the JSON.

use crate::{
    release::{Entry, Gate},
    secret::Secret,
    tls::{Constraints, Names},
};
use homelab_mcp::keys::Scope;
use serde::Serialize;
use std::{path::PathBuf, time::Duration};
use time::OffsetDateTime;

/// What a command is going to do, in order. Equal plans do equal things.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Plan {
    pub steps: Vec<Step>,
}

/// One intent. Retries belong inside it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Unique in its plan; later steps refer to this one's outputs by it.
    pub id: String,
    pub title: String,
    pub action: Action,
    /// What takes it back, for plans that undo themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<Action>,
    /// What it interrupts for others on the host; such a step needs `--allow-disruption`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disrupts: Option<String>,
}

/// Everything homelabctl can do to the world. A new power is a new variant and one arm in `edge::execute`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Run a command on the host.
    Run(Cmd),
    /// Write a file on the host, root-owned.
    Write {
        path: String,
        mode: u32,
        content: Content,
    },
    /// Bring an image archive into the node's containerd.
    Send(Shipment),
    /// Server-side apply, in this order.
    Apply {
        objects: Vec<Object>,
    },
    Delete {
        objects: Vec<ObjectRef>,
    },
    /// Set and remove single data entries of a Secret.
    Entries(Entries),
    /// Change the history of releases.
    Record(Entry),
    /// A part of the gate that every switch goes through.
    Gate(Gate),
    /// Let another field manager own the number of pods at its live value, so that leaving it out changes nothing.
    HandOver {
        deployment: ObjectRef,
        replicas: i64,
        to: String,
    },
    /// Look again and again until it is so, or the time is over.
    Wait {
        probe: Probe,
        #[serde(serialize_with = "seconds")]
        within: Duration,
    },
    /// Change a file on this machine.
    Edit {
        file: PathBuf,
        edit: Edit,
    },
}

/// A command as argv: nothing here passes through a shell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cmd {
    pub argv: Vec<String>,
    pub privilege: Privilege,
    /// The remote process is ended when this is over.
    #[serde(serialize_with = "seconds")]
    pub within: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Privilege {
    User,
    Root,
}

impl Cmd {
    /// As root, through sudo, within a minute.
    pub fn root<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            privilege: Privilege::Root,
            within: Duration::from_secs(60),
        }
    }

    /// As the person who connects, within a minute.
    pub fn user<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Self {
        Self { privilege: Privilege::User, ..Self::root(argv) }
    }

    #[must_use]
    pub fn within(self, within: Duration) -> Self {
        Self { within, ..self }
    }
}

/// Data entries of a Secret that exists; its other entries stay, whoever wrote them.
/// (An apply with fewer entries than the last one would remove the rest.)
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entries {
    pub object: ObjectRef,
    /// An entry that the run makes; its outputs are this step's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<Generate>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(Content, Content)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// A text that may be known, secret, made at run time, or an earlier step's output.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Text(String),
    Secret(Secret),
    FromStep { step: String, output: String },
}

/// What only the run itself can make. The interpreter makes it once and saves it before anything uses it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "make", rename_all = "snake_case")]
pub enum Generate {
    /// A new CA, kept for good once it is there. Outputs `tls.crt`, `tls.key`.
    Ca { label: String, constraints: Constraints },
    /// A new certificate by the CA in that Secret. Outputs `tls.crt` (the CA's appended) and `tls.key`.
    Leaf { names: Names, issuer: ObjectRef },
    /// A new key. Outputs `token`, `id`, `entry` (the name of its data entry) and `record`.
    ApiKey {
        name: String,
        scopes: Vec<Scope>,
        #[serde(skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
    },
    /// Kept for good once it is there. Output `key`: that many random bytes.
    Random { bytes: usize },
}

/// A Kubernetes object to apply. Values of a Secret's `data` are masked whenever it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub manifest: serde_json::Value,
    /// Its `data` is made at run time; an object that exists already keeps what it has.
    pub fill: Option<Generate>,
    /// Further `data` entries: name and value.
    pub data: Vec<(Content, Content)>,
    /// Take fields over that somebody else set (an add-on's Service, say).
    pub force: bool,
}

impl Object {
    pub fn new(manifest: serde_json::Value) -> Self {
        Self { manifest, fill: None, data: Vec::new(), force: true }
    }

    #[must_use]
    pub fn filled(self, fill: Generate) -> Self {
        Self { fill: Some(fill), ..self }
    }

    pub fn reference(&self) -> ObjectRef {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        ObjectRef {
            api_version: text(&self.manifest["apiVersion"]),
            kind: text(&self.manifest["kind"]),
            namespace: self.manifest["metadata"]["namespace"].as_str().map(str::to_owned),
            name: text(&self.manifest["metadata"]["name"]),
        }
    }
}

/// Which object: enough to find it without asking what it looks like.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ObjectRef {
    pub api_version: String,
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    pub name: String,
}

impl ObjectRef {
    pub fn new(api_version: &str, kind: &str, namespace: Option<&str>, name: &str) -> Self {
        Self {
            api_version: api_version.into(),
            kind: kind.into(),
            namespace: namespace.map(Into::into),
            name: name.into(),
        }
    }
}

/// A question whose answer is yes sooner or later.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "probe", rename_all = "snake_case")]
pub enum Probe {
    /// The API server answers `/readyz`.
    Api,
    /// Every node is Ready.
    Nodes,
    /// A Deployment, DaemonSet or StatefulSet is rolled out and available.
    Workload(ObjectRef),
    Exists(ObjectRef),
    Gone(ObjectRef),
    /// A Service has this external address.
    ServiceAddress {
        service: ObjectRef,
        address: String,
    },
    /// An aggregated API answers.
    ApiService {
        name: String,
    },
}

/// An image archive on this machine and where it belongs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shipment {
    pub archive: PathBuf,
    /// Name and immutable tag.
    pub reference: String,
    /// Manifest digest; checked on the node after the import.
    pub digest: String,
    pub bytes: u64,
}

/// A change to a file on this machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum Edit {
    /// Replace the whole text; `backup` keeps the old one beside it.
    Replace {
        content: Content,
        mode: u32,
        backup: bool,
    },
    /// Save a new API key in the laptop's own state, before its hash goes anywhere.
    SaveKey(Generate),
    /// Save a new object's data entry of the cluster here, the CA's certificate for instance.
    Fetch {
        object: ObjectRef,
        entry: String,
        mode: u32,
    },
    Remove,
}

impl Entries {
    pub fn of(object: ObjectRef) -> Self {
        Self { object, make: None, set: Vec::new(), remove: Vec::new() }
    }
}

impl Generate {
    /// Whether what was made once must not be made again: another CA or key would lock people out.
    pub fn is_for_good(&self) -> bool {
        matches!(self, Generate::Ca { .. } | Generate::Random { .. })
    }
}

fn seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

impl Plan {
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps that interrupt others on the host.
    pub fn disruptions(&self) -> impl Iterator<Item = (&Step, &str)> {
        self.steps.iter().filter_map(|step| step.disrupts.as_deref().map(|what| (step, what)))
    }
}

impl Step {
    pub fn new(id: impl Into<String>, title: impl Into<String>, action: Action) -> Self {
        Self { id: id.into(), title: title.into(), action, undo: None, disrupts: None }
    }

    #[must_use]
    pub fn undo(self, action: Action) -> Self {
        Self { undo: Some(action), ..self }
    }

    #[must_use]
    pub fn disrupts(self, what: impl Into<String>) -> Self {
        Self { disrupts: Some(what.into()), ..self }
    }
}

/// A value of a Secret's `data`, as the API wants it.
pub fn encode(value: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(value)
}
