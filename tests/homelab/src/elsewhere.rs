//! `cargo homelab` on a machine that cannot have a bed: what needs none works, the rest says why not.

use std::process::ExitCode;

use crate::gate::{self, Extent};
use crate::{machine, say};

/// The program `homelab`.
pub fn main(args: &[String]) -> ExitCode {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", "--quick"] => gate::test(Extent::Quick),
        ["test"] => gate::test(Extent::Full),
        _ => {
            if let Err(error) = machine::check() {
                say::error(&error);
            }
            ExitCode::FAILURE
        }
    }
}
