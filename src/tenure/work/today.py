"""Today: what is due, what is slipping, who to talk to, and what changed overnight, for somebody and whom they cover.

Plain data for a page; a constant number of queries, whatever the size of the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from tenure.base import clock
from tenure.identity import access
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import OPERATIONS
from tenure.identity.people import Membership, current
from tenure.identity.requests import ActRequest, deciders
from tenure.records.account import Account
from tenure.records.action import ActionItem
from tenure.records.draft import Draft, waiting
from tenure.records.goal import Goal
from tenure.records.handover import Handover
from tenure.records.meeting import Meeting
from tenure.records.message import Message, unanswered
from tenure.work.commitments import Opening
from tenure.work.escalations import Escalation
from tenure.work.signals import OpenSignal
from tenure.work.standing import HEAVY, Standing
from tenure.work.talking import Talk, who_to_talk_to
from tenure.work.tasks import Task

SOON = timedelta(days=1)  # due later than this is not for today
MISSED_FOR = timedelta(days=3)  # how long a miss asks for its cause
MOST = 100
BANDED, FIRED = "score.banded", "signal.fired"
NEWS = (
    "account.created",
    "account.closed",
    "account.churned",
    "assignment.started",
    "commitment.missed",
    "contact.left",
    "contract.ended",
    "contract.renewed",
    "contract.started",
    "deliverable.accepted",
    "escalation.passed_on",
    "escalation.raised",
    "goal.attained",
    "goal.confirmed",
    "goal.missed",
    "handover.accepted",
    "handover.given",
    "handover.returned",
    "issue.escalated",
    "issue.opened",
    "journey.deployed",
    "journey.ended",
    "message.received",
    "play.ended",
    "play.judged",
    "survey.answered",
    BANDED,
    FIRED,
    "signal.resolved",
)


@dataclass(frozen=True, slots=True)
class Due:
    """Something to do today. `noun` and `id` name the row; `at` is when it is due, None where no time was set."""

    noun: str
    id: str
    account_id: str | None
    account: str
    title: str
    why: str
    at: datetime | None
    is_late: bool
    status: str = ""
    owner_id: str | None = None
    row: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Slip:
    """Something that goes wrong slowly: a signal that fires, or a promise at risk."""

    noun: str
    id: str
    account_id: str
    account: str
    label: str
    reason: str
    severity: str
    since: datetime
    is_snoozed: bool = False
    snoozed_until: datetime | None = None
    due_at: datetime | None = None
    row: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class News:
    """A fact since the last working day ended."""

    entry: LedgerEntry
    account_id: str | None
    account: str


@dataclass(frozen=True, slots=True)
class Today:
    """The whole page. `since` is when the last working day ended, from where changes are counted."""

    day: date
    now: datetime
    since: datetime
    due: Sequence[Due]
    slipping: Sequence[Slip]
    talks: Sequence[Talk]
    changes: Sequence[News]
    accounts: int  # how many they carry

    @property
    def late(self) -> int:
        return sum(item.is_late for item in self.due)


def today(actor: Actor) -> Today:
    """What somebody faces now. Their own things and those of everyone they cover for; leads see what is escalated."""
    now = clock.now()
    zone = ZoneInfo(actor.person.zone if actor.person and actor.person.zone else actor.model.company.zone)
    until = datetime.combine(now.astimezone(zone).date() + SOON, time(), zone)
    book = _book(actor)
    names = {row.account_id: row.name for row in book}
    since = last_day_ended(actor, now)
    due = [
        *_promises_and_messages(actor, book, now, until),
        *_tasks(actor, now, until),
        *_drafts(actor),
        *_actions(actor, now, zone),
        *_meetings(actor, now, until),
        *_handovers(actor, now),
        *_requests(actor, now),
        *_escalations(actor, now),
        *_goals(actor, book, zone, now),
    ]
    missing = {item.account_id for item in due if item.account_id} - set(names)
    names |= dict(Account.objects.filter(pk__in=missing).values_list("pk", "name")) if missing else {}
    named = [_with_account(item, names) for item in due]
    return Today(
        day=now.astimezone(zone).date(),
        now=now,
        since=since,
        due=sorted(named, key=lambda item: (item.at is None, item.at or now, item.noun, item.id)),
        slipping=_slipping(actor, names, now),
        talks=who_to_talk_to(book, actor, now),
        changes=_changes(names, since),
        accounts=len(book),
    )


def last_day_ended(actor: Actor, now: datetime) -> datetime:
    """When the last working day before today ended for somebody; the day's start where nothing was open lately."""
    calendar = calendar_of(actor.person, actor.model, actor.memberships) if actor.person else None
    if calendar is None:
        return now - timedelta(days=1)
    day = calendar.day_of(now)
    for back in range(1, 15):
        spans = calendar.spans_on(day - timedelta(days=back))
        if spans:
            return spans[-1][1]
    return now - timedelta(days=1)


def _book(actor: Actor) -> list[Standing]:
    """The accounts that an actor carries, or covers: their own assignments rather than all within reach."""
    mine = Assignment.objects.filter(current(actor.day), person_id__in=actor.people).values("account_id")
    rows = access.reach(Standing.objects.filter(account_id__in=mine, status="active"), actor, "account.list")
    return list(rows.order_by("health_rank", "name").defer(*HEAVY))


def _with_account(item: Due, names: dict[str, str]) -> Due:
    return replace(item, account=names.get(item.account_id or "", "")) if item.account_id else item


def _promises_and_messages(actor: Actor, book: Sequence[Standing], now: datetime, until: datetime) -> list[Due]:
    """Promises to keep and messages to answer. A promise to answer a message is one thing with the message."""
    messages = _messages(book, now)
    waiting = [item.id for item in messages]
    running = Q(status__in=Opening.OPEN) | Q(status=Opening.Status.MISSED)
    asked = Opening.objects.filter(running, subject="message", subject_id__in=waiting).order_by("-due_at", "id")
    answers = {row.subject_id: _promise(row, actor, now) for row in asked}
    merged = [
        replace(item, at=promise.at, is_late=promise.is_late, status=promise.status, why=promise.why or item.why)
        if (promise := answers.get(item.id))
        else item
        for item in messages
    ]
    return [item for item in _promises(actor, now, until) if item.row.subject_id not in answers] + merged


def _promises(actor: Actor, now: datetime, until: datetime) -> list[Due]:
    """Promises due by tomorrow, those at risk, and misses that nobody has explained yet."""
    is_open = Q(status__in=(Opening.Status.RUNNING, Opening.Status.WARNED))
    wanted = is_open & (Q(due_at__lt=until) | Q(status=Opening.Status.WARNED))
    wanted |= Q(status=Opening.Status.MISSED, cause="", judged_at__gte=now - MISSED_FOR)
    rows = Opening.objects.filter(wanted, owner_id__in=actor.people).order_by("due_at", "id")[:MOST]
    return [_promise(row, actor, now) for row in rows]


def _promise(row: Opening, actor: Actor, now: datetime) -> Due:
    terms = actor.model.commitments.get(row.rule)
    return Due(
        noun="commitment",
        id=row.pk,
        account_id=row.account_id,
        account="",
        title=terms.label if terms else row.rule,
        why=terms.promise if terms else "",
        at=row.due_at,
        is_late=row.status == Opening.Status.MISSED or _before(row.due_at, now),
        status=row.status,
        owner_id=row.owner_id,
        row=row,
    )


def _tasks(actor: Actor, now: datetime, until: datetime) -> list[Due]:
    soon = Q(due_at__lt=until) | Q(due_at=None)
    rows = Task.objects.filter(soon, owner_id__in=actor.people, status=Task.Status.OPEN)
    rows = rows.order_by("due_at", "id").select_related("play", "item__run")[:MOST]
    return [
        Due("task", r.pk, r.account_id, "", r.title, _why_task(r, actor), r.due_at, _before(r.due_at, now), r.effect,
            r.owner_id, r)
        for r in rows
    ]  # fmt: skip


def _drafts(actor: Actor) -> list[Due]:
    """Messages that were drafted and wait to be read; what is news is told soon, so they come with the day's own."""
    labels = {key: template.label for key, template in actor.model.templates.items()}
    return [
        Due("draft", row.pk, row.account_id, "", labels.get(row.template, "Draft"), row.subject,
            row.made_at, False, row.status, row.owner_id, row)
        for row in waiting(Draft.objects.filter(owner_id__in=actor.people))[:MOST]
    ]  # fmt: skip


def _why_task(task: Task, actor: Actor) -> str:
    if task.item is not None:
        return task.item.run.definition.label
    if task.play is None:
        return ""
    playbooks = actor.model.playbooks
    return playbooks[task.play.playbook].label if task.play.playbook in playbooks else ""


def _actions(actor: Actor, now: datetime, zone: ZoneInfo) -> list[Due]:
    day = now.astimezone(zone).date()
    rows = ActionItem.objects.filter(owner_id__in=actor.people, status=ActionItem.Status.OPEN)
    rows = rows.filter(Q(due_on__lte=day) | Q(due_on=None)).order_by("due_on", "pk")[:MOST]
    return [
        Due("action", row.pk, row.account_id, "", row.text, "", _end_of(row.due_on, zone),
            row.due_on is not None and row.due_on < day, row.status, row.owner_id, row)
        for row in rows
    ]  # fmt: skip


def _end_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time(17, 30), zone) if day else None


def _meetings(actor: Actor, now: datetime, until: datetime) -> list[Due]:
    begun = now - timedelta(hours=12)  # one that nobody has said anything about yet still asks to be told
    mine = Q(facilitator_id__in=actor.people) | Q(invited__person_id__in=actor.people)
    rows = Meeting.objects.filter(mine, status=Meeting.Status.SCHEDULED, starts_at__gte=begun, starts_at__lt=until)
    types = actor.model.meetings
    return [
        Due("meeting", row.pk, row.account_id, "", types[row.type].label if row.type in types else row.type, row.title,
            row.starts_at, row.starts_at < now, row.status, row.facilitator_id, row)
        for row in rows.distinct().order_by("starts_at", "pk")[:MOST]
    ]  # fmt: skip


def _handovers(actor: Actor, now: datetime) -> list[Due]:
    """What was handed to me, or to whoever has my role where nobody was named, and what came back to me."""
    forms = actor.model.handovers
    takes = [key for key, form in forms.items() if form.taker in actor.roles]
    given = Q(status=Handover.Status.GIVEN) & (Q(taker_id__in=actor.people) | Q(taker=None, form__in=takes))
    back = Q(status=Handover.Status.RETURNED, giver_id__in=actor.people)
    rows = access.reach(Handover.objects.filter(given | back, form__in=forms), actor, "account.view")
    return [
        Due("handover", row.pk, row.account_id, "", forms[row.form].label, _why_handover(row),
            row.answered_at or row.given_at, False, row.status, row.taker_id, row)
        for row in rows.select_related("giver", "taker").order_by("given_at", "pk")[:MOST]
    ]  # fmt: skip


def _why_handover(row: Handover) -> str:
    if row.status == Handover.Status.RETURNED:
        return f"{row.taker.name} sent it back" if row.taker else "Sent back"
    return f"{row.giver.name} hands over" if row.giver else "Handed over"


def _requests(actor: Actor, now: datetime) -> list[Due]:
    """Acts of others that wait for an answer of mine."""
    rows = ActRequest.objects.filter(status__in=(ActRequest.Status.PENDING, ActRequest.Status.ESCALATED))
    waiting = list(rows.select_related("asked_by").order_by("due_at", "id")[:MOST])
    if not waiting:
        return []
    held = Membership.objects.filter(current(actor.day), person_id__in=actor.people).values_list("role", flat=True)
    roles = set(held)
    leads = any(actor.model.roles[role].reach == "team" for role in roles if role in actor.model.roles)
    found = []
    for row in waiting:
        # Who decides takes some queries to say, so it is asked only of what can be mine.
        if (leads or roles & set(row.roles)) and deciders(row, actor) & actor.people:
            label = OPERATIONS[row.operation].label if row.operation in OPERATIONS else row.operation
            found.append(
                Due("request", row.pk, row.account_id, "", label, f"{row.asked_by.name} asks", row.due_at,
                    row.due_at < now, row.status, row.asked_by_id, row)
            )  # fmt: skip
    return found


def _messages(book: Sequence[Standing], now: datetime) -> list[Due]:
    """What clients of the book wrote that nobody has answered or settled."""
    accounts = [row.account_id for row in book]
    rows = unanswered(Message.objects.filter(account_id__in=accounts)).select_related("contact").order_by("at", "pk")
    return [
        Due("message", row.pk, row.account_id, "", f"Answer {row.contact.name if row.contact else 'a message'}",
            row.subject, row.at, now - row.at > SOON, "", None, row)
        for row in rows[:MOST]
    ]  # fmt: skip


def _escalations(actor: Actor, now: datetime) -> list[Due]:
    rows = Escalation.objects.filter(owner_id__in=actor.people, status=Escalation.Status.OPEN)
    return [
        Due("escalation", row.pk, row.account_id, "", row.reason, "Escalated to you", row.due_at,
            row.is_overdue or _before(row.due_at, now), row.status, row.owner_id, row)
        for row in rows.order_by("due_at", "id")[:MOST]
    ]  # fmt: skip


def _goals(actor: Actor, book: Sequence[Standing], zone: ZoneInfo, now: datetime) -> list[Due]:
    """Goals whose day has come and that nobody has judged: those of the book, whoever owns them, and one's own."""
    mine = Q(account_id__in=[row.account_id for row in book]) | Q(owner_id__in=actor.people)
    day = now.astimezone(zone).date()
    rows = Goal.objects.filter(mine, status=Goal.Status.OPEN, due_on__lte=day).order_by("due_on", "pk")
    return [
        Due("goal", row.pk, row.account_id, "", f"Judge: {row.title}", _why_goal(row),
            _end_of(row.due_on, zone), row.due_on is not None and row.due_on < day, row.status, row.owner_id, row)
        for row in rows[:MOST]
    ]  # fmt: skip


def _why_goal(row: Goal) -> str:
    """What to judge it by: the figure with its rule and day where points say it."""
    read = row.read if row.follows_points else None
    if read is None or read.value is None or read.through is None:
        return "Its day has come: attained or missed?"
    target = f" of {row.target.normalize():f}" if row.target is not None else ""
    return (
        f"It stands at {read.value:g}{target}, {read.rule} to {read.through.day} {read.through:%b}: attained or missed?"
    )


def _before(at: datetime | None, now: datetime) -> bool:
    return at is not None and at < now


def _slipping(actor: Actor, names: dict[str, str], now: datetime) -> list[Slip]:
    """Signals on the book that fire, the worst and oldest first; snoozed ones last."""
    rows: QuerySet[OpenSignal] = OpenSignal.objects.filter(
        account_id__in=list(names), state=OpenSignal.State.FIRING, is_inhibited=False
    )
    ranks = {"red": 0, "yellow": 1, "green": 2}
    signals = actor.model.signals
    slips = [
        Slip("signal", row.pk, row.account_id, names[row.account_id],
             signals[row.rule].label if row.rule in signals else row.rule, row.reason, row.severity, row.since,
             row.is_snoozed, row.snoozed_until, None, row)
        for row in rows.order_by("fired_at", "id")[:MOST]
    ]  # fmt: skip
    return sorted(slips, key=lambda slip: (slip.is_snoozed, ranks.get(slip.severity, 3), slip.since, slip.id))


def _changes(names: dict[str, str], since: datetime) -> list[News]:
    """What happened to the book since the last working day ended, newest first."""
    entries = LedgerEntry.objects.filter(
        account_id__in=list(names), recorded_at__gte=since, kind__in=NEWS, retracts=None
    ).order_by("-id")[:MOST]
    return [News(entry, entry.account_id, names.get(entry.account_id or "", "")) for entry in entries]
