//! homelabctl: look, decide, show, do, tell (docs/architecture.md).

pub mod bridge;
pub mod cli;
pub mod clients;
pub mod commands;
pub mod config;
pub mod dev;
pub mod edge;
pub mod facts;
pub mod failure;
pub mod image;
pub mod keys;
pub mod manifests;
pub mod mcp;
pub mod plan;
pub mod proof;
pub mod release;
pub mod secret;
pub mod status;
pub mod step;
mod step_text;
pub mod store;
pub mod tls;
pub mod ui;

pub use step_text::masked;
