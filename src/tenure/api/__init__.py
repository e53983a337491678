"""REST and MCP."""
