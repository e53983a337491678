"""KPIs of a company day: promises and accounts as they stood at its night, judged for a scope and a period."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from tenure.base import clock
from tenure.facts.days import day_ends
from tenure.facts.lake import Lake
from tenure.identity import blueprints
from tenure.identity.accounts import AccountAnchor
from tenure.measures.editions import Edition, Figure, bands_on, kpis_on, measures_on, publish_kpis
from tenure.measures.kpis import Case, Period, Reading, Result, of_accounts, of_verdicts, trailing
from tenure.pipeline import as_of
from tenure.pipeline.as_of import Cut
from tenure.pipeline.cases import cases
from tenure.pipeline.cursors import Run
from tenure.pipeline.needs import FROM_THE_SCORE
from tenure.work.keeping import flat_fields
from tenure.work.names import evaluate, names_of
from tenure.work.scopes import Scope, scopes_on

Values = Mapping[str, Any]
WEEKS = 12  # of a trend


@dataclass(frozen=True)
class Material:
    """What the KPIs of a day are made of: promises by rule, what expressions read by account, who carries each."""

    at: Cut
    cases: Mapping[str, Sequence[Case]]
    values: Mapping[str, Values]
    carriers: Mapping[str, str]
    pods: Mapping[str, str]

    def result(self, key: str, scope: Scope, period: Period | None = None) -> Result:
        """One KPI for one scope, over a period or over the KPI's own time up to the day."""
        kpi = self.at.model.kpis[key]
        if kpi.commitment is None:
            found = of_accounts(key, kpi, self._readings(key, scope))
            return found if self.at.run is not None else replace(found, value=None)  # nothing was measured that day
        held = [case for case in self.cases.get(kpi.commitment, ()) if self._has(scope, case.account, case.person)]
        return of_verdicts(key, kpi, held, self.period(key, period), self.at.ends)

    def period(self, key: str, period: Period | None = None) -> Period:
        """The days over which a KPI takes its verdicts: those asked for, else its own time up to the day."""
        return period or trailing(self.at.day, self.at.model.kpis[key].over, self.at.zone)

    def _has(self, scope: Scope, account: str, person: str | None) -> bool:
        return scope.has(person, self.pods.get(account))

    def _readings(self, key: str, scope: Scope) -> list[Reading]:
        """What the KPI's measure gives for the accounts of a scope; where `where` is unknown, so is the reading."""
        kpi, names = self.at.model.kpis[key], names_of(self.at.model)
        found = []
        for account, values in self.values.items():
            person = self.carriers.get(account)
            if not self._has(scope, account, person):
                continue
            belongs = True if kpi.where is None else evaluate(names.parse(kpi.where), values)
            if belongs is not False:
                value = evaluate(names.parse(kpi.measure or ""), values) if belongs else None
                found.append(Reading(account, person, value))
        return found


def gather(
    lake: Lake,
    day: date,
    keys: Collection[str] | None = None,
    period: Period | None = None,
    accounts: Collection[str] | None = None,
) -> Material:
    """What some KPIs of a closed day are made of, as it was known when the day's night had finished."""
    at = as_of.cut(day)
    wanted = at.model.kpis.keys() if keys is None else [key for key in keys if key in at.model.kpis]
    values = _values(lake, at, wanted, accounts)
    known = as_of.fields(_as_measured(at), values)
    return Material(
        at,
        cases(at, wanted, period, accounts),
        values,
        as_of.owners(at, list(values)),
        {account: data.get("pod") or "" for account, data in known.items()},
    )


def of_night(at: Cut, readings: Mapping[str, Values], pods: Mapping[str, str]) -> Material:
    """The same of a night that has just measured and judged, from what it has at hand."""
    return Material(at, cases(at, at.model.kpis), readings, as_of.owners(at, list(readings)), pods)


def last_closed() -> date | None:
    """The last day that a night has closed; None before the first."""
    return _closed().values_list("day", flat=True).first()


def closed_by(day: date) -> date | None:
    """The last closed day up to `day`."""
    return _closed().filter(day__lte=day).values_list("day", flat=True).first()


def _closed() -> QuerySet[Run]:
    return Run.objects.filter(is_night=True, status=Run.Status.DONE).order_by("-day")


def figures(
    lake: Lake, day: date, scopes: Collection[Scope], keys: Collection[str], period: Period | None = None
) -> dict[tuple[str, str], Figure]:
    """The figures of some KPIs by scope and key: as the day's night kept them, else, or for a period, computed now."""
    run = Run.objects.filter(is_night=True, day=day, status=Run.Status.DONE).first()
    kept: dict[tuple[str, str], Figure] = {}
    if run is not None and period is None:
        stored = kpis_on(lake, [day], [scope.key for scope in scopes], known_through=run.known_through)
        kept = {(scope, key): figure for (_, scope, key), figure in stored.items()}
    wanted = {(scope.key, key) for scope in scopes for key in keys}
    missing = {key for _, key in wanted - kept.keys()}
    if not missing:
        return {pair: kept[pair] for pair in wanted}
    material = gather(lake, day, missing, period)
    known = [key for key in missing if key in material.at.model.kpis]
    made = {(scope.key, key): figure_of(material.result(key, scope, period)) for scope in scopes for key in known}
    return {pair: found for pair in wanted if (found := kept.get(pair) or made.get(pair)) is not None}


def figure_of(result: Result) -> Figure:
    """A result without its rows."""
    return Figure(result.value, result.at_least, result.count, result.unknown, result.open)


def trend(
    lake: Lake, day: date, scopes: Collection[Scope], weeks: int = WEEKS
) -> dict[tuple[str, str], list[Decimal | None]]:
    """The figures of the last weeks by scope and key, oldest first, the day's own last; None where none was kept.

    A week has the figure of its last night.
    """
    first = day - timedelta(days=7 * weeks - 1)
    kept = kpis_on(lake, _last_of_weeks(first, day), [scope.key for scope in scopes])
    found: dict[tuple[str, str], list[Decimal | None]] = {}
    for (at, scope, key), figure in kept.items():
        row = found.setdefault((scope, key), [None] * weeks)
        row[(at - first).days // 7] = figure.value
    return found


def _last_of_weeks(first: date, day: date) -> list[date]:
    """The last closed day in each stretch of seven days from `first` to `day`."""
    days = sorted(_closed().filter(day__gte=first, day__lte=day).values_list("day", flat=True))
    return list({(each - first).days // 7: each for each in days}.values())


def keep_kpis(lake: Lake, run: Run, readings: Mapping[str, Values]) -> None:
    """Keep every KPI of a day for every scope with the night's edition, without rows: those are found again."""
    model, zone = blueprints.at(run.blueprint_version), lake.zone
    at = Cut(run.day, zone, day_ends(run.day, zone), clock.now(), run, model)
    anchors = AccountAnchor.objects.filter(pk__in=list(readings)).exclude(pod=None)
    material = of_night(at, readings, dict(anchors.values_list("pk", "pod_id")))
    scopes = scopes_on(model, run.day)
    results = {(scope.key, key): material.result(key, scope) for scope in scopes for key in model.kpis}
    publish_kpis(lake, Edition(run.day, run.known_through, run.blueprint_version), results)


def _as_measured(at: Cut) -> Cut:
    """The view of what the night's measuring knew, which began before its judging ended."""
    return replace(at, known=at.run.known_through) if at.run is not None else at


def _values(lake: Lake, at: Cut, keys: Iterable[str], accounts: Collection[str] | None) -> dict[str, dict[str, Any]]:
    """What the expressions of some KPIs read of each account that existed on the day; none where no night closed it."""
    model, names = at.model, names_of(at.model)
    texts = [text for key in keys for text in (model.kpis[key].measure, model.kpis[key].where) if text]
    if at.run is None or not texts:
        return {}
    columns = {column for text in texts for column in names.columns(text)}
    wanted = {each.key for each in columns if each.name not in names.fields}
    through = at.run.known_through
    metrics = measures_on(lake, at.day, known_through=through, accounts=accounts, names=wanted)
    fields = as_of.fields(_as_measured(at), accounts)
    values = {
        account: {**flat_fields(data), **metrics.get(account, {}), "day": at.day} for account, data in fields.items()
    }
    if any(each.name in FROM_THE_SCORE for each in columns):
        _put_scores(lake, at, values)
    return values


def _put_scores(lake: Lake, at: Cut, values: Mapping[str, dict[str, Any]]) -> None:
    """The day's score and the days in its band, which no edition of measures holds."""
    card = str(at.model.primary_scorecard or "")
    made = bands_on(lake, [at.day], card, accounts=list(values), known_through=at.known) if values else {}
    since = as_of.band_since(at, list(values))
    for account, found in values.items():
        begun = since.get(account)
        found["score"] = made.get((account, at.day), (None, ""))[0]
        found["score_days_in_band"] = (at.day - begun).days if begun else None
