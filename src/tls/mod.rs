//! The homelab's own certificates: a CA that may speak for this homelab only, the server's leaf, and when it is due.
//!
//! Values in, values out: the time is an argument, randomness is the one of `rcgen`, nothing is read or written here.
//! The CA carries critical name constraints, so that a person who trusts it cannot be hurt elsewhere by its loss.

mod authority;
mod certificate;
mod names;
mod renewal;

pub use authority::{Authority, Issued, LEAF_DAYS, Refusal};
pub use certificate::{Certificate, Unreadable};
pub use names::{Constraints, Names};
pub use renewal::{Leaf, Why, due};

#[cfg(test)]
mod tests;
