"""The system of record, a module per noun."""
