//! The bridge: MCP over stdio on one side, the deployed server over HTTPS on the other.
//!
//! Messages pass as they are wherever they can, so that what the two sides learn to say tomorrow passes too.
//! Upstream everything is of the 2026-07-28 revision: stateless, so a restarted server is no event, and closing
//! the stream cancels the call. Clients of the earlier revisions (they begin with `initialize`) are translated:
//! their requests get the metadata that they announced once, and what a result asks for is asked from them.
//!
//! Pure: messages in, decisions out. `edge::bridge` moves the bytes.

mod call;
mod introduction;
mod session;

pub use call::{Call, Question, Receipt};
pub use introduction::{Introduction, lists_changed};
pub use session::{Move, Session, error_answer};
