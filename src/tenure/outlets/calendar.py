"""Meetings as an iCalendar feed, which a calendar reads by itself from a secret address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

PRODUCT = "-//Tenure//Meetings//EN"
REFRESH = "PT1H"


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting as a calendar shows it."""

    uid: str
    title: str
    starts_at: datetime
    minutes: int
    location: str = ""
    about: str = ""
    is_cancelled: bool = False


def calendar(name: str, entries: Iterable[Entry], now: datetime) -> bytes:
    """The feed. An entry keeps its uid, so that a meeting that moves is moved and one called off is struck out."""
    feed = Calendar()
    feed.add("prodid", PRODUCT)
    feed.add("version", "2.0")
    feed.add("method", "PUBLISH")
    feed.add("x-wr-calname", name)
    feed.add("x-published-ttl", REFRESH)
    for entry in entries:
        feed.add_component(_event(entry, now))
    return bytes(feed.to_ical())


def _event(entry: Entry, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@tenure")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", (entry.starts_at + timedelta(minutes=entry.minutes)).astimezone(UTC))
    event.add("summary", entry.title)
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    if entry.location:
        event.add("location", entry.location)
    if entry.about:
        event.add("description", entry.about)
    return event
