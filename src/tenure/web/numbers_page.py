"""Numbers as they are drawn: a KPI with its figure, its target, what it is made of and its trend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from tenure.blueprint.model import Kpi, Model
from tenure.measures.editions import Figure
from tenure.measures.kpis import Period, met, month, quarter
from tenure.outlets.words import unit_for
from tenure.web import drawing, wording
from tenure.work.scopes import Scope

SPANS = (("", "Up to the day"), ("month", "This month"), ("quarter", "This quarter"))


def span_of(asked: str, day: date, model: Model) -> Period | None:
    """The calendar month or quarter that is asked for, up to the day shown; None for each KPI's own time."""
    zone, starts = model.company.zone, model.company.fiscal_year_starts
    whole = month(day, zone) if asked == "month" else quarter(day, zone, starts) if asked == "quarter" else None
    return None if whole is None else Period.of(whole.first, min(whole.last, day), zone)


@dataclass(frozen=True)
class Cell:
    """A figure as one reads it, with the state of its tag and where its rows stand."""

    words: str
    state: str  # met, missed, unknown, or nothing where there is no target
    said: str
    href: str
    whose: str = ""


@dataclass(frozen=True)
class Line:
    """A KPI in a list: what it is, its figure, target and trend, what it is made of, and the same by person."""

    key: str
    kpi: Kpi
    cell: Cell
    target: str
    note: str
    spark: str
    cells: Sequence[Cell] = ()


def figure_words(kpi: Kpi | None, value: Decimal | float) -> str:
    """A figure with the unit that its KPI names: ``96.4 %``, ``1 client``."""
    figure = wording.number(value)
    return f"{figure} {unit_for(figure, kpi.unit or '' if kpi else '')}".rstrip()


def words_of(kpi: Kpi, value: Decimal | None, *, at_least: bool = False) -> str:
    """A figure as one reads it: ``96.4 %``, ``at least 21.5 days``, or that it is not known."""
    if value is None:
        return "unknown"
    return f"{'at least ' if at_least else ''}{figure_words(kpi, value)}"


def target_of(kpi: Kpi) -> str:
    if kpi.target is None:
        return ""
    return f"{'at least' if kpi.better == 'up' else 'at most'} {figure_words(kpi, kpi.target)}"


def cell_of(key: str, kpi: Kpi, figure: Figure | None, href: str) -> Cell:
    """A figure with its verdict: nothing counted yet is unknown, and no failure."""
    if figure is None or figure.value is None:
        return Cell("unknown", "unknown", "nothing to count yet", href)
    reached = met(figure.value, kpi.target, kpi.better, at_least=figure.at_least)
    state, said = {True: ("met", "met"), False: ("missed", "not met"), None: ("", "")}[reached]
    if reached is None and kpi.target is not None:
        state, said = "unknown", "not known yet"
    return Cell(words_of(kpi, figure.value, at_least=figure.at_least), state, said, href)


def nouns_of(kpi: Kpi, model: Model) -> tuple[str, str]:
    """What a KPI counts, in the singular and the plural."""
    if kpi.commitment is not None:
        return "promise", "promises"
    words = model.words.get("account")
    return (words.one.lower(), words.many.lower()) if words else ("account", "accounts")


def note_of(kpi: Kpi, figure: Figure | None, model: Model) -> str:
    """What a figure is made of: how many, how many unknown, how many still open."""
    if figure is None:
        return ""
    said = [f"{figure.count} {nouns_of(kpi, model)[figure.count != 1]}"]
    if figure.open and kpi.of != "share":
        said += [f"{figure.count - figure.open} finished", f"{figure.open} still open"]
    if figure.unknown:
        said.append(f"{figure.unknown} unknown")
    return ", ".join(said)


def spark_of(kpi: Kpi, values: Sequence[Decimal | None]) -> str:
    """The last weeks of a figure with its target as a line; nothing where fewer than two are known."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return ""
    marks = [*known, *([kpi.target] if kpi.target is not None else [])]
    low, high = min(marks), max(marks)
    label = f"{kpi.label}, by week: from {wording.number(known[0])} to {wording.number(known[-1])}"
    lines = [kpi.target] if kpi.target is not None else []
    return drawing.spark(list(values), label=label, low=low, high=high if high > low else low + 1, lines=lines)


def rows_address(key: str, scope: Scope, day: date, span: str) -> str:
    """Where the rows behind a figure stand."""
    asked = {"scope": scope.key, "day": day.isoformat()} | ({"span": span} if span else {})
    return f"{reverse('kpi', args=[key])}?{urlencode(asked)}"


def lines(
    model: Model,
    keys: Iterable[str],
    scope: Scope,
    found: Mapping[tuple[str, str], Figure],
    trends: Mapping[tuple[str, str], Sequence[Decimal | None]],
    day: date,
    span: str = "",
    people: Sequence[Scope] = (),
) -> list[Line]:
    """KPIs as lines, with the same figure for each of some people beside it."""
    shown = []
    for key in keys:
        kpi, figure = model.kpis[key], found.get((scope.key, key))
        cells = [
            replace(cell_of(key, kpi, found.get((each.key, key)), rows_address(key, each, day, span)), whose=each.name)
            for each in people
        ]
        shown.append(
            Line(
                key,
                kpi,
                cell_of(key, kpi, figure, rows_address(key, scope, day, span)),
                target_of(kpi),
                note_of(kpi, figure, model),
                "" if span else spark_of(kpi, trends.get((scope.key, key), ())),
                cells,
            )
        )
    return shown


def summary(shown: Sequence[Line]) -> str:
    """``12 of 16 targets met, 2 not known``: what stands at the head of a page of numbers."""
    aimed = [line for line in shown if line.target]
    reached = sum(line.cell.state == "met" for line in aimed)
    dark = sum(line.cell.state == "unknown" for line in aimed)
    return f"{reached} of {len(aimed)} targets met" + (f", {dark} not known" if dark else "")


def tabs_of(path: str, asked: Mapping[str, str], name: str, choices: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Links that set one part of an address and keep the others."""
    found = []
    for key, label in choices:
        given = {**{k: v for k, v in asked.items() if k != name and v}, **({name: key} if key else {})}
        href = f"{path}?{urlencode(given)}" if given else path
        found.append({"label": label, "href": href, "count": None, "current": asked.get(name, "") == key})
    return found
