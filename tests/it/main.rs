//! The integration tests: one binary, a module a subject.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so by panicking, and tests start and stop real things"
)]

#[cfg(target_os = "linux")]
mod bed;
mod bridge;
mod certificates;
mod cli;
mod client_config;
mod dev;
mod documented;
mod endpoint;
mod generated;
mod licences;
mod repository;
mod stand;
mod tables;
mod tidy;
mod words;
