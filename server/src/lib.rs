//! homelab-mcp: the MCP server that homelabctl deploys.
//!
//! Without the feature `serve` only what both sides must agree on is compiled: the settings, the form
//! of the API keys, the table of tools and the rights that it needs in the cluster.

pub mod config;
pub mod keys;
pub mod network;
pub mod rbac;
pub mod tools;
