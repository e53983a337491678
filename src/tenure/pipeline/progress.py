"""How somebody comes along in their role: what is expected of them by when, computed from their KPIs and facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tenure.base.calendar import always
from tenure.base.duration import parse
from tenure.blueprint.model import Expectation, Model, Ramp
from tenure.facts.days import company_day, day_starts
from tenure.facts.lake import Lake
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Membership
from tenure.measures.kpis import met
from tenure.pipeline import as_of
from tenure.pipeline.as_of import Cut
from tenure.pipeline.kpis import closed_by, figures
from tenure.watch.terms import FactView
from tenure.work.promises import predicate
from tenure.work.scopes import Scope


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that is expected: where it stands and what it should be. `value` is None where that is unknown."""

    key: str
    label: str
    kpi: str
    value: Decimal | None
    target: Decimal
    better: Literal["up", "down"]
    is_met: bool | None


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch of the ramp, judged on `day`: its own last one once that has passed, else the day shown.

    `book` is how many accounts they carried then, of at least `least` and at most `most`; None where no night had
    closed a day by then, so that nothing is known of it.
    """

    key: str
    label: str
    by: date
    day: date
    is_over: bool
    is_now: bool
    book: int | None
    least: int | None
    most: int | None
    expected: tuple[Expected, ...]

    @property
    def is_book_met(self) -> bool | None:
        """Whether the book is large enough; more than the most is no failure of the person's."""
        return None if self.least is None or self.book is None else self.book >= self.least

    @property
    def reached(self) -> int:
        return sum(each.is_met is True for each in self.expected) + (self.is_book_met is True)

    @property
    def wanted(self) -> int:
        return len(self.expected) + (self.least is not None)


def since_in(membership: Membership) -> date:
    """Since when somebody has had the role of a membership, whatever the level or team."""
    same = Membership.objects.filter(person_id=membership.person_id, role=membership.role)
    return min(same.values_list("from_day", flat=True), default=membership.from_day)


def ramp(lake: Lake, membership: Membership, scope: Scope, model: Model, day: date) -> list[Step]:
    """The stretches of a role's ramp in their order, each as it stood on its last day or stands on `day`."""
    role, since = model.roles[membership.role], since_in(membership)
    ends = [(key, stage, _by(since, stage, model)) for key, stage in role.ramp.items()]
    ends.sort(key=lambda each: each[2])
    steps: list[Step] = []
    for key, stage, by in ends:
        is_now = by >= day and not any(step.is_now for step in steps)
        steps.append(_step(lake, (key, stage, by), membership, scope, since, day, is_now))
    return steps


def _by(since: date, stage: Ramp, model: Model) -> date:
    zone = model.company.zone
    return company_day(always(zone).add(day_starts(since, zone), parse(stage.by)), zone)


def judged_on(membership: Membership, stage: Ramp, model: Model, day: date) -> date:
    """The day on which a stretch of the ramp is judged: the last closed one of its own, or the day shown."""
    wanted = min(_by(since_in(membership), stage, model), day)
    return closed_by(wanted) or wanted


def _step(
    lake: Lake,
    stretch: tuple[str, Ramp, date],
    membership: Membership,
    scope: Scope,
    since: date,
    day: date,
    is_now: bool,
) -> Step:
    key, stage, by = stretch
    wanted = min(by, day)
    closed = closed_by(wanted)
    shown = closed or wanted
    at = as_of.cut(shown)
    kpis = [each.kpi for each in stage.expects.values() if each.kpi]
    found = figures(lake, shown, [scope], kpis)
    expected = []
    for name, each in stage.expects.items():
        figure = found.get((scope.key, each.kpi)) if each.kpi else None
        value = figure.value if figure else None
        if closed and not each.kpi:
            value = Decimal(len(facts_of(at, each, membership.person_id, since)))
        is_met = met(value, each.target, each.better, at_least=bool(figure and figure.at_least))
        expected.append(Expected(name, each.label, each.kpi or "", value, each.target, each.better, is_met))
    book = book_size(at, membership.person_id) if closed else None
    least, most = stage.accounts_from, stage.accounts_to
    return Step(key, stage.label, by, shown, by < day, is_now, book, least, most, tuple(expected))


def book_size(at: Cut, person: str) -> int:
    """How many accounts somebody carried on a day, closed ones left out."""
    held = [account for account, owner in as_of.owners_of_all(at).items() if owner == person]
    known = as_of.fields(at, held) if held else {}
    return sum(known.get(account, {}).get("status") == "active" for account in held)


def facts_of(at: Cut, expected: Expectation, person: str, since: date) -> list[LedgerEntry]:
    """The facts that an expectation counts, as they were known on the day, oldest first."""
    trigger = expected.counts
    if trigger is None:
        return []
    theirs = LedgerEntry.objects.filter(kind=trigger.on, actor_id=person, happened_at__gte=day_starts(since, at.zone))
    accounts = set(theirs.values_list("account_id", flat=True))
    # What takes a fact back is of its noun and may be somebody else's.
    noun = LedgerEntry.objects.filter(subject=trigger.on.partition(".")[0], account_id__in=accounts)
    standing = set(as_of.seen(at, noun).values_list("id", flat=True))
    entries = [entry for entry in theirs.order_by("happened_at", "id") if entry.id in standing]
    if trigger.where is None:
        return entries
    return [entry for entry in entries if predicate(trigger.where)(FactView(entry.fact)) is True]
