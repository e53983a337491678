"""What the page of an account tells, top to bottom: a module for each of its sections."""
