"""A synthetic company that lives through days, through the same doors as anyone."""
