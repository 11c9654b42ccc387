//! The interpreter: one arm per `Action`. It carries out and never decides; a contradiction stops it and the next run plans anew.

use super::{
    cluster, files,
    materials::{self, Materials},
    ship,
    wait::wait,
    world::World,
};
use crate::{
    step::{Action, Content, Edit, Entries, Object, ObjectRef, Plan, Step},
    ui::Event,
};
use anyhow::Context as _;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// Webhooks and fresh kinds need a while before they take an object (MetalLB's takes 5 to 15 s).
const APPLY_PATIENCE: Duration = Duration::from_secs(90);
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A run that did not come to its end.
#[derive(Debug)]
pub struct Stopped {
    pub done: usize,
    /// The step that failed; `None` when the person stopped the run between two steps.
    pub step: Option<String>,
    pub error: anyhow::Error,
    pub left: Vec<String>,
}

/// Set by the first Ctrl-C: the current step is finished, then the run stops. The second one ends the program.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Starts to listen for Ctrl-C.
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let flag = interrupt.clone();
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if flag.0.swap(true, Ordering::SeqCst) {
                    std::process::exit(130);
                }
            }
        });
        interrupt
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Carries the plan out, step by step, telling what happens. What steps made is returned for those who show it.
///
/// # Errors
/// The first step that fails stops the run.
pub async fn execute(
    world: &World,
    plan: &Plan,
    interrupt: &Interrupt,
    tell: &dyn Fn(&Event),
) -> Result<Materials, Box<Stopped>> {
    let mut materials = Materials::default();
    execute_into(world, plan, &mut materials, interrupt, tell).await.map(|()| materials)
}

/// The same for a caller who needs what steps made even when the run stops.
///
/// # Errors
/// The first step that fails stops the run.
pub async fn execute_into(
    world: &World,
    plan: &Plan,
    materials: &mut Materials,
    interrupt: &Interrupt,
    tell: &dyn Fn(&Event),
) -> Result<(), Box<Stopped>> {
    let total = plan.steps.len();
    for (at, step) in plan.steps.iter().enumerate() {
        let left = || plan.steps[at..].iter().map(|step| step.title.clone()).collect();
        if interrupt.is_set() {
            return Err(Box::new(Stopped {
                done: at,
                step: None,
                error: anyhow::anyhow!("interrupted"),
                left: left(),
            }));
        }
        tell(&Event::Started { number: at + 1, total, title: step.title.clone() });
        let started = Instant::now();
        match with_heartbeat(started, tell, perform(world, step, materials, tell)).await {
            Ok(()) => {
                tell(&Event::Finished { title: step.title.clone(), took: started.elapsed() });
                die_if_asked(at + 1);
            }
            Err(error) => {
                tell(&Event::Failed { title: step.title.clone(), took: started.elapsed() });
                return Err(Box::new(Stopped { done: at, step: Some(step.title.clone()), error, left: left() }));
            }
        }
    }
    Ok(())
}

/// Only in a debug build: a test's SIGKILL exactly between two steps, which no other program can time.
fn die_if_asked(done: usize) {
    let asked = || std::env::var("HOMELABCTL_DIE_AFTER").is_ok_and(|count| count.parse() == Ok(done));
    if cfg!(debug_assertions) && asked() {
        let _ = nix::sys::signal::raise(nix::sys::signal::Signal::SIGKILL);
    }
}

/// Runs something that may be silent for long and tells every so often that it still does.
pub async fn with_heartbeat<T>(started: Instant, tell: &dyn Fn(&Event), work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(HEARTBEAT, &mut work).await {
            Ok(done) => return done,
            Err(_) => tell(&Event::Heartbeat { elapsed: started.elapsed() }),
        }
    }
}

async fn perform(world: &World, step: &Step, materials: &mut Materials, tell: &dyn Fn(&Event)) -> anyhow::Result<()> {
    match &step.action {
        Action::Run(cmd) => world
            .host
            .run_telling(cmd, |line| tell(&Event::Said { line: line.to_owned() }))
            .await?
            .success(cmd)
            .map(drop),
        Action::Write { path, mode, content } => {
            world.host.write(path, *mode, materials.resolve(content)?.as_bytes()).await
        }
        Action::Send(shipment) => ship::send(world, shipment, tell).await,
        Action::Apply { objects } => {
            for object in objects {
                apply(world, &step.id, object, materials, tell).await?;
            }
            Ok(())
        }
        Action::Delete { objects } => {
            let cluster = world.cluster().await?;
            for object in objects {
                cluster.delete(object).await?;
            }
            Ok(())
        }
        Action::Entries(wanted) => entries(world, &step.id, wanted, materials).await,
        Action::Record(entry) => super::records::perform(world, &step.id, entry, materials).await,
        Action::Gate(part) => super::gate::perform(world, part, materials, tell).await,
        Action::HandOver { deployment, replicas, to } => hand_over(world, deployment, *replicas, to).await,
        Action::Wait { probe, within } => wait(world, probe, *within, tell).await,
        Action::Edit { file, edit } => change(world, &step.id, file, edit, materials, tell).await,
    }
}

/// The number of pods stays as it is, and its owner is another: from then on leaving it out of what we apply changes nothing.
async fn hand_over(world: &World, deployment: &ObjectRef, replicas: i64, to: &str) -> anyhow::Result<()> {
    let manifest = serde_json::json!({
        "apiVersion": deployment.api_version, "kind": deployment.kind,
        "metadata": {"namespace": deployment.namespace, "name": deployment.name},
        "spec": {"replicas": replicas},
    });
    world.cluster().await?.apply_as(&manifest, true, to).await.map(drop)
}

/// Applies one object, again and again while the cluster is not ready for it.
async fn apply(
    world: &World,
    step: &str,
    object: &Object,
    materials: &mut Materials,
    tell: &dyn Fn(&Event),
) -> anyhow::Result<()> {
    let started = Instant::now();
    loop {
        let error = match apply_once(world, step, object, materials).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if started.elapsed() > APPLY_PATIENCE || !cluster::is_early(&error) {
            return Err(error);
        }
        tell(&Event::Waiting { what: format!("{error:#}") });
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

async fn apply_once(world: &World, step: &str, object: &Object, materials: &mut Materials) -> anyhow::Result<()> {
    let cluster = world.cluster().await?;
    let mut object = object.clone();
    let fill = object.fill.take();
    if let Some(generate) = &fill {
        for (name, value) in materials.make(&cluster, step, generate).await? {
            object.manifest["data"][name.as_str()] = serde_json::Value::String(crate::step::encode(&value));
        }
    }
    for (name, value) in &object.data {
        let (name, value) = (materials.resolve(name)?, materials.resolve(value)?);
        object.manifest["data"][name.as_str()] = serde_json::Value::String(if object.manifest["kind"] == "Secret" {
            crate::step::encode(value.as_bytes())
        } else {
            value
        });
    }
    if fill.is_some_and(|generate| generate.is_for_good()) {
        // only the first writer's is kept; what was made here is in use nowhere yet, so stopping costs nothing
        let reference = object.reference();
        anyhow::ensure!(
            cluster.create(&object.manifest).await?,
            "{reference} came to exist in the meantime: does another setup run?"
        );
        return Ok(());
    }
    cluster.apply(&object).await.map(drop)
}

/// Sets and removes data entries and leaves the others alone, which a merge patch does and an apply would not.
async fn entries(world: &World, step: &str, wanted: &Entries, materials: &mut Materials) -> anyhow::Result<()> {
    let cluster = world.cluster().await?;
    let mut data = serde_json::Map::new();
    if let Some(generate) = &wanted.make {
        for (name, value) in materials.make(&cluster, step, generate).await? {
            data.insert(name, crate::step::encode(&value).into());
        }
    }
    for (name, value) in &wanted.set {
        data.insert(materials.resolve(name)?, crate::step::encode(materials.resolve(value)?).into());
    }
    data.extend(wanted.remove.iter().map(|name| (name.clone(), serde_json::Value::Null)));
    cluster.merge(&wanted.object, &serde_json::json!({ "data": data })).await
}

/// Carries out a plan that changes nothing but files of this machine: no connection is needed.
///
/// # Errors
/// The first step that fails stops the run.
pub fn execute_here(plan: &Plan, tell: &dyn Fn(&Event)) -> Result<(), Box<Stopped>> {
    let materials = Materials::default();
    let total = plan.steps.len();
    for (at, step) in plan.steps.iter().enumerate() {
        let title = &step.title;
        tell(&Event::Started { number: at + 1, total, title: title.clone() });
        let started = Instant::now();
        let done = match &step.action {
            Action::Edit { file, edit: Edit::Replace { content, mode, backup } } => {
                replace(file, content, *mode, *backup, &materials, tell)
            }
            Action::Edit { file, edit: Edit::Remove } => files::remove(file),
            other => Err(anyhow::anyhow!("this needs a connection to the host: {other}")),
        };
        if let Err(error) = done {
            tell(&Event::Failed { title: title.clone(), took: started.elapsed() });
            let left = plan.steps[at..].iter().map(|step| step.title.clone()).collect();
            return Err(Box::new(Stopped { done: at, step: Some(title.clone()), error, left }));
        }
        tell(&Event::Finished { title: title.clone(), took: started.elapsed() });
    }
    Ok(())
}

fn replace(
    file: &Path,
    content: &Content,
    mode: u32,
    backup: bool,
    materials: &Materials,
    tell: &dyn Fn(&Event),
) -> anyhow::Result<()> {
    let text = materials.resolve(content)?;
    if backup && let Some(copy) = files::backup(file)? {
        tell(&Event::Said { line: format!("the file as it was: {}", copy.display()) });
    }
    files::replace(file, text.as_bytes(), mode)
}

async fn change(
    world: &World,
    step: &str,
    file: &Path,
    edit: &Edit,
    materials: &mut Materials,
    tell: &dyn Fn(&Event),
) -> anyhow::Result<()> {
    match edit {
        Edit::Replace { content, mode, backup } => replace(file, content, *mode, *backup, materials, tell),
        Edit::SaveKey(generate) => {
            let token = materials.make_key(step, generate)?;
            files::replace(file, format!("{}\n", token.reveal()).as_bytes(), 0o600)
        }
        Edit::Fetch { object, entry, mode } => {
            let found =
                world.cluster().await?.get(object).await?.with_context(|| format!("{object} does not exist"))?;
            let bytes = materials::entry(&found, entry).with_context(|| format!("{object} has no entry {entry}"))?;
            files::replace(file, &bytes, *mode)
        }
        Edit::Remove => files::remove(file),
    }
}
