"""Commitments, signals, plays, tasks, escalations and the standing of accounts."""
