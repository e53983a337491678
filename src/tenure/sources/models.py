"""The tables of this room, where Django looks for them."""

from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import Connector
from tenure.sources.imports import Finding, Import, ImportedAct, ImportRow, Link
from tenure.sources.inbox import Spooled
from tenure.sources.keys import WriteKey
from tenure.sources.parcels import Parcel
from tenure.sources.points import SentPoint
from tenure.sources.spool import LiveSource
from tenure.sources.tools.call import Call
from tenure.sources.users import SourceUser

__all__ = [
    "Arrival",
    "Call",
    "Connector",
    "Finding",
    "Import",
    "ImportRow",
    "ImportedAct",
    "Link",
    "LiveSource",
    "Parcel",
    "SentPoint",
    "SourceUser",
    "Spooled",
    "WriteKey",
]
