//! homelabctl on a bed: real ssh, real Kubernetes. `cargo homelab test` runs these; each brings a bed of its own.

mod deploy;
mod images;
mod kills;
mod load;
mod setup;
mod stops;
mod world;
mod zero;
