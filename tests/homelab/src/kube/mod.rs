//! The real services of a MicroK8s node: where their files lie, their arguments, certificates, and how they are started.
//!
//! Everything here runs inside of a node of the bed. Paths and contents follow MicroK8s 1.36; what the bed needs
//! besides (cgroup v1, no fsync, an audit log) is added in `daemon` when a service starts, so that the args files look as on a real host.

pub mod args;
pub mod calico;
pub mod certificates;
pub mod containerd;
pub mod credentials;
pub mod daemon;
pub mod files;
pub mod host;
pub mod images;
pub mod kubectl;
pub mod paths;
pub mod proxy;
pub mod services;
pub mod tls;
