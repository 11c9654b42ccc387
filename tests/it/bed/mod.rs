//! homelabctl on a bed: real ssh, real Kubernetes. `cargo homelab test` runs these; each brings a bed of its own.

mod setup;
mod stops;
mod world;
