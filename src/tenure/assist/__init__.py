"""Drafts, from a model provider or from a template."""
