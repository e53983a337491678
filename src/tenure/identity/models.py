"""The tables of this room, where Django looks for them."""

from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Company, Leave, Membership, Person, Pod, Team
from tenure.identity.requests import ActRequest
from tenure.identity.segments import SavedSegment

__all__ = [
    "AccountAnchor",
    "ActRequest",
    "Assignment",
    "BlueprintVersion",
    "Company",
    "Leave",
    "LedgerEntry",
    "Membership",
    "Person",
    "Pod",
    "SavedSegment",
    "Team",
]
