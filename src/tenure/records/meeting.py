"""The meeting: when it is, who comes, and whether it was held, moved, missed or called off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.hours import check_zone
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.agenda import AgendaLine, set_agenda, template_lines
from tenure.records.checks import Code, Short, check_custom, check_word
from tenure.records.contact import Contact
from tenure.records.row import NOW, UNSET, AccountRow, Moment, When, colleague, fact, set_fields, when
from tenure.records.withdrawal import last_entry, undo

Whose = Literal["us", "client"]
FIELDS = {
    "type": "text",
    "starts_at": "moment",
    "minutes": "integer",
    "attended": "boolean",
    "attendees": "integer",
    "status": "text",
    "facilitator": "id",
}
declare("meeting.scheduled", "Meeting scheduled", internal=False, **FIELDS)
declare("meeting.changed", "Meeting changed", internal=True, **FIELDS, changed="list")
declare(
    "meeting.rescheduled",
    "Meeting moved",
    internal=False,
    **FIELDS,
    cause="text",
    starts_before="moment",
    reason="text",
)
declare("meeting.held", "Meeting held", internal=False, **FIELDS)
declare("meeting.missed", "Meeting missed", internal=False, **FIELDS, cause="text", whose="text")
declare("meeting.cancelled", "Meeting cancelled", internal=False, **FIELDS, cause="text", reason="text")
declare("meeting.withdrawn", "Meeting taken back", internal=True, **FIELDS, fact="text")


class Meeting(AccountRow):
    """A meeting with a client, or about them. Notes for the client and notes of our own are different fields."""

    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        HELD = "held", "Held"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "Cancelled"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="meetings")
    type = models.CharField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    zone = models.CharField(max_length=60, blank=True)  # in which it is announced
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.SCHEDULED)
    facilitator = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="meetings")
    location = models.CharField(max_length=500, blank=True)  # a link or a place
    client_visible = models.BooleanField(default=True)
    attended = models.BooleanField(null=True)  # by the client; None: not held yet, or nobody said
    attendees = models.PositiveSmallIntegerField(default=0)  # invited, and once held, present
    cause = models.CharField(max_length=60, blank=True)  # of the last move, the miss or the cancelling
    whose = models.CharField(max_length=10, blank=True)  # us or client
    outcome = models.CharField(max_length=60, blank=True)
    notes_internal = models.TextField(blank=True)
    notes_client = models.TextField(blank=True)
    notes_version = models.PositiveIntegerField(default=0)
    notes_sent_version = models.PositiveIntegerField(default=0)
    notes_sent_at = models.DateTimeField(null=True, blank=True)
    custom = models.JSONField(default=dict)

    noun: ClassVar[str] = "meeting"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "starts_at", "minutes", "attended", "attendees", "status")
    client_sees: ClassVar[Q | None] = Q(client_visible=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "starts_at"]),
            models.Index(fields=["facilitator", "status", "starts_at"]),
            models.Index(fields=["status", "starts_at"]),
            models.Index(fields=["starts_at", "id"]),
        ]

    def __str__(self) -> str:
        return self.title or self.type


class Attendee(models.Model):
    """Somebody invited to a meeting: a contact of the client, or one of us."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="invited")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="attendances")
    attended = models.BooleanField(null=True)

    anchor_path: ClassVar[str] = "meeting__account"

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=False, person__isnull=True) | Q(contact__isnull=True, person__isnull=False),
                name="attendee_is_one_somebody",
            ),
            models.UniqueConstraint(fields=["meeting", "contact"], name="contact_invited_once"),
            models.UniqueConstraint(fields=["meeting", "person"], name="person_invited_once"),
        ]

    @property
    def who(self) -> str:
        """The id of the contact or the person."""
        return self.contact_id or self.person_id or ""


def _record(kind: str, meeting: Meeting, times: When = NOW, *, corrects: int | None = None, **data: Any) -> None:
    fact(kind, meeting, times, corrects=corrects, facilitator=meeting.facilitator_id, **data)


def _invite(meeting: Meeting, ids: Iterable[str]) -> int:
    """Invite contacts of the account and people of ours, each by their id; returns how many are invited by now."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return meeting.attendees
    known = {each.who for each in meeting.invited.all()}
    contacts = set(Contact.objects.filter(pk__in=wanted, account_id=meeting.account_id).values_list("pk", flat=True))
    people = set(Person.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True))
    if set(wanted) - contacts - people:
        raise Refused("unknown_attendee", "Invite contacts of this account, or colleagues.", field="attendees")
    new = [each for each in wanted if each not in known]
    Attendee.objects.bulk_create(
        Attendee(
            meeting=meeting, contact_id=each if each in contacts else None, person_id=None if each in contacts else each
        )
        for each in new
    )
    return len(known) + len(new)


@operation("meeting.schedule", label="Schedule a meeting", undo="meeting.withdraw")
def schedule_meeting(
    account: Account,
    *,
    type: str,
    starts_at: Moment,
    minutes: int | None = None,
    title: Short = "",
    zone: str = "",
    facilitator: str | None = None,
    attendees: list[str] | None = None,
    location: str = "",
    agenda: list[AgendaLine] | None = None,
    custom: dict[str, Any] | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Meeting:
    """Put a meeting into the calendar. Its kind brings length and agenda; the facilitator is whoever schedules it."""
    times = when(actor, at, known_at)
    if starts_at < times.moment:  # written down afterwards: what came of it lies after it, also in the ledger
        times = replace(times, happened_at=starts_at)
    kind = actor.model.meetings.get(check_word("meeting", type, actor.model.meetings, "type"))
    if kind is None:
        raise Refused("no_type", "Choose what kind of meeting it is.", field="type")
    meeting = Meeting(
        account=account,
        type=type,
        title=title.strip(),
        starts_at=starts_at,
        minutes=_check_minutes(kind.minutes if minutes is None else minutes),
        zone=check_zone(zone) or account.zone_in(actor.model),
        facilitator=colleague(facilitator, "facilitator") or actor.person,
        location=location.strip()[:500],
        client_visible=kind.client_visible,
        custom=check_custom(actor.model, "meeting", custom or {}, {}),
    )
    meeting.save(force_insert=True)
    if attendees:
        meeting.attendees = _invite(meeting, attendees)
        meeting.save(update_fields=["attendees"])
    set_agenda(meeting, template_lines(kind) if agenda is None else agenda, actor)
    _record("meeting.scheduled", meeting, times)
    return meeting


def _check_minutes(minutes: int) -> int:
    if not 1 <= minutes <= 24 * 60:
        raise Refused("no_length", "A meeting lasts from one minute to a day.", field="minutes")
    return minutes


def _check_ahead(meeting: Meeting) -> None:
    if meeting.status != Meeting.Status.SCHEDULED:
        raise Refused("over", f"This meeting is {meeting.get_status_display().lower()} already.")


@operation("meeting.change", label="Change a meeting")
def change_meeting(
    meeting: Meeting,
    *,
    title: Short = UNSET,
    minutes: int = UNSET,
    facilitator: str | None = UNSET,
    location: str = UNSET,
    attendees: list[str] = UNSET,
    outcome: Code | None = UNSET,
    custom: dict[str, Any] = UNSET,
    actor: Actor,
) -> Meeting:
    """Change what is given, and invite whoever of `attendees` is not invited yet. Moving it is `meeting.reschedule`."""
    changed = set_fields(
        meeting,
        title=title if title is UNSET else title.strip(),
        minutes=minutes if minutes is UNSET else _check_minutes(minutes),
        facilitator=facilitator if facilitator is UNSET else colleague(facilitator, "facilitator"),
        location=location if location is UNSET else location.strip()[:500],
        attendees=attendees if attendees is UNSET else _invite(meeting, attendees),
        outcome=outcome if outcome is UNSET else outcome or "",
        custom=custom if custom is UNSET else check_custom(actor.model, "meeting", custom, meeting.custom),
    )
    if changed:
        meeting.save(update_fields=changed)
        _record("meeting.changed", meeting, changed=changed)
    return meeting


@operation("meeting.reschedule", label="Move a meeting")
def reschedule_meeting(
    meeting: Meeting,
    *,
    starts_at: Moment,
    cause: Whose,
    reason: Code | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Meeting:
    """Move a meeting, saying on whose account. A moved meeting is not a missed one."""
    _check_ahead(meeting)
    times = when(actor, at, known_at)
    if starts_at == meeting.starts_at:
        raise Refused("same_time", "It is at this time already.", field="starts_at")
    before, meeting.starts_at = meeting.starts_at, starts_at
    meeting.whose, meeting.cause = cause, reason or ""
    meeting.save(update_fields=["starts_at", "whose", "cause"])
    _record("meeting.rescheduled", meeting, times, cause=cause, reason=reason, starts_before=before)
    return meeting


@operation("meeting.hold", label="Say that a meeting was held")
def hold_meeting(
    meeting: Meeting,
    *,
    attended: list[str] | None = None,
    client_attended: bool | None = None,
    starts_at: Moment | None = None,
    minutes: int | None = None,
    outcome: Code | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Meeting:
    """Record that a meeting took place and who came.

    It happened when it started: at `starts_at` where that differs from the plan. `attended` are ids of contacts and
    people; without them everyone invited came. A meeting marked as missed is corrected by this.
    """
    was_missed = meeting.status == Meeting.Status.MISSED
    if not was_missed:
        _check_ahead(meeting)
    begun = min(starts_at or meeting.starts_at, clock.now()) if starts_at is None else starts_at
    times = when(actor, begun, known_at)
    corrects = last_entry(meeting, "meeting.missed").id if was_missed else None
    meeting.starts_at, meeting.status, meeting.cause, meeting.whose = begun, Meeting.Status.HELD, "", ""
    meeting.minutes = _check_minutes(meeting.minutes if minutes is None else minutes)
    meeting.outcome = outcome or ""
    came = _mark_attendance(meeting, attended)
    meeting.attended = came if client_attended is None else client_attended
    meeting.save()
    _record("meeting.held", meeting, times, corrects=corrects)
    return meeting


def _mark_attendance(meeting: Meeting, attended: list[str] | None) -> bool | None:
    """Mark who came, inviting whoever came unasked; returns whether the client did, None where no contact was asked."""
    if attended is not None:
        _invite(meeting, attended)
    rows = list(meeting.invited.all())
    for row in rows:
        row.attended = attended is None or row.who in attended
    Attendee.objects.bulk_update(rows, ["attended"])
    meeting.attendees = sum(1 for row in rows if row.attended)
    contacts = [row for row in rows if row.contact_id]
    return any(row.attended for row in contacts) if contacts else None


@operation("meeting.miss", label="Say that a meeting was missed")
def miss_meeting(
    meeting: Meeting, *, whose: Whose, cause: Code | None = None, known_at: Moment | None = None, actor: Actor
) -> Meeting:
    """Record that a meeting did not take place although it stood, by whom and why."""
    _check_ahead(meeting)
    if meeting.starts_at > clock.now():
        raise Refused("not_yet", "This meeting lies ahead; move it or cancel it.")
    meeting.status, meeting.whose, meeting.cause, meeting.attendees = Meeting.Status.MISSED, whose, cause or "", 0
    meeting.attended = False if whose == "client" else None
    meeting.save(update_fields=["status", "whose", "cause", "attended", "attendees"])
    times = when(actor, meeting.starts_at, known_at)
    _record("meeting.missed", meeting, times, cause=cause or whose, whose=whose)
    return meeting


@operation("meeting.cancel", label="Cancel a meeting")
def cancel_meeting(
    meeting: Meeting,
    *,
    cause: Whose = "us",
    reason: Code | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Meeting:
    """Call a meeting off, saying on whose account."""
    _check_ahead(meeting)
    times = when(actor, at, known_at)
    meeting.status, meeting.whose, meeting.cause = Meeting.Status.CANCELLED, cause, reason or ""
    meeting.save(update_fields=["status", "whose", "cause"])
    _record("meeting.cancelled", meeting, times, cause=cause, reason=reason)
    return meeting


@operation("meeting.withdraw", label="Undo the scheduling of a meeting")
def withdraw_meeting(meeting: Meeting, *, actor: Actor) -> None:
    """Take back a meeting that was just scheduled."""
    undo(meeting, actor)
