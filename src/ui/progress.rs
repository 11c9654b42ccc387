//! A run on the screen: one collapsing line a step on a terminal, plain lines with a heartbeat elsewhere.

use super::Style;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{collections::VecDeque, io::Write as _, time::Duration};

/// What happens while a plan is carried out. Everything shown about a run is drawn from these.
#[derive(Debug, Clone)]
pub enum Event {
    /// A phase outside of a plan, looking for instance.
    Phase {
        title: String,
    },
    Started {
        number: usize,
        total: usize,
        title: String,
    },
    /// A line of output of what runs now.
    Said {
        line: String,
    },
    /// Why it is not over yet.
    Waiting {
        what: String,
    },
    /// Nothing new for a while.
    Heartbeat {
        elapsed: Duration,
    },
    Finished {
        title: String,
        took: Duration,
    },
    /// The step failed; what it said follows on the screen.
    Failed {
        title: String,
        took: Duration,
    },
    Undone {
        title: String,
    },
}

/// Lines of a step that are kept in case it fails.
const KEPT: usize = 200;

pub(super) struct Progress {
    style: Style,
    bar: Option<ProgressBar>,
    said: VecDeque<String>,
    waiting: String,
    place: String,
}

impl Progress {
    pub(super) fn new(style: Style) -> Self {
        Self { style, bar: None, said: VecDeque::new(), waiting: String::new(), place: String::new() }
    }

    /// A line above whatever is drawn.
    pub(super) fn above(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| line(text)),
            None => line(text),
        }
    }

    pub(super) fn on(&mut self, event: &Event) {
        match event {
            Event::Phase { title } => self.begin(String::new(), title),
            Event::Started { number, total, title } => {
                let width = total.to_string().len();
                self.begin(format!("{number:>width$}/{total} "), title);
            }
            Event::Said { line } => {
                if self.said.len() == KEPT {
                    self.said.pop_front();
                }
                self.said.push_back(line.clone());
                self.detail(line);
            }
            Event::Waiting { what } => {
                if *what != self.waiting {
                    self.waiting.clone_from(what);
                    self.detail(what);
                }
            }
            Event::Heartbeat { elapsed } => {
                if self.bar.is_none() && !self.style.quiet {
                    let what = if self.waiting.is_empty() { "still at it" } else { &self.waiting };
                    line(&format!("      {} s: {what}", elapsed.as_secs()));
                }
            }
            Event::Finished { title, took } => self.end("32", "✓", title, *took),
            Event::Failed { title, took } => {
                self.end("31", "✗", title, *took);
                for text in std::mem::take(&mut self.said) {
                    line(&format!("    | {text}"));
                }
            }
            Event::Undone { title } => self.above(&format!("  ↶ undone: {title}")),
        }
    }

    /// Ends what is drawn, before a question or an answer.
    pub(super) fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn begin(&mut self, place: String, title: &str) {
        self.clear();
        self.said.clear();
        self.waiting.clear();
        self.place = place;
        if self.style.quiet {
            return;
        }
        if self.style.animate {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("  {spinner} {prefix} {wide_msg} {elapsed}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.set_prefix(format!("{}{title}", self.place));
            bar.enable_steady_tick(Duration::from_millis(120));
            self.bar = Some(bar);
        } else {
            line(&format!("  … {}{title}", self.place));
        }
    }

    fn detail(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("({})", text.trim())),
            None if self.style.quiet || self.style.animate => (),
            None => line(&format!("      {text}")),
        }
    }

    fn end(&mut self, color: &str, mark: &str, title: &str, took: Duration) {
        self.clear();
        if !self.style.quiet {
            let mark = if self.style.color { format!("\x1b[{color}m{mark}\x1b[0m") } else { mark.to_owned() };
            line(&format!("  {mark} {}{title} ({:.1} s)", self.place, took.as_secs_f64()));
        }
    }
}

fn line(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
