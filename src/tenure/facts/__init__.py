"""Fact contracts and the lake that keeps them. Pure."""
