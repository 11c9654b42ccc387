//! The disposable homelab, as a library for tests and as `cargo homelab`.
