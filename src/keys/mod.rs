//! API keys as the person at the laptop sees them: names, lives, the list, and what creating and revoking means.
//!
//! The form of tokens and records is the server's (`homelab_mcp::keys`). Values in, values out; the time is an argument.

mod gate;
mod lifetime;
mod listing;
mod name;
mod plan;

pub use gate::{GATE_LIFETIME, gate_name, leftovers};
pub use lifetime::Lifetime;
pub use listing::{Known, Listing, Row, State, masked};
pub use name::KeyName;
pub use plan::{KEY_STEP, Refusal, Wanted, create, revoke, secret};
