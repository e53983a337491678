"""The figures that come in by themselves: product events and metric points, as rows for the lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tenure.blueprint.model import Metric
from tenure.measures.progress import gathered
from tenure.simulation.chance import Chance
from tenure.simulation.life import Life
from tenure.simulation.scene import Event, Scene, Series
from tenure.simulation.states import Mood

Row = dict[str, Any]
USAGE_SOURCE = "product"
ARRIVES = timedelta(hours=3, minutes=20)  # after the end of the day: when a source delivers it


def usage_rows(life: Life, account_id: str, day: date, known_at: datetime | None = None) -> Iterator[Row]:
    """The product events of one account and day: a row per user and event, with how often and how long."""
    usage = life.scene.usage
    if usage is None or life.is_gone:
        return
    own = life.chance.of("usage", day)
    people = _users(life)
    factor = Mood(life.mood).usage * _usage_of_stories(life, day)
    working = usage.days_active if day.weekday() < 5 else usage.weekend
    zone = ZoneInfo(life.client.zone)
    for user in range(people):
        habit = life.chance.of("user", user).between(0.55, 1.35)
        if not own.happens(min(0.97, working * habit * factor)):
            continue
        at = datetime.combine(day, time(7), zone) + timedelta(minutes=own.whole(0, 600))
        for name, event in usage.events.items():
            count = own.count(event.per_day * habit) if life.mood >= event.from_mood else 0
            if count:
                yield _usage_row(life, account_id, day, user, name, event, count, at, known_at, own)


def _usage_row(
    life: Life,
    account_id: str,
    day: date,
    user: int,
    name: str,
    event: Event,
    count: int,
    at: datetime,
    known_at: datetime | None,
    chance: Chance,
) -> Row:
    known = max(known_at or at, at)
    return {
        "account_id": account_id,
        "user_id": f"{life.client.key}-u{user + 1}",
        "name": name,
        "happened_at": at,
        "known_at": known,
        "recorded_at": known,
        "source": USAGE_SOURCE,
        "key": f"{USAGE_SOURCE}/{life.client.key}/{day.isoformat()}/{user + 1}/{name}",
        "count": float(count),
        "seconds": round(count * event.seconds * chance.between(0.6, 1.5), 1),
        "errors": float(sum(chance.happens(event.error_share) for _ in range(min(count, 20))))
        if event.error_share
        else 0.0,
    }


def _users(life: Life) -> int:
    """How many people of an account ever come: a share of its seats."""
    assert life.scene.usage is not None
    share = life.chance.of("adoption").between(*life.scene.usage.adoption)
    return max(1, round((life.client.seats or 12) * share))


def _usage_of_stories(life: Life, day: date) -> float:
    """The factor that stories put on use: a slide goes down over three weeks, a holiday and a spike come at once."""
    factor = 1.0
    for planted in life.client.running(day):
        match planted.story.does:
            case "usage_drops":
                factor *= 1 - planted.story.depth * min(1.0, (day - planted.begins).days / 21)
            case "holiday":
                factor *= 0.04
            case "spike":
                factor *= 2.2
            case "goes_silent":
                factor *= 0.8
    return factor * (0.1 if life.client.is_away(day) else 1.0)


def point_rows(life: Life, account_id: str, day: date, known_at: datetime | None = None) -> Iterator[Row]:
    """The metric points of one account and day that come from sources."""
    if life.is_gone:
        return
    for key, series in life.scene.metrics.items():
        value = value_of(life, key, series, day)
        if value is None:
            continue
        zone = ZoneInfo(life.client.zone)
        happened = datetime.combine(day, time(12), zone)
        known = max(known_at or datetime.combine(day + timedelta(days=1), time(0), zone) + ARRIVES, happened)
        for attribution, part in _brought(life, key, series, day, value):
            named = f"{series.source}/{life.client.key}/{day.isoformat()}/{key}"
            yield {
                "account_id": account_id,
                "metric": key,
                "value": part,
                "happened_at": happened,
                "known_at": known,
                "recorded_at": known,
                "source": series.source,
                "key": f"{named}/{attribution}" if attribution else named,
                "attribution": attribution or None,
            }


def _brought(life: Life, key: str, series: Series, day: date, value: float) -> list[tuple[str, float]]:
    """A day's value by what brought it, thing by thing; whole where the metric is not told apart, and where it is 0."""
    if not series.brought_by or not value:
        return [("", value)]
    own, found = life.chance.of("brought", key, day), {"": 0.0}
    for _ in range(int(value)):
        drawn, taken = own.between(0, 1), ""
        for attribution, share in series.brought_by.items():
            drawn -= share
            if drawn < 0:
                taken = attribution
                break
        found[taken] = found.get(taken, 0.0) + 1.0
    return [(attribution, part) for attribution, part in found.items() if part]


def value_of(life: Life, key: str, series: Series, day: date) -> float | None:
    """A metric's value on a day; None where it has no point on it."""
    if series.every == "week" and day.weekday() != 0:
        return None
    own = life.chance.of("metric", key, day)
    start = life.chance.of("metric", key).between(*series.start)
    level: float = start * life.level**series.growth * (series.weekend if day.weekday() >= 5 else 1.0)
    if life.client.is_watched(day):
        falls = life.client.exactly("metrics_fall", day)
        return round(level * (1 - falls.story.depth) if falls else level, 2)
    level *= 2.4 if "spike" in life.stories(day) else 0.55 if life.client.is_away(day) else 1.0
    drawn = level * max(0.0, 1 + own.normal(0, series.noise))
    if series.whole:
        drawn = float(own.count(drawn)) if drawn < 25 else float(round(drawn))
    return round(drawn if series.highest is None else min(drawn, series.highest), 2)


def gathered_on(life: Life, key: str, metric: Metric, day: date) -> float | None:
    """What a goal would read of a metric by the day before; None where its points come from nowhere."""
    series = life.scene.metrics.get(key)
    if series is None:
        return None
    days = (day - timedelta(days=back) for back in range(metric.goal_days, 0, -1))
    values = [value for each in days if (value := value_of(life, key, series, each)) is not None]
    return round(gathered(values, metric.aggregate), 2) if values else None


def coverage_rows(scene: Scene, from_day: date, through_day: date, known_at: datetime) -> list[Row]:
    """Where the sources were live: zero is zero only there."""
    found = {("events", USAGE_SOURCE)} if scene.usage and scene.usage.events else set()
    found |= {("points", series.source) for series in scene.metrics.values()}
    return [
        {
            "source": source,
            "relation": relation,
            "account_id": None,
            "from_day": from_day,
            "through_day": through_day,
            "known_at": known_at,
            "recorded_at": known_at,
        }
        for relation, source in sorted(found)
    ]
