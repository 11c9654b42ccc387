//! What a stand-in prints. A reader that has gone (`microk8s config | head`) is no failure, so `println!` will not do.

/// A line on stdout.
macro_rules! tell {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Text on stdout that brings its own line ends.
macro_rules! tell_as_is {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stdout(), $($text)*);
    }};
}

/// A line on stderr.
macro_rules! grumble {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub(super) use {grumble, tell, tell_as_is};
