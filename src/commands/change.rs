//! Show, ask, do: the second half of every command that changes something.

use super::Context;
use crate::{
    cli::Change,
    edge::{
        execute::{Interrupt, Stopped, execute, execute_here},
        materials::Materials,
        world::World,
    },
    failure::{Failure, Kind},
    step::Plan,
    ui::Output,
};
use serde::Serialize;

/// What a change command answers with `--output json`, before and after: the plan, and how far it was carried out.
#[derive(Debug, Serialize)]
struct Report<'a> {
    version: u32,
    plan: &'a Plan,
    /// Steps that were carried out.
    done: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'a str>,
}

/// Shows the plan and carries it out when the flags and the person agree, then answers. `None` when there was nothing to do.
///
/// # Errors
/// A dry run that found something to do, a refusal, or the step that failed.
pub async fn carry_out(
    context: &Context,
    world: &World,
    plan: &Plan,
    change: &Change,
) -> Result<Option<Materials>, Failure> {
    carry_out_after(context, world, &Plan::default(), plan, change).await
}

/// The same for the second half of a change: the answer is about the first as well, which has been carried out.
///
/// # Errors
/// As [`carry_out`].
pub async fn carry_out_after(
    context: &Context,
    world: &World,
    first: &Plan,
    plan: &Plan,
    change: &Change,
) -> Result<Option<Materials>, Failure> {
    let whole = Plan { steps: first.steps.iter().chain(&plan.steps).cloned().collect() };
    if !first.is_empty() && plan.is_empty() {
        report(context, &whole, whole.steps.len(), None);
        return Ok(None);
    }
    if change.dry_run || plan.is_empty() {
        match context.ui.style().output {
            Output::Json => report(context, plan, 0, None),
            // what a dry run found is its answer
            Output::Human if change.dry_run && !plan.is_empty() => context.ui.answer_text(&plan.to_string()),
            Output::Human => context.ui.show(plan),
        }
        return if plan.is_empty() { Ok(None) } else { Err(Failure::pending()) };
    }
    context.ui.show(plan);
    context.ui.agree(plan, change.agreement())?;
    let interrupt = Interrupt::listen();
    match execute(world, plan, &interrupt, &|event| context.ui.on(event)).await {
        Ok(materials) => {
            report(context, &whole, whole.steps.len(), None);
            Ok(Some(materials))
        }
        Err(stopped) => {
            report(context, &whole, first.steps.len() + stopped.done, stopped.step.as_deref());
            Err(ending(plan, *stopped))
        }
    }
}

pub(super) fn report(context: &Context, plan: &Plan, done: usize, failed: Option<&str>) {
    if context.ui.style().output == Output::Json {
        let report = Report { version: 1, plan, done, failed };
        context.ui.print(&serde_json::to_string_pretty(&report).unwrap_or_default());
    }
}

/// Carries a plan out that nobody has to agree to, and whose answer the command gives itself.
///
/// # Errors
/// The step that failed.
pub async fn perform(context: &Context, world: &World, plan: &Plan) -> Result<Materials, Failure> {
    let interrupt = Interrupt::listen();
    let run = execute(world, plan, &interrupt, &|event| context.ui.on(event)).await;
    run.map_err(|stopped| ending(plan, *stopped))
}

/// As [`perform`], for a plan that changes nothing but files of this machine.
///
/// # Errors
/// The step that failed.
pub fn perform_here(context: &Context, plan: &Plan) -> Result<(), Failure> {
    execute_here(plan, &|event| context.ui.on(event)).map_err(|stopped| ending(plan, *stopped))
}

/// The stop in words: what failed, why, and what state things are in now.
pub(super) fn ending(plan: &Plan, stopped: Stopped) -> Failure {
    let (done, total) = (stopped.done, plan.steps.len());
    let again = "the same command goes on from there";
    let Some(step) = stopped.step else {
        let state = anyhow::anyhow!("{done} of {total} steps are done; {again}");
        return Failure::new(Kind::Interrupted, state.context("interrupted"));
    };
    let failure = Failure::from(stopped.error);
    let source = failure.source.context(format!("stopped at step {} of {total}: {step} ({again})", done + 1));
    Failure { source, help: failure.help, ..failure }
}
