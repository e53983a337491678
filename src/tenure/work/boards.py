"""Journeys as people look at them: a board of stages, the checklist of one account, and what its client is told.

Plain data for pages; a constant number of queries, whatever the size of the book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from tenure.base import clock, duration
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.people import current
from tenure.records.contact import Contact
from tenure.work.journeys import ChecklistItem, JourneyRun
from tenure.work.standing import Standing

MOST = 200  # journeys on one board
NEXT = 3  # what a client is told of what comes after


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whom an item waits for, since when, and why: the reason of a block, or the item that comes first."""

    who: str
    since: datetime
    party: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a checklist as a page shows it."""

    item: ChecklistItem
    label: str
    role: str
    owner: str
    is_late: bool
    waiting: Waiting | None
    after: tuple[str, ...] = ()  # what comes first, while it waits its turn


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stage of a run with its lines."""

    key: str
    label: str
    is_here: bool
    lines: Sequence[Line]

    @property
    def done(self) -> int:
        return sum(line.item.has_ended for line in self.lines)


@dataclass(frozen=True, slots=True)
class Checklist:
    """One run with its stages."""

    run: JourneyRun
    label: str
    stretches: Sequence[Stretch]
    late_since: datetime | None  # when the present stage should have been over

    @property
    def lines(self) -> list[Line]:
        return [line for stretch in self.stretches for line in stretch.lines]

    @property
    def open(self) -> list[Line]:
        """What is open now, the earliest due first."""
        return sorted((line for line in self.lines if line.item.is_open), key=_by_due)

    @property
    def turn_waits(self) -> list[Line]:
        """What has been reached and waits for another item."""
        return [line for line in self.lines if line.item.status == ChecklistItem.Status.WAITING and line.waiting]

    @property
    def ahead(self) -> list[Stretch]:
        """Stages whose turn has not come."""
        order = list(self.run.definition.stages)
        return [stretch for stretch in self.stretches if order.index(stretch.key) > self.run.reached]

    @property
    def ended(self) -> list[Line]:
        return [line for line in self.lines if line.item.has_ended]

    @property
    def share(self) -> tuple[int, int]:
        """Items that have ended, of all."""
        return len(self.ended), len(self.lines)

    @property
    def longest_wait(self) -> Waiting | None:
        """Who has been waited for the longest."""
        found = [line.waiting for line in self.lines if line.waiting and line.item.is_open]
        return min(found, key=lambda each: each.since, default=None)


def _by_due(line: Line) -> tuple[bool, datetime, int]:
    due = line.item.due_at
    return due is None, due or line.item.run.started_at, line.item.position


def checklists(account: AccountAnchor, model: Model) -> list[Checklist]:
    """The running journeys of an account, else the one that ended last. Three queries."""
    rows = _with_items(JourneyRun.objects.filter(account_id=account.pk)).order_by("-started_at", "-id")
    runs = list(rows[:6])
    shown = [run for run in runs if run.is_running] or runs[:1]
    return drawn(shown, model)


def _with_items(rows: QuerySet[JourneyRun]) -> QuerySet[JourneyRun]:
    return rows.prefetch_related("items__owner")


def drawn(runs: Sequence[JourneyRun], model: Model) -> list[Checklist]:
    """Runs, their items read along, as pages show them."""
    now, clients = clock.now(), _clients(run.account_id for run in runs)
    return [_checklist(run, model, now, clients.get(run.account_id, "")) for run in runs]


def _clients(accounts: Iterable[str]) -> Mapping[str, str]:
    """Whom one turns to on the client's side, by account."""
    rows = Contact.objects.filter(account_id__in=set(accounts), is_primary=True, left_on=None, erased_at=None)
    return dict(rows.values_list("account_id", "name"))


def _checklist(run: JourneyRun, model: Model, now: datetime, client: str) -> Checklist:
    items = {item.key: item for item in run.items.all()}
    order = list(run.definition.stages)
    roles = {key: role.label for key, role in model.roles.items()}
    stretches = []
    for place, (key, stage) in enumerate(run.definition.stages.items()):
        lines = [
            _line(items[name], items, roles, now, client, is_reached=place <= run.reached and run.is_running)
            for name in stage.items
            if name in items
        ]
        stretches.append(Stretch(key, stage.label, key == run.stage, lines))
    within = run.definition.stages[order[order.index(run.stage)]].within
    due = calendar_of_company(model).add(run.stage_since, duration.parse(within)) if within else None
    late = due if due is not None and run.is_running and due < now else None
    return Checklist(run, run.definition.label, stretches, late)


def _line(
    item: ChecklistItem,
    items: Mapping[str, ChecklistItem],
    roles: Mapping[str, str],
    now: datetime,
    client: str,
    *,
    is_reached: bool,
) -> Line:
    terms = item.terms
    first = tuple(items[key].label for key in terms.after if key in items and not items[key].has_ended)
    waiting = _waiting(item, items, client) if is_reached else None
    after = first if item.status == ChecklistItem.Status.WAITING else ()
    owner = item.owner.name if item.owner else ""
    return Line(item, terms.label, roles.get(terms.owner, terms.owner), owner, item.is_late(now), waiting, after)


def _waiting(item: ChecklistItem, items: Mapping[str, ChecklistItem], client: str) -> Waiting | None:
    """Whom an item waits for; one that waits its turn waits for whoever has what comes first."""
    if item.is_open:
        return Waiting(_who(item, client), item.waits_since, item.waits_for, item.reason) if item.waits_since else None
    if item.status != ChecklistItem.Status.WAITING:
        return None
    found = _in_the_way(item, items)
    if found is None or found.opened_at is None:
        return None
    return Waiting(_who(found, client), found.waits_since or found.opened_at, found.waits_for, found.label)


def _in_the_way(item: ChecklistItem, items: Mapping[str, ChecklistItem]) -> ChecklistItem | None:
    """The open item that must end first, however many wait between them."""
    for key in item.terms.after:
        before = items.get(key)
        if before is None or before.has_ended:
            continue
        found = before if before.is_open else _in_the_way(before, items)
        if found is not None:
            return found
    return None


def _who(item: ChecklistItem, client: str) -> str:
    if item.waits_for == ChecklistItem.Party.CLIENT:
        return client or "the client"
    if item.waits_for == ChecklistItem.Party.PARTNER:
        return "a partner"
    return item.owner.name if item.owner else "nobody yet"


# The board.


@dataclass(frozen=True, slots=True)
class Card:
    """An account on its journey. `day` counts from 1, the day on which it came into its stage."""

    standing: Standing | None
    account_id: str
    checklist: Checklist
    day: int
    late: int  # items past due
    waiting: Waiting | None
    next: Line | None

    @property
    def name(self) -> str:
        return self.standing.name if self.standing else "An account"

    @property
    def late_words(self) -> str:
        return f"{self.late} item{'s' if self.late > 1 else ''} late"

    @property
    def is_late(self) -> bool:
        return self.late > 0 or self.checklist.late_since is not None


@dataclass(frozen=True, slots=True)
class BoardColumn:
    """A stage with the accounts that are in it, the latest in trouble first."""

    key: str
    label: str
    within: str
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Board:
    """All running journeys of a kind within reach. `left_out` says that there are more than are shown."""

    journey: str
    label: str
    columns: Sequence[BoardColumn]
    left_out: bool

    @property
    def cards(self) -> list[Card]:
        return [card for column in self.columns for card in column.cards]

    @property
    def late(self) -> int:
        return sum(card.is_late for card in self.cards)

    @property
    def waiting(self) -> int:
        return sum(card.waiting is not None for card in self.cards)


def board(actor: Actor, journey: str, *, mine: bool = False) -> Board:
    """The journeys of one kind that run within reach, by stage; `mine` are those whose account one carries or covers.

    A run under an earlier blueprint stands in its stage; one whose stage is gone stands in a column of its own.
    """
    rows = access.reach(JourneyRun.objects.all(), actor, "account.list")
    rows = rows.filter(journey=journey, status=JourneyRun.Status.RUNNING)
    if mine:
        held = Assignment.objects.filter(current(actor.day), person_id__in=actor.people)
        rows = rows.filter(account_id__in=held.values("account_id"))
    runs = list(_with_items(rows).select_related("account__standing").order_by("stage_since", "id")[: MOST + 1])
    cards = [_card(each) for each in drawn(runs[:MOST], actor.model)]
    terms = actor.model.journeys[journey]
    stages = {key: (stage.label, stage.within or "") for key, stage in terms.stages.items()}
    for run in runs:
        stages.setdefault(run.stage, (run.definition.stages[run.stage].label, ""))
    columns = [
        BoardColumn(key, label, within, sorted((c for c in cards if c.checklist.run.stage == key), key=_urgency))
        for key, (label, within) in stages.items()
    ]
    return Board(journey, terms.label, columns, len(runs) > MOST)


def _card(checklist: Checklist) -> Card:
    run = checklist.run
    open_ = checklist.open
    return Card(
        standing=getattr(run.account, "standing", None),
        account_id=run.account_id,
        checklist=checklist,
        day=max((clock.now() - run.stage_since) // timedelta(days=1), 0) + 1,
        late=sum(line.is_late for line in open_),
        waiting=checklist.longest_wait,
        next=next((line for line in open_ if line.waiting is None), open_[0] if open_ else None),
    )


def _urgency(card: Card) -> tuple[bool, int, str]:
    return not card.is_late, -card.day, card.name


# The client's side.


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that we wait for from the client, in their words."""

    text: str
    since: datetime
    due_at: datetime | None
    is_late: bool
    item: str = ""  # the item's id, where the client may mark it as done
    fact: str = ""  # the kind of fact that shows that it is done


@dataclass(frozen=True, slots=True)
class Step:
    """A stage as the client knows it; `place` is behind, now or ahead."""

    text: str
    place: str


@dataclass(frozen=True, slots=True)
class ClientChecklist:
    """What a client sees of a journey: what the blueprint words for clients, and no reason, owner or task."""

    steps: Sequence[Step]
    asked: Sequence[Asked]
    next: Sequence[str]


def client_checklist(account: AccountAnchor) -> ClientChecklist:
    """What we wait for from a client and since when, and what comes next for them, in the words of `client_label`.

    Items and stages without such words stay inside. Whether somebody may see this account is the caller's to ask.
    """
    rows = JourneyRun.objects.filter(account_id=account.pk, status=JourneyRun.Status.RUNNING)
    now = clock.now()
    steps: list[Step] = []
    asked: list[Asked] = []
    next_: list[str] = []
    for run in rows.order_by("started_at", "id").prefetch_related("items"):
        keys = list(run.definition.stages)
        here = keys.index(run.stage)
        for place, stage in enumerate(run.definition.stages.values()):
            if stage.client_label:
                steps.append(
                    Step(stage.client_label, "behind" if place < here else "now" if place == here else "ahead")
                )
        for item in run.items.all():
            words = item.terms.client_label
            if not words or item.has_ended:
                continue
            if item.is_open and item.waits_for == ChecklistItem.Party.CLIENT and item.waits_since:
                ticked = item.pk if item.terms.client_ticks else ""
                shown_by = item.terms.done_by.on if item.terms.done_by else ""
                asked.append(Asked(words, item.waits_since, item.due_at, item.is_late(now), ticked, shown_by))
            elif item.status == ChecklistItem.Status.WAITING:
                next_.append(words)
    return ClientChecklist(steps, sorted(asked, key=lambda each: each.since), next_[:NEXT])
