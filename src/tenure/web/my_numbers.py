"""Somebody's own numbers: figures of the role, ramp, level, bonus basis, and the year's verdicts with their causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.urls import reverse

from tenure.base import clock
from tenure.base.calendar import always
from tenure.base.duration import parse
from tenure.blueprint.model import Level, Model, Role
from tenure.facts.contract import KINDS
from tenure.facts.days import company_day, day_starts
from tenure.identity import access
from tenure.identity.people import Membership, Person, current
from tenure.measures.editions import Figure
from tenure.measures.kpis import Case, Period, reached
from tenure.pipeline import as_of
from tenure.pipeline.cases import record_of
from tenure.pipeline.kpis import figures, last_closed, trend
from tenure.pipeline.progress import Expected, Step, book_size, facts_of, judged_on, ramp, since_in
from tenure.planning.basis import Basis, basis
from tenure.web import numbers_page, wording
from tenure.web.actors import Reader
from tenure.web.reading import lake
from tenure.work.commitments import CAUSES, Opening
from tenure.work.owners import main_role
from tenure.work.scopes import Scope, scope_of
from tenure.work.standing import Standing

AT_ONCE = 50


@dataclass(frozen=True)
class Rung:
    """A level of a career: between which days people of this start come to it, and whether it is the one held."""

    level: Level
    is_held: bool
    since: date | None
    until: date | None
    book: str  # how many accounts it carries
    team: str  # how many people it leads
    led: int | None = None  # how many the person leads now, where it is held


@dataclass(frozen=True)
class ExpectedShown:
    """What is expected, where it stands, and where its rows are."""

    expected: Expected
    words: str
    target: str
    state: str
    said: str
    href: str


@dataclass(frozen=True)
class StepShown:
    step: Step
    expected: Sequence[ExpectedShown]
    book: str


@dataclass(frozen=True)
class BasisLine:
    key: str
    label: str
    share: str
    reached: str


@dataclass(frozen=True)
class Told:
    """The verdicts on one promise in a year: kept, missed, and by cause and by whose it was."""

    label: str
    kept: int
    missed: int
    causes: str


def context(person: Person, actor: Reader) -> dict[str, Any]:
    """Everything that the page shows, as the day's night left it."""
    day = actor.as_of or last_closed()
    membership, scope = scope_of(person, actor.model, day or actor.day)
    about: dict[str, Any] = {"person": person, "day": day, "scope": scope, "membership": membership}
    if membership is None or day is None:
        return about
    at = as_of.cut(day)
    role = at.model.roles.get(membership.role)
    if role is None:
        return about
    weights = bonus_of(role, membership)
    keys = list(dict.fromkeys([*role.measured_by, *weights]))
    with lake() as opened:
        found = figures(opened, day, [scope], keys)
        trends = trend(opened, day, [scope])
        steps = ramp(opened, membership, scope, at.model, day)
    shown = numbers_page.lines(at.model, role.measured_by, scope, found, trends, day)
    return about | {
        "role": role,
        "level": role.levels.get(membership.level),
        "since": since_in(membership),
        "lines": shown,
        "summary": numbers_page.summary(shown),
        "closed": at.run is not None,
        "book": book_size(at, person.pk) if scope.kind == "person" else None,
        "steps": [_step(step, at.model, scope, person) for step in steps],
        "basis": basis_of(weights, found, scope, at.model) if weights else None,
        "basis_lines": _basis_lines(weights, found, scope, at.model),
        "rungs": rungs(role, membership, at.model),
        "record": told(record_of(at, person.pk, year_of(day, at.model, at.zone)), at.model),
        "year": year_of(day, at.model, at.zone),
    }


def bonus_of(role: Role, membership: Membership) -> Mapping[str, Decimal]:
    """The weights of the KPIs that somebody's bonus rests on: their level's, else their role's."""
    level = role.levels.get(membership.level)
    return level.bonus if level is not None and level.bonus else role.bonus


def basis_of(
    weights: Mapping[str, Decimal], found: Mapping[tuple[str, str], Figure], scope: Scope, model: Model
) -> Basis:
    return basis(weights, {key: _reached(key, found, scope, model) for key in weights})


def _reached(key: str, found: Mapping[tuple[str, str], Figure], scope: Scope, model: Model) -> Decimal | None:
    figure, kpi = found.get((scope.key, key)), model.kpis[key]
    return None if figure is None else reached(figure.value, kpi.target, kpi.better, at_least=figure.at_least)


def _basis_lines(
    weights: Mapping[str, Decimal], found: Mapping[tuple[str, str], Figure], scope: Scope, model: Model
) -> list[BasisLine]:
    made = basis_of(weights, found, scope, model)
    return [
        BasisLine(
            part.key,
            model.kpis[part.key].label,
            wording.percent(part.share),
            "not known yet" if part.reached is None else wording.percent(part.reached, 1),
        )
        for part in made.parts
    ]


def _step(step: Step, model: Model, scope: Scope, person: Person) -> StepShown:
    shown = []
    for each in step.expected:
        state, said = {True: ("met", "met"), False: ("running", "not yet"), None: ("unknown", "not known")}[each.is_met]
        if each.is_met is False and step.is_over:
            state, said = "missed", "not met"
        kpi = model.kpis[each.kpi] if each.kpi else None
        if kpi:
            href = numbers_page.rows_address(each.kpi, scope, step.day, "")
        else:
            href = reverse("person_facts", args=[person.pk, step.key, each.key])
        words = "unknown" if each.value is None else numbers_page.figure_words(kpi, each.value)
        bound = "at most" if each.better == "down" else "of" if not each.kpi else "at least"
        shown.append(
            ExpectedShown(each, words, f"{bound} {numbers_page.figure_words(kpi, each.target)}", state, said, href)
        )
    return StepShown(step, shown, spread(step.least, step.most))


def spread(least: int | None, most: int | None) -> str:
    """The size of a book: ``10 to 15``, ``up to 3``, ``15 or more``, or nothing."""
    if least is None:
        return f"up to {most}" if most is not None else ""
    return f"{least} or more" if most is None else f"{least} to {most}" if least != most else f"{least}"


def rungs(role: Role, membership: Membership, model: Model) -> list[Rung]:
    """The ladder from its lowest rung, on through the roles to which it leads."""
    since, found, walked = since_in(membership), [], {membership.role}
    here: str | None = membership.role
    while here is not None:
        for key, level in sorted(model.roles[here].levels.items(), key=lambda pair: pair[1].rank):
            is_held = here == membership.role and key == membership.level
            found.append(
                Rung(
                    level,
                    is_held,
                    _after(since, level.after, model),
                    _after(since, level.by, model),
                    spread(level.accounts_from, level.accounts_to),
                    spread(level.people_from, level.people_to),
                    led_by(membership, model) if is_held and level.people_from is not None else None,
                )
            )
        ahead = model.roles[here].leads_to
        here = ahead if ahead in model.roles and ahead not in walked else None
        walked.add(here or "")
    return found


def _after(since: date, span: str | None, model: Model) -> date | None:
    zone = model.company.zone
    return company_day(always(zone).add(day_starts(since, zone), parse(span)), zone) if span else None


def led_by(membership: Membership, model: Model) -> int:
    """How many people of somebody's team carry accounts today."""
    held = Membership.objects.filter(current(clock.today(model.company.zone)), role=main_role(model) or "")
    mine = held.filter(team_id=membership.team_id, team__isnull=False, person__is_active=True)
    return mine.exclude(person_id=membership.person_id).values("person_id").distinct().count()


def year_of(day: date, model: Model, zone: str) -> Period:
    """The fiscal year up to the day."""
    starts = model.company.fiscal_year_starts
    first = date(day.year - (day.month < starts), starts, 1)
    return Period.of(first, day, zone)


def told(cases: Sequence[Case], model: Model) -> list[Told]:
    """A year's verdicts by promise, those with the most misses first."""
    found = []
    for rule in {case.rule for case in cases}:
        its = [case for case in cases if case.rule == rule]
        missed = [case for case in its if case.status == "missed"]
        causes = Counter(because(case) or "no cause given" for case in missed)
        label = model.commitments[rule].label if rule in model.commitments else rule
        said = " · ".join(f"{count} × {words}" for words, count in causes.most_common(3))
        found.append(Told(label, len(its) - len(missed), len(missed), said))
    return sorted(found, key=lambda each: (-each.missed, each.label))


def because(case: Case) -> str:
    """The cause of a miss in words, and whose it was."""
    whose = Opening.Whose(case.whose).label.lower() if case.whose in Opening.Whose.values else ""
    return ", ".join(each for each in (CAUSES.get(case.cause) or wording.sentence(case.cause), whose) if each)


@dataclass(frozen=True)
class CaseShown:
    case: Case
    promise: str
    account: str
    href: str
    because: str


def record(person: Person, actor: Reader, year: str, number: str = "") -> dict[str, Any]:
    """Every verdict of a year that was theirs, for the annual review: the latest first."""
    day = actor.as_of or last_closed() or actor.day
    at = as_of.cut(day)
    now = year_of(day, at.model, at.zone)
    back = now.first.year - int(year) if year.isdigit() and 2000 <= int(year) <= now.first.year else 0
    first = date(now.first.year - back, now.first.month, 1)
    period = now if not back else Period.of(first, _day_before(date(first.year + 1, first.month, 1)), at.zone)
    cases = record_of(at, person.pk, period)
    page = Paginator(cases, AT_ONCE).get_page(number)
    wanted = {case.account for case in page.object_list}
    rows = access.reach(Standing.objects.filter(account_id__in=wanted), actor, "account.view")
    names = dict(rows.values_list("account_id", "name"))
    shown = [
        CaseShown(
            case,
            at.model.commitments[case.rule].label if case.rule in at.model.commitments else case.rule,
            names.get(case.account, ""),
            reverse("promise", args=[case.account, case.rule]) if case.account in names else "",
            because(case),
        )
        for case in page.object_list
    ]
    return {
        "person": person,
        "day": day,
        "period": period,
        "told": told(cases, at.model),
        "cases": shown,
        "page": page,
        "count": len(cases),
        "kept": sum(case.status == "met" for case in cases),
        "before": period.first.year - 1,
        "after": period.first.year + 1 if period.first < now.first else None,
    }


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def facts(person: Person, actor: Reader, stage: str, key: str) -> dict[str, Any] | None:
    """The facts that one expectation of a ramp counts; None where the role expects no such thing."""
    day = actor.as_of or last_closed() or actor.day
    membership, _ = scope_of(person, actor.model, day)
    role = actor.model.roles.get(membership.role) if membership else None
    ramp_stage = role.ramp.get(stage) if role else None
    expected = ramp_stage.expects.get(key) if ramp_stage else None
    if membership is None or ramp_stage is None or expected is None:
        return None
    at = as_of.cut(judged_on(membership, ramp_stage, actor.model, day))
    entries = facts_of(at, expected, person.pk, since_in(membership))
    rows = Standing.objects.filter(account_id__in={entry.account_id for entry in entries})
    names = dict(access.reach(rows, actor, "account.view").values_list("account_id", "name"))
    shown = [(KINDS[entry.kind].label, entry, names.get(str(entry.account_id), "")) for entry in entries]
    return {"person": person, "stage": ramp_stage, "expected": expected, "entries": shown}
