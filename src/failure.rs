//! `Failure`: what a command ends with when it does not end well, and the exit code that goes with it.

use std::fmt;

/// Why a command stopped. Each kind has one documented exit code (docs/exit-codes.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something went wrong; the message says what state things are in.
    Failed,
    /// The command line or the config asks for something impossible. Nothing was touched.
    Usage,
    /// A dry run found changes to make. Not an error: it prints no message.
    Pending,
    /// Somebody else changes this deployment right now.
    Locked,
    /// The change failed and was taken back: what ran before runs again.
    RolledBack,
    /// The change failed and could not be taken back.
    NeedsAttention,
    /// Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::Pending => 3,
            Kind::Locked => 4,
            Kind::RolledBack => 5,
            Kind::NeedsAttention => 6,
            Kind::Interrupted => 130,
        }
    }
}

/// An ending with its reason and, where there is one, the order that cures it.
pub struct Failure {
    pub kind: Kind,
    pub source: anyhow::Error,
    /// One thing a person can do or type.
    pub help: Option<String>,
}

impl Failure {
    pub fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, source: source.into(), help: None }
    }

    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, anyhow::anyhow!("{message}"))
    }

    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(Kind::Failed, anyhow::anyhow!("{message}"))
    }

    /// The quiet ending of a dry run that found something to do.
    pub fn pending() -> Self {
        Self::new(Kind::Pending, anyhow::anyhow!("changes are pending"))
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl From<anyhow::Error> for Failure {
    /// What an edge could not do is a plain failure, unless it brought a `Failure`'s kind with it.
    fn from(source: anyhow::Error) -> Self {
        let kind = source.downcast_ref::<Cause>().map_or(Kind::Failed, |cause| cause.kind);
        let help = source.downcast_ref::<Cause>().and_then(|cause| cause.help.clone());
        Self { kind, source, help }
    }
}

/// An edge's error that already knows its kind and its cure; it travels inside `anyhow::Error`.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Cause {
    pub kind: Kind,
    pub message: String,
    pub help: Option<String>,
}

impl Cause {
    pub fn new(kind: Kind, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind, message: message.into(), help: Some(help.into()) }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

/// The message as a person sees it: what, then each cause on a line of its own, then the cure.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.source)?;
        for cause in self.source.chain().skip(1) {
            for line in cause.to_string().lines() {
                write!(f, "\n{}", format!("  {line}").trim_end())?;
            }
        }
        if let Some(help) = &self.help {
            write!(f, "\nhelp: {help}")?;
        }
        Ok(())
    }
}

/// Adds a kind or a cure to a result of an edge.
pub trait OrFail<T> {
    /// # Errors
    /// The error as a [`Failure`] of this kind.
    fn or_fail(self, kind: Kind) -> Result<T, Failure>;
    /// # Errors
    /// The error as a plain failure with this cure.
    fn or_help(self, help: &str) -> Result<T, Failure>;
}

impl<T> OrFail<T> for anyhow::Result<T> {
    fn or_fail(self, kind: Kind) -> Result<T, Failure> {
        self.map_err(|source| Failure { kind, ..Failure::from(source) })
    }
    fn or_help(self, help: &str) -> Result<T, Failure> {
        self.map_err(|source| {
            let failure = Failure::from(source);
            if failure.help.is_some() { failure } else { failure.help(help) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, Failure, Kind};
    use anyhow::Context as _;

    #[test]
    fn a_message_says_what_then_why_then_the_cure() {
        let source = anyhow::Result::<()>::Err(Cause::new(Kind::Locked, "held by kim", "wait a minute").into())
            .context("cannot take the lock");
        let failure = source.map_err(Failure::from).expect_err("it was an error");
        assert_eq!(failure.kind.code(), 4);
        assert_eq!(failure.to_string(), "error: cannot take the lock\n  held by kim\nhelp: wait a minute");
    }
}
