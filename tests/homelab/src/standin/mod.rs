//! The two commands of a MicroK8s host that are emulated: `snap` and `microk8s`.
//!
//! They behave as the real ones do, quirks included; what they start is real (see `kube`). The table in the package's
//! README says for each command what is real, what is emulated and where the fact comes from.

mod addons;
mod agent;
mod certs;
mod cluster;
mod enable;
mod inspect;
mod install;
mod launch;
mod manifest;
pub mod microk8s;
mod permission;
mod power;
mod say;
mod scripts;
mod shown;
pub mod snap;
mod snapd;
mod status;
mod wire;
