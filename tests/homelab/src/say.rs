//! The one place that writes to the terminal: answers to stdout, talk to stderr.

use std::io::Write;

/// An answer somebody asked for; a closed pipe is not our problem.
pub fn answer(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Something said on the way.
pub fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// An error as people read it: what, then where and why a line each, then what to do.
pub fn error(error: &anyhow::Error) {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  {cause}"));
    }
    tell(&text);
}
