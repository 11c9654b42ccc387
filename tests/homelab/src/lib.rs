//! The disposable homelab, as a library for tests and as `cargo homelab`.

pub mod bed;
pub mod cache;
pub mod cli;
mod demo;
pub mod faults;
pub mod gate;
pub mod kube;
pub mod leftovers;
pub mod machine;
pub mod parts;
mod progress;
pub mod say;
mod stages;
pub mod standin;
mod status;
pub mod supervisor;
pub mod tree;
