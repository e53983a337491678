"""Connectors: what brings data in by itself. Each has a folder here; `manifest.toml` says what it is and what it asks.

A folder holds a pure reading part, ``reading.py``, and a door, ``door.py``, that acts through operations alone. It is
found by its manifest, so that adding one edits no other file.
"""
