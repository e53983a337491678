"""The lead's page: every KPI against its target and by person, who is red, who carries how much, who is onboarding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.http import Http404

from tenure.base import clock
from tenure.blueprint.model import Level, Model
from tenure.identity.actor import Actor
from tenure.identity.people import Membership, Person, current
from tenure.pipeline import as_of
from tenure.pipeline.kpis import figures, last_closed, trend
from tenure.web import numbers_page
from tenure.web.actors import Reader
from tenure.web.reading import lake
from tenure.work.commitments import Opening
from tenure.work.owners import main_role
from tenure.work.scopes import Scope, led, scopes_on
from tenure.work.standing import Standing
from tenure.work.tasks import Task


@dataclass(frozen=True)
class Red:
    """An account in the red tone, and for how many days."""

    account: str
    name: str
    owner: str
    days: int | None


@dataclass(frozen=True)
class Load:
    """What somebody carries: accounts against the size of their level's book, open tasks, promises that are over."""

    person: Scope
    level: str
    accounts: int
    least: int | None
    most: int | None
    tasks: int
    late: int
    over: int

    @property
    def range(self) -> str:
        if self.least is None and self.most is None:
            return ""
        if self.most is None:
            return f"{self.least} or more"
        return f"up to {self.most}" if self.least is None else f"{self.least} to {self.most}"

    @property
    def state(self) -> str:
        """Above the book is a warning, below it is room."""
        if self.most is not None and self.accounts > self.most:
            return "warned"
        return "running" if self.least is not None and self.accounts < self.least else "met" if self.range else ""

    @property
    def words(self) -> str:
        if self.most is not None and self.accounts > self.most:
            return f"{self.accounts - self.most} over"
        if self.least is not None and self.accounts < self.least:
            return f"room for {self.least - self.accounts}"
        return "in range"


def chosen(scopes: list[Scope], asked: str) -> Scope:
    """The scope that is asked for among those one may read; the first where none is named."""
    found = next((scope for scope in scopes if scope.key == asked), None)
    if found is None and (asked or not scopes):
        raise Http404
    return found or scopes[0]


def context(actor: Reader, asked: Mapping[str, str], path: str) -> dict[str, Any]:
    """Everything that the page shows, as the day's night left it."""
    scopes = led(actor)
    scope = chosen(scopes, asked.get("scope", ""))
    day, span = actor.as_of or last_closed(), asked.get("span", "")
    held = {"scope": scope.key if asked.get("scope") else "", "span": span}
    about = {
        "scope": scope,
        "day": day,
        "scopes": numbers_page.tabs_of(path, held | {"scope": scope.key}, "scope", [(s.key, s.name) for s in scopes]),
        "spans": numbers_page.tabs_of(path, held, "span", numbers_page.SPANS),
        "span": span,
    }
    if day is None:
        return about
    at = as_of.cut(day)
    people = [each for each in scopes_on(at.model, day) if each.kind == "person" and _is_of(each, scope)]
    with_numbers = _measured(people, at.model, day)
    period = numbers_page.span_of(span, day, at.model)
    keys = list(at.model.kpis)
    with lake() as opened:
        found = figures(opened, day, [scope, *with_numbers], keys, period)
        trends = trend(opened, day, [scope]) if period is None else {}
        reds = red_accounts(opened, at, scope)
    shown = numbers_page.lines(at.model, keys, scope, found, trends, day, span, with_numbers)
    return about | {
        "lines": shown,
        "summary": numbers_page.summary(shown),
        "people": with_numbers,
        "closed": at.run is not None,
        "period": period,
        "reds": reds,
        "red_count": len(reds) if at.night else "",
        "scored_on": at.night.day if at.night else None,
        "loads": [] if actor.as_of else loads(with_numbers, actor),
        "stages": [] if actor.as_of else stages(scope, actor),
        "account_words": at.model.words.get("account"),
    }


def _is_of(person: Scope, scope: Scope) -> bool:
    return scope.people is None or person.id in scope.people


def _measured(people: list[Scope], model: Model, day: date) -> list[Scope]:
    """Of some people those in the role that carries the accounts."""
    held = Membership.objects.filter(current(day), role=main_role(model) or "").values_list("person_id", flat=True)
    wanted = set(held)
    return [person for person in people if person.id in wanted]


def red_accounts(opened: Any, at: as_of.Cut, scope: Scope) -> list[Red]:
    """The accounts of a scope that were red on the day, the longest first."""
    held = as_of.owners_of_all(at)
    known = as_of.fields(at, None)
    mine = [
        account
        for account, data in known.items()
        if data.get("status") == "active" and scope.has(held.get(account), data.get("pod"))
    ]
    ranks = {each.account: each for each in as_of.ranked(opened, at, mine) if each.tone == "red"}
    since = as_of.band_since(at, list(ranks)) if ranks else {}
    names = dict(Standing.objects.filter(account_id__in=ranks).values_list("account_id", "name"))
    owners = dict(Person.objects.filter(pk__in=set(held.values())).values_list("pk", "name"))
    found = [
        Red(
            account,
            names.get(account, ""),
            owners.get(held.get(account, ""), "nobody"),
            (at.day - since[account]).days if account in since else None,
        )
        for account in ranks
    ]
    return sorted(found, key=lambda red: (-(red.days or 0), red.name))


def loads(people: list[Scope], actor: Actor) -> list[Load]:
    """What each of some people carries now."""
    ids = [person.id for person in people]
    books = _counts(Standing.objects.filter(owner_id__in=ids, status="active"))
    open_ = Task.objects.filter(owner_id__in=ids, status=Task.Status.OPEN)
    tasks, late = _counts(open_), _counts(open_.filter(due_at__lt=clock.now()))
    over = _counts(
        Opening.objects.filter(owner_id__in=ids, status__in=Opening.OPEN, due_at__lt=clock.now()),
    )
    levels = _levels(ids, actor)
    found = []
    for person in people:
        name, level = levels.get(person.id, ("", None))
        found.append(
            Load(
                person, name, books.get(person.id, 0), level.accounts_from if level else None,
                level.accounts_to if level else None, tasks.get(person.id, 0), late.get(person.id, 0),
                over.get(person.id, 0),
            )
        )  # fmt: skip
    return found


def _counts(rows: Any) -> dict[str, int]:
    return dict(rows.order_by().values_list("owner_id").annotate(number=Count("pk")))


def _levels(people: list[str], actor: Actor) -> dict[str, tuple[str, Level | None]]:
    """The level that each holds today, with its label."""
    found: dict[str, tuple[str, Level | None]] = {}
    for held in Membership.objects.filter(current(actor.day), person_id__in=people).order_by("from_day", "id"):
        role = actor.model.roles.get(held.role)
        level = role.levels.get(held.level) if role else None
        if role is not None and (level is not None or held.person_id not in found):
            found[held.person_id] = (level.label if level else role.label, level)
    return found


def stages(scope: Scope, actor: Actor) -> list[tuple[str, str, int]]:
    """How many accounts of the scope are in each stage of a journey, in the journey's order: key, label, number."""
    rows = Standing.objects.filter(status="active")
    if scope.people is not None:
        rows = rows.filter(owner_id__in=scope.people)
    elif scope.pod:
        rows = rows.filter(pod_id=scope.pod)
    counts = dict(rows.order_by().values_list("stage").annotate(number=Count("pk")))
    labels = {key: stage.label for journey in actor.model.journeys.values() for key, stage in journey.stages.items()}
    return [(key, label, counts[key]) for key, label in labels.items() if counts.get(key)]
