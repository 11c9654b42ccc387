//! MCP as it goes over the wire to the deployed server: requests, what an answer means, what can go wrong.
//!
//! Pure. The gate, the prober and the bridge all speak through these, so a failure has the same words everywhere.

mod request;
mod trouble;
mod verdict;

pub use request::{Message, VERSION, meta};
pub use trouble::{Reason, Trouble};
pub use verdict::{judge, refusal};
