"""Preparing and running a meeting: its agenda, put together by the team and the client."""

from __future__ import annotations

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.records.agenda import AgendaLine, MeetingItem, set_agenda
from tenure.records.meeting import FIELDS, Meeting
from tenure.records.row import fact, said
from tenure.records.visibility import is_client

declare("meeting.prepared", "Agenda prepared", internal=True, **FIELDS, items="integer")
declare("meeting.item_added", "Agenda line added", internal=True, **FIELDS, items="integer", source="text")
declare("meeting.item_discussed", "Agenda line discussed", internal=True, **FIELDS, done="integer")


def _check_open(meeting: Meeting) -> None:
    if meeting.status in (Meeting.Status.CANCELLED, Meeting.Status.MISSED):
        raise Refused("over", f"This meeting was {meeting.get_status_display().lower()}; its agenda is closed.")


@operation("meeting.prepare", label="Prepare a meeting")
def prepare_meeting(meeting: Meeting, *, agenda: list[AgendaLine], actor: Actor) -> Meeting:
    """Set the agenda. Lines are kept by their id; what the client put on it cannot be dropped."""
    _check_open(meeting)
    items = set_agenda(meeting, agenda, actor)
    fact("meeting.prepared", meeting, facilitator=meeting.facilitator_id, items=len(items))
    return meeting


@operation("meeting.add_item", label="Put something on the agenda")
def add_item(meeting: Meeting, *, text: str, client_visible: bool = True, actor: Actor) -> MeetingItem:
    """Add one line at the end. A client's line says that it is theirs, and both sides see it."""
    _check_open(meeting)
    theirs = is_client(actor)
    item = MeetingItem.objects.create(
        meeting=meeting,
        order=meeting.items.count(),
        text=said(text, "text", "what should be talked about")[:500],
        source=MeetingItem.Source.CLIENT if theirs else MeetingItem.Source.TEAM,
        client_visible=theirs or client_visible,
    )
    fact(
        "meeting.item_added",
        meeting,
        facilitator=meeting.facilitator_id,
        items=item.order + 1,
        source=item.source,
    )
    return item


@operation("meeting.discuss_item", label="Tick an agenda line")
def discuss_item(meeting: Meeting, *, item: str, is_done: bool = True, actor: Actor) -> MeetingItem:
    """Say that a line was talked about, or that it was not."""
    found = meeting.items.filter(pk=item).first()
    if found is None:
        raise Refused("unknown_item", "This agenda has no such line.", field="item")
    if found.is_done != is_done:
        found.is_done = is_done
        found.save(update_fields=["is_done"])
        done = meeting.items.filter(is_done=True).count()
        fact("meeting.item_discussed", meeting, facilitator=meeting.facilitator_id, done=done)
    return found
