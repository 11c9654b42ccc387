//! The running server on a free port, driven by real clients and by attacks.
#![expect(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "tests: short before strict")]

mod attacks;
mod calls;
mod cluster;
mod docs;
mod limits;
mod process;
mod support;
mod tls;
