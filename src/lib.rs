//! homelabctl: look, decide, show, do, tell (docs/architecture.md).

pub mod clients;
pub mod config;
pub mod proof;
pub mod tls;
