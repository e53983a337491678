"""The next meeting: proposed in the client's slot where none stands, and scheduled in one act with the same people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.web.actors import may
from tenure.work.rhythm import Slot, following, next_slot


@dataclass(frozen=True)
class Next:
    """The kind of meeting that follows, the one that stands, else the time that is proposed, and what stands there."""

    type: str
    label: str
    standing: Meeting | None = None
    slot: Slot | None = None
    clash: Meeting | None = None


def next_meeting(meeting: Meeting, actor: Actor) -> Next | None:
    """What follows a meeting; None where nothing does, or while it has not been."""
    type = following(meeting.type, actor.model)
    if not type or meeting.status == Meeting.Status.SCHEDULED:
        return None
    label = actor.model.meetings[type].label
    rows = Meeting.objects.filter(account=meeting.account, type=type, status=Meeting.Status.SCHEDULED)
    standing = rows.filter(starts_at__gte=clock.now()).order_by("starts_at").first()
    if standing or not may(actor, "meeting.schedule"):
        return Next(type, label, standing)
    slot = next_slot(meeting.account, type, actor.model)
    return Next(type, label, None, slot, _clash(slot, meeting, actor) if slot else None)


def _clash(slot: Slot, meeting: Meeting, actor: Actor) -> Meeting | None:
    """Another meeting that whoever leads this one has at that time."""
    leader = meeting.facilitator_id or actor.id
    until = slot.starts_at + timedelta(minutes=actor.model.meetings[slot.type].minutes)
    rows = Meeting.objects.filter(facilitator_id=leader, status=Meeting.Status.SCHEDULED)
    near = rows.filter(starts_at__lt=until, starts_at__gt=slot.starts_at - timedelta(hours=12)).select_related(
        "account"
    )
    return next((each for each in near if each.starts_at + timedelta(minutes=each.minutes) > slot.starts_at), None)


def schedule_next(account: Account, given: QueryDict, actor: Actor) -> Meeting:
    """Schedule what was proposed, with those who came last time, at the same place."""
    starts_at = parse_datetime(given.get("starts_at", ""))
    if starts_at is None:
        raise Refused("no_time", "Say when the meeting starts.", field="starts_at")
    return schedule_meeting(
        account, type=given.get("type", ""), starts_at=starts_at, **_as_before(account, given), actor=actor
    )


def _as_before(account: Account, given: QueryDict) -> dict[str, Any]:
    found: dict[str, Any] = {"zone": given.get("zone", "")}
    rows = Meeting.objects.filter(account=account, status=Meeting.Status.HELD, client_visible=True)
    last = rows.select_related("facilitator").order_by("-starts_at").first()
    contacts = Contact.objects.filter(account=account, left_on=None, erased_at=None)
    if last is None:
        return found | {"attendees": list(contacts.filter(is_primary=True).values_list("pk", flat=True))}
    came = last.invited.exclude(attended=False)
    theirs = list(contacts.filter(attendances__in=came).values_list("pk", flat=True))
    ours = list(came.filter(person__is_active=True).values_list("person_id", flat=True))
    leads = last.facilitator_id if last.facilitator and last.facilitator.is_active else None
    return found | {"attendees": [*theirs, *ours], "location": last.location, "facilitator": leads}
