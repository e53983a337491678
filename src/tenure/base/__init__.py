"""The ground: clock, calendar, money, ids, errors, units. Pure."""
