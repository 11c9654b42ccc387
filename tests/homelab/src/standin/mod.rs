//! The two commands of a MicroK8s host that are emulated: `snap` and `microk8s`.

pub mod microk8s;
pub mod snap;
