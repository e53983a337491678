"""Daily rollups of product usage, kept as events arrive, late ones too.

A row says what one user of one account did with one feature on one happened-day, as it became known on one known-day.
What was known on day K is the sum of the rows whose known-day is K or earlier. A retraction is a negative row on the
day it was known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
from ibis import _
from pyiceberg.exceptions import CommitFailedException

from tenure.facts.days import company_day, day_ends
from tenure.facts.lake import DAYS, KNOWN, Lake
from tenure.facts.plan import last_commit, summary_of
from tenure.facts.reading import alternate
from tenure.facts.tables import EVENTS, EVENTS_DAILY

if TYPE_CHECKING:
    from pyiceberg.table import Table
    from pyiceberg.table.snapshots import Snapshot

FILLED = "tenure.filled"  # up to which commit of events the rollups hold
_ATTEMPTS = 5
_WHAT = ["account_id", "user_id", "name", "day"]
_SUMS = ["rows", "count", "seconds", "errors"]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: the happened-days that it computed again, and how many rows they have now."""

    days: int
    rows: int


def filled(lake: Lake) -> int:
    """Up to which commit of events the rollups hold; 0 where none were made."""
    return int(lake.current("events_daily").properties.get(FILLED, 0))


def refresh(lake: Lake) -> Refreshed:
    """Bring the rollups up to the present events: only days with new rows are computed again.

    Rows and the mark of how far they hold are one commit, so a refresh that is killed is simply done again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            return _refresh(lake)
        except CommitFailedException:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _refresh(lake: Lake) -> Refreshed:
    rollups, events = lake.current("events_daily"), lake.current("events")
    target = last_commit(events)
    done = int(rollups.properties.get(FILLED, 0))
    if target == done:
        return Refreshed(0, 0)
    new = _stored_after(events, done)
    days = _all_days(lake) if new is None else _days_of(new)
    rows = _compute(lake, days, target)
    known = [rollups.properties.get(KNOWN), *(_known(lake) if new is None else map(_known_through, new))]
    properties = {FILLED: str(target), KNOWN: max(filter(None, known), default="")}
    lake.commit(rollups, rows, snapshot={}, properties=properties)
    return Refreshed(len(days), rows.num_rows)


def _stored_after(events: Table, done: int) -> list[Snapshot] | None:
    """What was stored after a commit; None where a snapshot in between is no longer kept."""
    after = [each for each in events.metadata.snapshots if (each.sequence_number or 0) > done]
    return after if len(after) == last_commit(events) - done else None


def _days_of(snapshots: list[Snapshot]) -> set[date]:
    days: set[date] = set()
    for snapshot in snapshots:
        for span in filter(None, summary_of(snapshot).get(DAYS, "").split(",")):
            first, last = (date.fromisoformat(day) for day in span.split(".."))
            days.update(first + timedelta(days=step) for step in range((last - first).days + 1))
    return days


def _known_through(snapshot: Snapshot) -> str | None:
    return summary_of(snapshot).get(KNOWN)


def _known(lake: Lake) -> list[str]:
    query = lake.engine.prepared("rollups.known", lambda: EVENTS.relation().aggregate(known_at=_.known_at.max()))
    latest = lake.engine.run(query, {"events": lake.files("events")})["known_at"][0].as_py()
    return [latest.isoformat()] if latest else []


def _all_days(lake: Lake) -> set[date]:
    query = lake.engine.prepared("rollups.days", lambda: EVENTS.relation().select("day").distinct())
    found = lake.engine.run(query, {"events": lake.files("events")})
    return set(found["day"].to_pylist())


def _compute(lake: Lake, days: set[date], revision: int) -> pa.Table:
    if not days:
        return EVENTS_DAILY.arrow().empty_table()
    tables = {
        "events": lake.files("events", days=(min(days), max(days))),
        "wanted": pa.table({"day": pa.array(sorted(days), pa.date32())}),
    }
    rows = lake.engine.run(lake.engine.prepared("rollups.daily", lambda: daily(_wanted_events())), tables)
    rows = rows.append_column("revision", pa.array([revision] * rows.num_rows, pa.int64()))
    return rows.select(list(EVENTS_DAILY.columns)).cast(EVENTS_DAILY.arrow())


def _wanted_events() -> ibis.Table:
    return EVENTS.relation().semi_join(ibis.table({"day": "date"}, name="wanted"), "day")


def daily(events: ibis.Table) -> ibis.Table:
    """Raw events, retractions among them, as rollups: (account, user, feature, happened-day, known-day) and sums."""
    key = ibis.window(group_by=["key", "day"], order_by=["recorded_at", ibis.desc("retracted")])
    turns = alternate(EVENTS, events)
    stood = turns.mutate(ended_day=turns.known_day.lead().over(key), rows=ibis.literal(1, "int64"))
    stood = stood.filter(~_.retracted)
    began = stood.select(*_WHAT, "known_day", *_SUMS)
    gone = stood.filter(_.ended_day.notnull())
    ended = gone.select(*_WHAT, known_day="ended_day", **{name: -gone[name] for name in _SUMS})
    sums = {name: _[name].sum() for name in _SUMS}
    return began.union(ended).group_by(*_WHAT, "known_day").aggregate(**sums)


def known_by(rollups: ibis.Table, known_day: ibis.Value) -> ibis.Table:
    """Usage per account, user, feature and happened-day, as it was known at the end of a day.

    `rollups` may hold several revisions of a happened-day; the latest counts.
    """
    latest = rollups.group_by("day").aggregate(revision=_.revision.max())
    rows = rollups.semi_join(latest, ["day", "revision"])
    return total(rows.filter(rows.known_day <= known_day))


def total(rows: ibis.Table) -> ibis.Table:
    """Rows of several known-days as one; what was wholly taken back is gone."""
    return rows.group_by(*_WHAT).aggregate(**{name: _[name].sum() for name in _SUMS}).filter(_.rows > 0)


def latest_revisions(rows: pa.Table) -> pa.Table:
    """Stored rollups without the revisions of a day that a later one replaced."""
    latest = rows.group_by("day").aggregate([("revision", "max")]).rename_columns(["day", "revision"])
    return rows.join(latest, ["day", "revision"], join_type="left semi").select(rows.column_names)


def known_day_of(lake: Lake, known_through: datetime | None) -> date | None:
    """The known-day through which stored rollups answer for a moment exactly; None where they cannot.

    They can where that moment ends a company day, or lies after all that is known; and only when every event is in.
    """
    rollups = lake.current("events_daily")
    if int(rollups.properties.get(FILLED, 0)) != last_commit(lake.current("events")):
        return None
    latest = rollups.properties.get(KNOWN)
    if known_through is None or not latest or known_through >= datetime.fromisoformat(latest):
        return date.max
    # Known through midnight is known through the day before: nothing is known at that very moment but by chance.
    day = company_day(known_through - timedelta(microseconds=1), lake.zone)
    return day if day_ends(day, lake.zone) == known_through else None
