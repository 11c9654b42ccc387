//! Everything a person sees: stdout is the answer, stderr is the talk. No other module prints.

mod ask;
mod progress;

pub use ask::Agreement;
pub use progress::Event;

use progress::Progress;
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Output {
    #[default]
    Human,
    Json,
}

/// What the person's terminal and flags allow; decided once.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    pub output: Output,
    /// Only answers and errors.
    pub quiet: bool,
    pub color: bool,
    /// stderr is a terminal: lines may collapse.
    pub animate: bool,
    /// stdin and stderr are terminals: questions may be asked.
    pub interactive: bool,
}

impl Style {
    /// `NO_COLOR` (non-empty), `TERM=dumb`, CI and pipes are respected (no-color.org).
    pub fn of_terminal(output: Output, quiet: bool, no_color: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let stderr = std::io::stderr().is_terminal();
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            output,
            quiet,
            color: stderr && !no_color && !set("NO_COLOR") && !dumb,
            animate: stderr && !dumb && !set("CI"),
            interactive: stderr && std::io::stdin().is_terminal() && !set("CI"),
        }
    }
}

/// The one place that prints and asks.
pub struct Ui {
    style: Style,
    progress: std::cell::RefCell<Progress>,
}

impl Ui {
    pub fn new(style: Style) -> Self {
        Self { style, progress: std::cell::RefCell::new(Progress::new(style)) }
    }

    pub fn style(&self) -> Style {
        self.style
    }

    /// The answer, as text or, with `--output json`, as its own JSON.
    pub fn answer(&self, report: &(impl Serialize + std::fmt::Display)) {
        self.progress.borrow_mut().clear();
        match self.style.output {
            Output::Human => self.print(report.to_string().trim_end()),
            Output::Json => self.print(&serde_json::to_string_pretty(report).unwrap_or_default()),
        }
    }

    /// The answer where it is a text and nothing else.
    pub fn answer_text(&self, text: &str) {
        self.progress.borrow_mut().clear();
        self.print(text.trim_end());
    }

    /// A line of the answer. A reader that went away is no error.
    pub fn print(&self, text: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }

    /// A sentence of the talk.
    pub fn say(&self, text: &str) {
        if !self.style.quiet {
            self.progress.borrow().above(text);
        }
    }

    pub fn warn(&self, text: &str) {
        self.progress.borrow().above(&format!("{} {text}", self.paint("33", "warning:")));
    }

    /// The last words of a command that failed.
    pub fn fail(&self, failure: &crate::failure::Failure) {
        self.progress.borrow_mut().clear();
        let text = failure.to_string();
        let text = text.replacen("error:", &self.paint("31;1", "error:"), 1).replacen(
            "\nhelp:",
            &format!("\n{}", self.paint("36;1", "help:")),
            1,
        );
        self.progress.borrow().above(&text);
    }

    /// What a run tells, drawn.
    pub fn on(&self, event: &Event) {
        self.progress.borrow_mut().on(event);
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.style.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
