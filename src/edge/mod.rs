//! The edges: every effect lives here, and no decision does. Planners say what; these files do it or look.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the edges are the doors that clippy.toml closes everywhere else"
)]

mod answer;
pub mod attack;
pub mod bridge;
pub mod build;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod deployment;
pub mod dev;
pub mod endpoint;
pub mod evidence;
pub mod execute;
pub mod files;
pub mod gate;
pub mod here;
pub mod host;
mod host_key;
pub mod logs;
pub mod materials;
pub mod observe;
pub mod pods;
pub mod probe;
pub mod prober;
pub mod recorded;
pub mod records;
pub mod rehearsal;
pub mod road;
pub mod roll;
pub mod secrets;
pub mod ship;
pub mod status;
pub mod store;
mod wait;
pub mod world;
