"""How an account was rated, meeting by meeting: what was given, what a lead made of it, and what spoke for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.lookup import list_ratings
from tenure.records.meeting import Meeting
from tenure.records.rating import SCALES, Rating
from tenure.web import drawing
from tenure.web.actors import may

LATEST = 3  # meetings on the page of the account
MOST = 120  # meetings on the page of the ratings


@dataclass(frozen=True)
class PartRated:
    """One part of a meeting's rating; `may_calibrate` where the reader may set what it counts as."""

    rating: Rating
    label: str
    may_calibrate: bool


@dataclass(frozen=True)
class Rated:
    """A meeting with what it was rated."""

    meeting: Meeting
    label: str
    parts: Sequence[PartRated]


@dataclass(frozen=True)
class Series:
    """A part over the meetings that rated it, oldest first."""

    label: str
    value: int
    of: int
    drawing: str


def part_label(part: str) -> str:
    """A part's key as a word: ``Result quality``."""
    return part.replace("_", " ").capitalize()


def rated(account: Account, actor: Actor, most: int = LATEST) -> list[Rated]:
    """The meetings that were rated, the latest first."""
    rows = list_ratings(actor, account).select_related("meeting", "given_by", "calibrated_by")
    calibrates = bool(may(actor, "rating.calibrate"))
    grouped: dict[str, list[Rating]] = {}
    for row in rows[: most * 8]:
        grouped.setdefault(row.meeting_id, []).append(row)
    return [_rated(each, actor, calibrates) for each in list(grouped.values())[:most]]


def _rated(ratings: Sequence[Rating], actor: Actor, calibrates: bool) -> Rated:
    meeting = ratings[0].meeting
    kind = actor.model.meetings.get(meeting.type)
    order = list(kind.ratings) if kind else []
    ordered = sorted(ratings, key=lambda each: (order.index(each.part) if each.part in order else 99, each.part))
    parts = [PartRated(each, part_label(each.part), calibrates and each.given_by_id != actor.id) for each in ordered]
    return Rated(meeting, kind.label if kind else meeting.type, parts)


def series(found: Iterable[Rated]) -> list[Series]:
    """Each part over time, as the meetings on the page rated it; what a lead calibrated counts as that."""
    values: dict[str, list[Rating]] = {}
    for each in reversed(list(found)):
        for part in each.parts:
            values.setdefault(part.rating.part, []).append(part.rating)
    drawn = []
    for key, ratings in values.items():
        low, high = SCALES[ratings[-1].scale]
        said = ", ".join(str(each.value) for each in ratings)
        label = f"{part_label(key)}, oldest first: {said}"
        spark = drawing.spark([each.value for each in ratings[-24:]], label=label, low=low, high=high)
        drawn.append(Series(part_label(key), ratings[-1].value, high, spark))
    return drawn
