//! The disposable homelab, as a library for tests and as `cargo homelab`.

pub mod kube;
pub mod standin;
pub mod supervisor;
