//! The edges: every effect lives here, and no decision does. Planners say what; these files do it or look.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the edges are the doors that clippy.toml closes everywhere else"
)]

mod answer;
pub mod bridge;
pub mod build;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod endpoint;
pub mod execute;
pub mod files;
pub mod host;
mod host_key;
pub mod materials;
pub mod observe;
pub mod probe;
pub mod prober;
pub mod recorded;
pub mod rehearsal;
pub mod ship;
pub mod store;
pub mod world;
