"""Saved ways of looking at the book: filter, columns and order under a name, one's own or shared."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.identity.people import Person

declare("segment.saved", "Saved a segment", internal=True)
declare("segment.removed", "Removed a segment", internal=True)


class SavedSegment(models.Model):
    """A named view of the portfolio."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    owner = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="segments")
    name = models.CharField(max_length=80)
    query = models.JSONField(default=dict)  # what the list's form holds: filters, columns, sort
    is_shared = models.BooleanField(default=False)

    ledger_fields: ClassVar[tuple[str, ...]] = ("is_shared",)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_segment_per_name")]

    def __str__(self) -> str:
        return self.name


@operation("segment.save", label="Save a segment")
def save_segment(*, name: str, query: dict[str, Any], is_shared: bool = False, actor: Actor) -> SavedSegment:
    """Keep a filter under a name; saving under a name that one has already replaces it."""
    if actor.person is None or not name.strip():
        raise Refused("nameless", "Give the segment a name.", field="name")
    segment, _ = SavedSegment.objects.update_or_create(
        owner=actor.person, name=name.strip()[:80], defaults={"query": query, "is_shared": is_shared}
    )
    record("segment.saved", segment)
    return segment


@operation("segment.remove", label="Remove a segment")
def remove_segment(segment: SavedSegment, *, actor: Actor) -> None:
    """Remove one of one's own segments."""
    if segment.owner_id != actor.id:
        raise Refused("not_yours", "Only its owner removes a segment.")
    record("segment.removed", segment)
    segment.delete()
