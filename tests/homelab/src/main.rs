//! One program under several names: `homelab` on this machine, `snap` and `microk8s` on a node of the bed.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args();
    let name = args.next().unwrap_or_default();
    let args: Vec<String> = args.collect();
    match Path::new(&name).file_name().and_then(|name| name.to_str()) {
        #[cfg(target_os = "linux")]
        Some("snap") => homelab::standin::snap::main(args),
        #[cfg(target_os = "linux")]
        Some("microk8s") => homelab::standin::microk8s::main(args),
        #[cfg(target_os = "linux")]
        Some("supervisor") => homelab::supervisor::main(args),
        _ => homelab::cli::main(&args),
    }
}
