"""The rows behind a KPI's figure, each with what it puts in, and the sentence in which they make it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, QueryDict
from django.urls import reverse

from tenure.blueprint.expressions import columns, parse
from tenure.blueprint.model import Kpi
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.measures.kpis import Result, Row
from tenure.measures.registry import MEASURES, Measure
from tenure.pipeline.kpis import figure_of, figures, gather, last_closed
from tenure.web import numbers_page, wording
from tenure.web.actors import Reader
from tenure.web.reading import lake
from tenure.work.commitments import CAUSES, Opening
from tenure.work.scopes import TEAM, access_scope
from tenure.work.standing import Standing

AT_ONCE = 200
STATES: Mapping[str, tuple[str, str]] = {
    "kept": ("met", "kept"),
    "late": ("missed", "done late"),
    "missed": ("missed", "missed"),
    "overdue": ("missed", "over, no verdict yet"),
    "waiting": ("running", "not due yet"),
    "paused": ("paused", "paused"),
    "cancelled": ("", "called off"),
    "true": ("met", "yes"),
    "false": ("missed", "no"),
    "known": ("", ""),
    "unknown": ("unknown", "unknown"),
}


@dataclass(frozen=True)
class RowShown:
    """A row as it is drawn; `account` is empty where it is out of the reader's reach by now."""

    row: Row
    account: str
    href: str
    person: str
    state: str
    words: str
    figure: str
    because: str


def rows_shown(result: Result, kpi: Kpi, actor: Actor, names_people: bool) -> list[RowShown]:
    """The rows of a figure: those that count first, and of these the ones that did not come out well."""
    wanted = {row.account for row in result.rows}
    reached = access.reach(Standing.objects.filter(account_id__in=wanted), actor, "account.view")
    names = dict(reached.values_list("account_id", "name"))
    people = _names({row.person for row in result.rows if row.person}) if names_people else {}
    return [
        _row(row, kpi, names, people)
        for row in sorted(result.rows, key=lambda row: (not row.counts, row.state == "kept"))
    ]


def _names(people: Collection[str]) -> dict[str, str]:
    return dict(Person.objects.filter(pk__in=people).values_list("pk", "name"))


def _row(row: Row, kpi: Kpi, names: Mapping[str, str], people: Mapping[str, str]) -> RowShown:
    state, words = STATES[row.state]
    href = ""
    if row.account in names:
        args = [row.account, kpi.commitment] if kpi.commitment else [row.account]
        href = reverse("promise" if kpi.commitment else "account", args=args)
    cause = CAUSES.get(row.cause, row.cause)
    whose = Opening.Whose(row.whose).label.lower() if row.whose in Opening.Whose.values else ""
    return RowShown(
        row,
        names.get(row.account, ""),
        href,
        people.get(row.person or "", ""),
        state,
        words,
        wording.number(row.figure) if row.figure is not None and kpi.of != "share" else "",
        ", ".join(each for each in (cause, whose) if each),
    )


def sentence(result: Result, kpi: Kpi, noun: tuple[str, str]) -> str:
    """How the rows make the figure, in one sentence that can be followed with a finger."""
    if result.value is None and not result.count:
        return "Nothing counts towards it yet, so there is no figure."
    many = noun[0] if result.count == 1 else noun[1]
    if kpi.of == "share":
        good = sum(row.figure == 1 for row in result.rows if row.counts)
        verb = "kept" if kpi.commitment else "so"
        return (
            f"{good} of {result.count} {many} {verb}: 100 × {good} / {result.count} = {wording.number(result.value)} %."
        )
    if kpi.commitment is None:
        how = {"sum": "The sum", "mean": "The mean", "median": "The median"}[kpi.of]
        return f"{how} over {result.count} {many} is {wording.number(result.value)}."
    return _time_sentence(result, kpi)


def _time_sentence(result: Result, kpi: Kpi) -> str:
    """A time with what it hides: what still runs, for how long, and what the finished ones alone would say."""
    if not result.open:
        return f"The {kpi.of} over {result.finished} that finished is {wording.number(result.value)} days."
    still = f"{result.open} still open, the oldest for {wording.number(result.oldest_open)} days"
    if result.finished_mean is None:
        return f"None has finished; {still}."
    alone = f"{result.finished} finished, after {wording.number(result.finished_mean)} days in the mean; {still}."
    if result.value is None:
        return f"{alone} More than half still run, so the median is not known."
    bound = "at least " if result.at_least else ""
    counted = f"With these counted as unfinished, the {kpi.of} is {bound}{wording.number(result.value)} days."
    return f"{alone} {counted}"


def left_out(result: Result) -> list[tuple[int, str]]:
    """Rows that are listed and do not count, by why."""
    words = {
        "unknown": "of which it cannot be said",
        "waiting": "not due yet",
        "paused": "paused",
        "cancelled": "called off",
    }
    found = [(sum(row.state == state for row in result.rows), said) for state, said in words.items()]
    return [(count, said) for count, said in found if count]


def context(actor: Reader, key: str, asked: QueryDict, path: str) -> dict[str, Any]:
    """Everything that the page of one figure shows. Raises Http404 for a KPI that the day's blueprint has not."""
    scope = access_scope(actor, asked.get("scope", ""))
    day, span = _day(asked.get("day", ""), actor.as_of), asked.get("span", "")
    kept = {name: str(asked[name]) for name in ("scope", "day") if asked.get(name)}
    spans = numbers_page.tabs_of(path, kept | {"span": span}, "span", numbers_page.SPANS)
    about: dict[str, Any] = {"key": key, "scope": scope, "day": day, "span": span, "spans": spans}
    if day is None:
        return about | {"kpi": actor.model.kpis.get(key)}
    period = numbers_page.span_of(span, day, actor.model)
    with lake() as opened:
        material = gather(opened, day, [key], period)
        stored = figures(opened, day, [scope], [key]) if not span else {}
    kpi = material.at.model.kpis.get(key)
    if kpi is None:
        raise Http404
    found = material.result(key, scope, period)
    names_people = scope.kind != "person" and bool(access.may(actor, TEAM))
    return about | {
        "kpi": kpi,
        "result": found,
        "cell": numbers_page.cell_of(key, kpi, figure_of(found), ""),
        "target": numbers_page.target_of(kpi),
        "period": material.period(key, period),
        "sentence": sentence(found, kpi, numbers_page.nouns_of(kpi, material.at.model)),
        "left_out": left_out(found),
        "page": Paginator(rows_shown(found, kpi, actor, names_people), AT_ONCE).get_page(asked.get("page")),
        "names_people": names_people,
        "is_of_answers": reads_answers(kpi),
        "kept": stored.get((scope.key, key)) == figure_of(found),
        "closed": material.at.run is not None,
    }


def reads_answers(kpi: Kpi) -> bool:
    """Whether a figure is made of what clients answered, so that the answers can be read."""
    names = {column.name for column in columns(parse(kpi.measure))} if kpi.measure else set()
    return any(isinstance(each := MEASURES.get(name), Measure) and each.over == "surveys" for name in names)


def _day(named: str, as_of: date | None) -> date | None:
    """The day that the pages are turned back to, else the one that the address names, if it is over, else the last."""
    last = last_closed()
    try:
        day = date.fromisoformat(named)
    except ValueError:
        return as_of or last
    return as_of or (last if last is None else min(day, last))
