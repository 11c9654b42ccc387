//! The disposable homelab, as a library for tests and as `cargo homelab`.
//!
//! It is made of what Linux alone has. Elsewhere this package has nothing but the tests that need no bed.

#[cfg(target_os = "linux")]
pub mod bed;
#[cfg(target_os = "linux")]
pub mod cache;
#[cfg(target_os = "linux")]
pub mod cli;
#[cfg(not(target_os = "linux"))]
#[path = "elsewhere.rs"]
pub mod cli;
#[cfg(target_os = "linux")]
mod demo;
#[cfg(target_os = "linux")]
pub mod faults;
pub mod gate;
#[cfg(target_os = "linux")]
pub mod kube;
#[cfg(target_os = "linux")]
pub mod leftovers;
pub mod machine;
#[cfg(target_os = "linux")]
pub mod parts;
#[cfg(target_os = "linux")]
mod progress;
pub mod say;
#[cfg(target_os = "linux")]
mod stages;
#[cfg(target_os = "linux")]
pub mod standin;
#[cfg(target_os = "linux")]
mod status;
#[cfg(target_os = "linux")]
pub mod supervisor;
#[cfg(target_os = "linux")]
pub mod tree;
