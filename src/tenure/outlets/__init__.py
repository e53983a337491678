"""Data out: reports, mail, webhooks, calendar feeds."""
