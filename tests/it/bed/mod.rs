//! homelabctl on a bed: real ssh, real Kubernetes. `cargo homelab test` runs these; each brings a bed of its own.
#![expect(clippy::print_stderr, reason = "the figures of a run are for whoever runs it")]

mod credentials;
mod deploy;
mod images;
mod kills;
mod load;
mod setup;
mod stops;
mod story;
mod world;
mod zero;
