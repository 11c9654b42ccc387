//! The server's command line: `homelab-mcp serve --config FILE` and `homelab-mcp version`.
fn main() {}
