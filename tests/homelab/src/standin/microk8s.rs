//! The `microk8s` command of a node.

use std::process::ExitCode;

/// Runs `microk8s ARGS`.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the arguments of a program are its own"
)]
pub fn main(_args: Vec<String>) -> ExitCode {
    ExitCode::FAILURE
}
