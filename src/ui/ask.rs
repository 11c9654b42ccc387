//! Questions. Each has a flag that answers it; without a terminal the flag is the only way.

use super::Ui;
use crate::{failure::Failure, secret::Secret, step::Plan};

/// What the flags have agreed to already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Agreement {
    /// `--yes`
    pub yes: bool,
    /// `--allow-disruption`
    pub disruption: bool,
}

impl Ui {
    /// Shows the plan: the dry run's text.
    pub fn show(&self, plan: &Plan) {
        self.progress.borrow_mut().clear();
        if self.style.quiet || self.style.output == super::Output::Json {
            return;
        }
        if plan.is_empty() {
            self.say("nothing to do: everything is as it should be");
        } else {
            self.say(plan.to_string().trim_end());
        }
    }

    /// Whether the person agrees to the shown plan.
    ///
    /// # Errors
    /// No terminal to ask on and no flag that answers; or the answer was no, with nothing changed.
    pub fn agree(&self, plan: &Plan, given: Agreement) -> Result<(), Failure> {
        let disruptions: Vec<&str> = plan.disruptions().map(|(_, what)| what).collect();
        if !disruptions.is_empty() && !given.disruption {
            let question = format!("This interrupts {}. Go on?", disruptions.join("; "));
            self.ask(&question, "--allow-disruption")?;
        }
        if given.yes { Ok(()) } else { self.ask(&format!("Carry out these {} steps?", plan.steps.len()), "--yes") }
    }

    /// A yes-or-no question.
    ///
    /// # Errors
    /// As [`Self::agree`].
    pub fn ask(&self, question: &str, flag: &str) -> Result<(), Failure> {
        if !self.style.interactive {
            return Err(Failure::usage(format!("there is no terminal to ask on: {question}"))
                .help(format!("answer with {flag}")));
        }
        self.progress.borrow_mut().clear();
        match dialoguer::Confirm::new().with_prompt(question).default(false).interact_opt() {
            Ok(Some(true)) => Ok(()),
            Ok(_) => Err(Failure::failed("declined; nothing was changed")),
            Err(error) => Err(Failure::failed(format!("the question was not answered ({error}); nothing was changed"))),
        }
    }

    /// A question whose answer stays hidden.
    ///
    /// # Errors
    /// No terminal; the flag names the file to read instead.
    pub fn password(&self, prompt: &str, flag: &str) -> Result<Secret, Failure> {
        if !self.style.interactive {
            return Err(
                Failure::usage(format!("there is no terminal to ask on: {prompt}")).help(format!("answer with {flag}"))
            );
        }
        self.progress.borrow_mut().clear();
        let answer = dialoguer::Password::new().with_prompt(prompt).interact();
        answer
            .map(Secret::new)
            .map_err(|error| Failure::failed(format!("no password was given ({error}); nothing was changed")))
    }
}
