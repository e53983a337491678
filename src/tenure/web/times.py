"""Moments and days as markup: written in the reader's zone here, and in their own locale by the script."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure.base import clock
from tenure.web import wording


def tag(value: datetime | date | None, zone: str, style: str = "moment", *, announced: str = "") -> SafeString | str:
    """A `<time>` for somebody who reads in `zone`; a dash where there is no value.

    Where it stands alone, ``moment`` (Today 10:00), ``day`` (Today, Mon 23 Nov), ``clock`` (10:00), ``weekday`` (Mon
    23 Nov of any day), ``short`` (23 Nov) and ``long`` (Monday 23 November). Inside a sentence, ``at`` (today 10:00),
    ``near`` (today, Mon 23 Nov), and ``told`` for what was (04:10 today, Mon 23 Nov). A time that is `announced` in a
    zone, such as a promise in the client's, keeps that zone and names it.
    """
    if value is None:
        return wording.NONE
    reader = ZoneInfo(announced or zone)
    today = clock.now().astimezone(reader).date()
    if not isinstance(value, datetime):
        style = {"moment": "day", "clock": "day", "at": "near", "told": "near"}.get(style, style)
        return format_html(
            '<time datetime="{}" data-style="{}">{}</time>', value.isoformat(), style, _day(value, today, style)
        )
    local = value.astimezone(reader)
    written = {
        "moment": lambda: wording.moment(local, today),
        "clock": lambda: f"{local:%H:%M}",
        "at": lambda: wording.near_moment(local, today),
        "told": lambda: wording.told(local, today),
    }.get(style, lambda: _day(local.date(), today, style))()
    stamp = value.astimezone(UTC).isoformat(timespec="minutes").replace("+00:00", "Z")
    if announced:
        written = f"{wording.day(local.date(), today)} {local:%H:%M}"  # what is agreed on always says the hour
        return format_html('<time datetime="{}">{} {}</time>', stamp, written, f"{local:%Z}")
    return format_html('<time datetime="{}" data-style="{}">{}</time>', stamp, style, written)


def _day(value: date, today: date, style: str) -> str:
    if style == "long":
        return wording.long_day(value, today)
    if style == "short":
        return f"{value.day} {value:%b}"
    if style == "weekday":
        return f"{value:%a} {value.day} {value:%b}"
    return wording.near_day(value, today) if style == "near" else wording.day(value, today)
