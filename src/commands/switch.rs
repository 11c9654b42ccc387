//! What deploy, update and rollback share: show, ask, look again, switch; and when it fails, evidence and undo.

use super::{
    Context,
    change::{ending, report},
    connect,
};
use crate::{
    cli::Change,
    config::Config,
    edge::{
        deployment, evidence,
        execute::{Interrupt, Stopped, execute_into},
        gate, here,
        materials::Materials,
        records,
        world::World,
    },
    failure::{Failure, Kind},
    plan::deploy::{self, Facts, Impossible, Wanted, differences},
    release::{Kind as Origin, Outcome, State, changes},
    step::{Cmd, Plan},
};
use serde_json::{Value, json};

/// What a release keeps of the config that it was rendered from.
pub(super) fn recorded(config: &Config) -> Value {
    json!({"server": config.server, "network": config.network})
}

/// Shows what would change, asks, looks again, and switches.
pub(super) async fn carry_out(
    context: &Context,
    config: &Config,
    world: &World,
    wanted: &Wanted,
    change: &Change,
) -> Result<(), Failure> {
    let (facts, plan) = look(world, wanted).await?;
    show_changes(context, wanted, &facts);
    context.ui.show(&plan);
    if change.dry_run || plan.is_empty() {
        report(context, &plan, 0, None);
        return if plan.is_empty() { Ok(()) } else { Err(Failure::pending()) };
    }
    context.ui.agree(&plan, change.agreement())?;
    let (_, again) = look(world, wanted).await?;
    if again != plan {
        return Err(Failure::failed("things have changed since the plan was shown; nothing was done")
            .help("run the same command again and look at the new plan"));
    }
    let interrupt = Interrupt::listen();
    let mut materials = Materials::default();
    let ran = execute_into(world, &plan, &mut materials, &interrupt, &|event| context.ui.on(event)).await;
    match ran {
        Ok(()) => {
            report(context, &plan, plan.steps.len(), None);
            if let Some(number) = materials.gate.release {
                context.ui.say(&format!("release {number} is proven: https://{}/mcp", wanted.door.name));
            }
            Ok(())
        }
        Err(stopped) => {
            report(context, &plan, stopped.done, stopped.step.as_deref());
            Err(take_back(context, config, world, wanted, &plan, *stopped, materials).await)
        }
    }
}

async fn look(world: &World, wanted: &Wanted) -> Result<(Facts, Plan), Failure> {
    let facts = deployment::facts(world, &wanted.content, &wanted.door).await?;
    let plan = deploy::plan(wanted, &facts).map_err(|error| match error {
        Impossible::NoImage(_) => Failure::failed(error).help("deploy it anew: homelabctl deploy --image FILE.tar"),
    })?;
    Ok((facts, plan))
}

/// The difference to what runs, field by field, secrets masked; and what somebody changed in the cluster.
fn show_changes(context: &Context, wanted: &Wanted, facts: &Facts) {
    let Some(current) = &facts.current else { return };
    for change in changes(&current.objects, &wanted.content.objects) {
        context.ui.say(&change.to_string());
    }
    if current.same_effect(&wanted.content) {
        for line in differences(wanted, facts) {
            context.ui.say(&format!("not as deployed: {line}"));
        }
    }
}

/// A stopped run: an interruption is left for the next run, a failure is recorded with its evidence and taken back.
async fn take_back(
    context: &Context,
    config: &Config,
    world: &World,
    wanted: &Wanted,
    plan: &Plan,
    stopped: Stopped,
    mut materials: Materials,
) -> Failure {
    let (Some(number), true) = (materials.gate.release, stopped.step.is_some()) else {
        return ending(plan, stopped);
    };
    let applied = plan.steps.iter().position(|step| step.id == "apply").is_some_and(|apply| stopped.done >= apply);
    let failure = reason(stopped);
    let why = format!("{:#}", failure.source);
    // a connection that broke may be the reason: everything from here on gets a fresh one then
    let fresh = if is_alive(world).await { None } else { connect(context, config).await.ok() };
    let world = fresh.as_ref().unwrap_or(world);
    fail(context, config, world, wanted, number, &why, &mut materials).await;
    if !applied {
        return Failure {
            source: failure.source.context(format!("release {number} failed before anything was changed")),
            ..failure
        };
    }
    match undo(context, config, world, wanted, number).await {
        Ok(Some(to)) => Failure {
            kind: Kind::RolledBack,
            source: failure
                .source
                .context(format!("release {number} failed and was taken back: release {to} runs again")),
            help: Some("homelabctl releases".into()),
        },
        Ok(None) => Failure {
            kind: Kind::NeedsAttention,
            source: failure.source.context(format!(
                "release {number} failed, and there is no proven release to go back to: what was applied is still there"
            )),
            help: Some("look at it with homelabctl status and homelabctl logs, then deploy again".into()),
        },
        Err(second) => Failure {
            kind: Kind::NeedsAttention,
            source: failure
                .source
                .context(format!("release {number} failed, and taking it back failed as well ({:#})", second.source)),
            help: Some("look at it with homelabctl status, then homelabctl rollback".into()),
        },
    }
}

/// Why the run stopped: the step, then its error.
fn reason(stopped: Stopped) -> Failure {
    let failure = Failure::from(stopped.error);
    let source = failure.source.context(format!("could not {}", stopped.step.unwrap_or_default()));
    Failure { source, help: failure.help, ..failure }
}

async fn is_alive(world: &World) -> bool {
    world.host.run(&Cmd::user(["true"])).await.is_ok_and(|output| output.code == 0)
}

/// Saves the evidence and records the failure. What fails here is said and no reason to stop.
async fn fail(
    context: &Context,
    config: &Config,
    world: &World,
    wanted: &Wanted,
    number: u32,
    why: &str,
    materials: &mut Materials,
) {
    materials.gate.stop_watch().await;
    let namespace = &wanted.door.namespace;
    match evidence::save(world, &config.host.name, namespace, number, why, &materials.gate.lost).await {
        Ok(saved) => {
            saved.shown.iter().for_each(|line| context.ui.say(&format!("    | {line}")));
            context.ui.say(&format!("the evidence is saved: {}", saved.file.display()));
        }
        Err(error) => context.ui.warn(&format!("the evidence could not be saved: {error:#}")),
    }
    let mut outcome = Outcome::new(State::Failed, here::now());
    outcome.proof = materials.gate.proof.take();
    outcome.why = Some(why.to_owned());
    let recorded = async { records::settle(&world.cluster().await?, namespace, number, &outcome).await };
    if let Err(error) = recorded.await {
        context.ui.warn(&format!("the failure could not be recorded: {error:#}"));
    }
    if let Err(error) = gate::close(world, namespace).await {
        context.ui.warn(&format!("the gate's key could not be removed, it ends by itself: {error:#}"));
    }
}

/// The last proven release again, as a release of its own; says which. `None` when there is none.
async fn undo(
    context: &Context,
    config: &Config,
    world: &World,
    failed: &Wanted,
    of: u32,
) -> Result<Option<u32>, Failure> {
    let namespace = &failed.door.namespace;
    let cluster = world.cluster().await?;
    let history = records::history(&cluster, namespace).await?;
    let Some(proven) = history.last_proven() else { return Ok(None) };
    let to = proven.number();
    let wanted = Wanted {
        content: records::content(&cluster, namespace, &proven.head).await?,
        kind: Origin::Undo { of, to },
        reason: format!("undo of release {of}"),
        git: proven.head.git.clone(),
        archive: None,
        force: false,
        ..failed.clone()
    };
    context.ui.say(&format!("release {of} is taken back: release {to} again"));
    let (_, plan) = look(world, &wanted).await?;
    let mut materials = Materials::default();
    // not to be interrupted: half an undo helps nobody
    let ran = execute_into(world, &plan, &mut materials, &Interrupt::default(), &|event| context.ui.on(event)).await;
    let Err(stopped) = ran else { return Ok(Some(materials.gate.release.unwrap_or(to))) };
    let failure = reason(*stopped);
    if let Some(number) = materials.gate.release {
        fail(context, config, world, &wanted, number, &format!("{:#}", failure.source), &mut materials).await;
    }
    Err(failure)
}
