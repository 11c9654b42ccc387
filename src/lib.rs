//! homelabctl: look, decide, show, do, tell (docs/architecture.md).

pub mod config;
