"""Points that applications send, many at a time, straight to the lake: a metric of an account on a day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models, transaction

from tenure.base import fault
from tenure.base.ids import ID_LENGTH
from tenure.blueprint.model import Model
from tenure.facts.days import company_day
from tenure.identity.actor import company_zone
from tenure.identity.blueprints import in_force
from tenure.records.point import start_of
from tenure.sources.inbox import be_durable
from tenure.sources.keys import WriteKey
from tenure.sources.messages import BadMessage
from tenure.sources.parcels import parcel
from tenure.sources.whose import account_called

MOST_POINTS = 5_000
EARLIEST = date(2000, 1, 1)
LARGEST = 1e15


class SentPoint(models.Model):
    """What a source last said of one metric of one account on one day, so that saying it again changes nothing."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=60)
    account_id = models.CharField(max_length=ID_LENGTH)
    metric = models.CharField(max_length=60)
    day = models.DateField()
    attribution = models.CharField(max_length=60, blank=True)
    value = models.FloatField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "account_id", "metric", "day", "attribution"], name="one_sent_point_per_day"
            )
        ]

    @property
    def lake_key(self) -> str:
        """The key under which it stands in the lake; a corrected one stands under a new key."""
        named = f"{self.source}/sent/{self.account_id}/{self.metric}/{self.day.isoformat()}"
        named += f"/{self.attribution}" if self.attribution else ""
        return named if self.version == 1 else f"{named}#{self.version}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one of the points was not taken: its place in what was sent, from 0, the field, and what mends it."""

    place: int
    field: str
    code: str
    mend: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of what was sent: how many points are new, corrected, or as before, and those that are refused."""

    new: int
    corrected: int
    unchanged: int
    refused: Sequence[Refusal]


@dataclass(frozen=True, slots=True)
class _Read:
    account_id: str
    metric: str
    day: date
    value: float
    attribution: str = ""

    @property
    def key(self) -> tuple[str, str, date, str]:
        return self.account_id, self.metric, self.day, self.attribution


class _Misfit(Exception):
    def __init__(self, field: str, code: str, mend: str) -> None:
        self.field, self.code, self.mend = field, code, mend


def take_points(key: WriteKey, data: Mapping[str, Any], received_at: datetime) -> Taken:
    """Store points for good and answer for each. Sent twice, they are stored once; another value of the same day is a
    correction. Raises BadMessage where the request as a whole cannot be read.
    """
    points = data.get("points")
    if not isinstance(points, list) or not points:
        raise BadMessage(400, "points", "“points” is a list of points, each with account, metric, day and value.")
    if len(points) > MOST_POINTS:
        raise BadMessage(413, "too_many", f"A request has at most {MOST_POINTS:,} points.")
    read, refused = _read_all(key.source, points, company_day(received_at, company_zone()))
    covered = _covered(data.get("covers"), received_at)
    be_durable()
    with transaction.atomic():
        new, corrected = _store(key.source, read, received_at)
        _cover(key.source, covered, received_at)
        WriteKey.objects.filter(pk=key.pk).update(last_used_at=received_at)
        fault.point("points.storing")
    return Taken(new, corrected, len(read) - new - corrected, refused)


def _read_all(source: str, points: Sequence[Any], today: date) -> tuple[dict[Any, _Read], list[Refusal]]:
    """The points by account, metric and day, the last one of a day counting; and those that cannot be taken."""
    model = in_force()
    accounts: dict[str, str | None] = {}
    read: dict[Any, _Read] = {}
    refused = []
    for place, given in enumerate(points):
        try:
            point = _read_point(given, source, today, model, accounts)
        except _Misfit as misfit:
            refused.append(Refusal(place, misfit.field, misfit.code, misfit.mend))
        else:
            read[point.key] = point
    return read, refused


def _read_point(given: Any, source: str, today: date, model: Model, accounts: dict[str, str | None]) -> _Read:
    if not isinstance(given, dict):
        raise _Misfit("", "point", "A point is an object with account, metric, day and value.")
    called, metric, value = given.get("account"), given.get("metric"), given.get("value")
    if not isinstance(called, str | int) or isinstance(called, bool) or not str(called).strip():
        raise _Misfit("account", "missing", "Name the account by its external key, its id or its name.")
    called = str(called).strip()[:200]
    if called not in accounts:
        accounts[called] = account_called(source, called)
    account = accounts[called]
    if account is None:
        raise _Misfit("account", "unknown_account", f"No account, or more than one, is called “{called[:60]}”.")
    if not isinstance(metric, str) or metric not in model.metrics:
        known = ", ".join(model.metrics) or "none"
        raise _Misfit("metric", "unknown_metric", f"The blueprint has the metrics {known}."[:400])
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Misfit("value", "value", "The value is a number.")
    if abs(value) >= LARGEST:
        raise _Misfit("value", "value", "The value has at most fifteen digits.")
    attribution = _attribution(given.get("attribution"), model.metrics[metric].attribution)
    return _Read(account, metric, _day(given.get("day"), today), float(value), attribution)


def _attribution(given: Any, known: Mapping[str, str]) -> str:
    """What brought it, where that is said; one of those that the metric names."""
    if given in (None, ""):
        return ""
    if not isinstance(given, str) or given not in known:
        says = (
            f"This metric knows {', '.join(known)}." if known else "This metric is not told apart by what brought it."
        )
        raise _Misfit("attribution", "unknown_attribution", says[:400])
    return given


def _day(given: Any, today: date) -> date:
    try:
        day = date.fromisoformat(given) if isinstance(given, str) and len(given) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise _Misfit("day", "day", "Write the day as 2026-03-31.")
    if not EARLIEST <= day <= today:
        raise _Misfit("day", "day", "The day lies in the future, or before 2000.")
    return day


def _store(source: str, read: Mapping[Any, _Read], received_at: datetime) -> tuple[int, int]:
    """Hand what is new to the lake; returns how many points are new and how many corrected."""
    held = _held(source, read)
    fresh = [point for key, point in read.items() if key not in held]
    changed = [(held[key], point) for key, point in read.items() if key in held and held[key].value != point.value]
    gone = [sent.lake_key for sent, _ in changed]
    made = [
        SentPoint(
            source=source,
            account_id=each.account_id,
            metric=each.metric,
            day=each.day,
            attribution=each.attribution,
            value=each.value,
        )
        for each in fresh
    ]
    for sent, point in changed:
        sent.value, sent.version = point.value, sent.version + 1
    SentPoint.objects.bulk_create(made, batch_size=400)
    SentPoint.objects.bulk_update([sent for sent, _ in changed], ["value", "version"], batch_size=200)
    parcel("points", gone, act="retract", is_ready=True)
    zone = company_zone()
    parcel("points", [_row(sent, zone, received_at) for sent in (*made, *(s for s, _ in changed))], is_ready=True)
    return len(fresh), len(changed)


def _held(source: str, read: Mapping[Any, _Read]) -> dict[Any, SentPoint]:
    """What the source said before of the days in question, locked until the transaction ends."""
    if not read:
        return {}
    days = [point.day for point in read.values()]
    rows = SentPoint.objects.select_for_update().filter(source=source, day__range=(min(days), max(days)))
    accounts = {point.account_id for point in read.values()}
    rows = rows.filter(account_id__in=accounts) if len(accounts) <= 400 else rows
    held = {(row.account_id, row.metric, row.day, row.attribution): row for row in rows}
    return {key: row for key, row in held.items() if key in read}


def _row(sent: SentPoint, zone: str, received_at: datetime) -> dict[str, Any]:
    return {
        "account_id": sent.account_id,
        "metric": sent.metric,
        "value": sent.value,
        "happened_at": start_of(sent.day, zone),
        "known_at": received_at,
        "source": sent.source,
        "key": sent.lake_key,
        "attribution": sent.attribution or None,
    }


def _covered(given: Any, received_at: datetime) -> list[dict[str, Any]]:
    """The days on which a metric was told in full: only there is no point the same as nothing."""
    if given is None:
        return []
    if not isinstance(given, list) or len(given) > 100:
        raise BadMessage(
            400, "covers", "“covers” is a list of at most a hundred spans, each with metric, from and through."
        )
    today, metrics = company_day(received_at, company_zone()), in_force().metrics
    found = []
    for each in given:
        try:
            first, last = _day(each["from"], today), _day(each["through"], today)
            metric = each["metric"]
        except (KeyError, TypeError, _Misfit) as error:
            raise BadMessage(
                400, "covers", "A span names its metric, and the days from and through as 2026-03-31."
            ) from error
        if metric not in metrics or first > last or last >= today:
            raise BadMessage(400, "covers", "A span is of a metric of the blueprint, and of days that are over.")
        found.append({"relation": f"points.{metric}", "from_day": first, "through_day": last})
    return found


def _cover(source: str, spans: Sequence[Mapping[str, Any]], received_at: datetime) -> None:
    rows = []
    for span in spans:
        named = f"{source}/{span['relation']}/{span['from_day'].isoformat()}/{span['through_day'].isoformat()}"
        rows.append({**span, "source": source, "known_at": received_at, "key": named})
    parcel("coverage", rows, is_ready=True)
