//! homelab-mcp: the MCP server that homelabctl deploys.
//!
//! Without the feature `serve` only what both sides must agree on is compiled: the settings, the form
//! of the API keys, the table of tools and the rights that it needs in the cluster.

pub mod audit;
pub mod config;
pub mod keys;
pub mod network;
pub mod rbac;
pub mod tools;

#[cfg(feature = "serve")]
mod arrivals;
#[cfg(feature = "serve")]
mod cluster;
#[cfg(feature = "serve")]
mod credentials;
#[cfg(feature = "serve")]
mod health;
#[cfg(feature = "serve")]
pub mod journal;
#[cfg(feature = "serve")]
mod keystore;
#[cfg(feature = "serve")]
pub mod lab;
#[cfg(feature = "serve")]
mod layers;
#[cfg(feature = "serve")]
mod metrics_page;
#[cfg(feature = "serve")]
mod node;
#[cfg(feature = "serve")]
pub mod probe;
#[cfg(feature = "serve")]
mod prompts;
#[cfg(feature = "serve")]
mod resources;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "serve")]
mod text;
#[cfg(feature = "serve")]
mod toolset;
