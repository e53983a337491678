"""Data in: imports, event intake, connectors."""
