"""Book assignment, capacity, pay arithmetic. Pure."""
