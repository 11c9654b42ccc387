//! homelab-mcp: the MCP server that homelabctl deploys.
