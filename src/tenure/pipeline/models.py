"""The tables of this room, where Django looks for them."""

from tenure.pipeline.cursors import Cursor, FillState, Run, SetAside
from tenure.pipeline.lease import Lease

__all__ = ["Cursor", "FillState", "Lease", "Run", "SetAside"]
