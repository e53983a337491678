"""The tables of this room, where Django looks for them. Importing it fills the registers of kinds and operations."""

from tenure.records.account import Account

__all__ = ["Account"]
