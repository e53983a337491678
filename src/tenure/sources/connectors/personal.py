"""What connectors keep of a contact: what came from or went to their address and is not taken in yet."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tenure.records.contact import Contact
from tenure.records.personal import CONTACT_ERASURES, CONTACT_EXPORTS
from tenure.sources.connectors.arrival import Arrival


def _arrivals(contact: Contact) -> QuerySet[Arrival]:
    if not contact.email:
        return Arrival.objects.none()
    return Arrival.objects.filter(Q(address=contact.email) | Q(payload__icontains=contact.email))


def export(contact: Contact) -> dict[str, Any]:
    """What came in by connectors that names the contact's address."""
    rows = _arrivals(contact).order_by("happened_at", "pk")
    return {"arrivals": list(rows.values("happened_at", "address", "status", "payload", "corrected"))}


def erase(contact: Contact) -> None:
    """Forget what it said and whose it was; that it came stays, so that it is known when it comes again."""
    for arrival in _arrivals(contact):
        if arrival.status != Arrival.Status.TAKEN:
            arrival.status, arrival.reason = Arrival.Status.DISMISSED, "Erased."
        arrival.payload, arrival.corrected, arrival.address = {}, {}, ""
        arrival.save()


CONTACT_EXPORTS.add("connectors", export)
CONTACT_ERASURES.add("connectors", erase)
