"""The agenda of a meeting: its lines, where each came from, and which of them the client sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from django.db import models
from django.db.models import Q
from pydantic import BaseModel, ConfigDict, Field

from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import MeetingType
from tenure.identity.actor import Actor
from tenure.records.visibility import is_client

if TYPE_CHECKING:
    from tenure.records.meeting import Meeting

Source = Literal["template", "client", "team"]


class AgendaLine(BaseModel):
    """A line as somebody writes it. `id` names a line that stands already, so that it keeps where it came from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=500)
    id: str | None = None
    source: Source | None = None
    client_visible: bool = True


class MeetingItem(models.Model):
    """One line of an agenda."""

    class Source(models.TextChoices):
        TEMPLATE = "template", "From the template"
        CLIENT = "client", "From the client"
        TEAM = "team", "From the team"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    meeting = models.ForeignKey("records.Meeting", on_delete=models.CASCADE, related_name="items")
    order = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=500)
    source = models.CharField(max_length=10, choices=Source.choices)
    client_visible = models.BooleanField(default=True)
    is_done = models.BooleanField(default=False)

    anchor_path: ClassVar[str] = "meeting__account"
    client_sees: ClassVar[Q | None] = Q(client_visible=True, meeting__client_visible=True)

    class Meta:
        indexes = [models.Index(fields=["meeting", "order"])]
        ordering = ["order"]

    def __str__(self) -> str:
        return self.text


def template_lines(kind: MeetingType) -> list[AgendaLine]:
    """The lines that a kind of meeting begins with."""
    return [AgendaLine(text=text, source="template", client_visible=kind.client_visible) for text in kind.agenda]


def set_agenda(meeting: Meeting, lines: list[AgendaLine], actor: Actor) -> list[MeetingItem]:
    """Make `lines` the agenda, in their order. What the client put on it stays, at the end where it is not named."""
    standing = {item.pk: item for item in meeting.items.all()} if not meeting._state.adding else {}
    by_default: Source = "client" if is_client(actor) else "team"
    items = []
    for line in lines:
        item = standing.pop(line.id, None) if line.id else None
        item = item or MeetingItem(meeting=meeting, source=line.source or by_default)
        item.text, item.client_visible = line.text.strip(), line.client_visible
        items.append(item)
    kept = [item for item in standing.values() if item.source == MeetingItem.Source.CLIENT]
    for order, item in enumerate([*items, *kept]):
        item.order = order
    dropped = [item.pk for item in standing.values() if item not in kept]
    if dropped:
        MeetingItem.objects.filter(pk__in=dropped).delete()
    _store([*items, *kept])
    return [*items, *kept]


def _store(items: list[MeetingItem]) -> None:
    new = [item for item in items if item._state.adding]
    old = [item for item in items if not item._state.adding]
    if old:
        MeetingItem.objects.bulk_update(old, ["order", "text", "client_visible"])
    if new:
        MeetingItem.objects.bulk_create(new)
