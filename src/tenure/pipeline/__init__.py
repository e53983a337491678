"""Jobs, schedule and fill state: the one room that knows the round trip."""
