"""Figures, shares and days as they stand on paper: in reports, on slides, in drafted sentences."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

UNKNOWN = "not known"


def number(value: float | Decimal | None) -> str:
    """A figure short enough to read at a glance: ``1,240``, ``4.5``; what is not known says so."""
    if value is None:
        return UNKNOWN
    figure = float(value)
    if abs(figure) >= 100 or figure.is_integer():
        return f"{figure:,.0f}"
    return f"{figure:,.1f}" if abs(figure) >= 10 else f"{figure:,.2f}".rstrip("0").rstrip(".")


def unit_for(figure: str, unit: str) -> str:
    """A unit as it goes with a figure: ``clients``, and ``client`` after a one."""
    if figure != "1" or not unit.endswith("s") or unit.endswith("ss"):
        return unit
    return f"{unit[:-3]}y" if unit.endswith("ies") else unit[:-1]


def with_unit(value: float | Decimal | None, unit: str) -> str:
    """A figure with its unit: ``1,240 views``, ``4.5 %``."""
    return f"{number(value)} {unit_for(number(value), unit)}".strip() if value is not None else UNKNOWN


def share(value: float) -> str:
    """A share in whole per cent: ``38 %``."""
    return f"{value * 100:.0f} %"


def way(progress: float | Decimal | None, *, rises: bool) -> str:
    """How far an outcome is, in words: ``75 % of the way``, or how it stands to where it began."""
    if progress is None:
        return ""
    if progress < 0:
        return f"{'below' if rises else 'above'} where it began"
    if progress == 0:
        return "where it began"
    done = share(float(progress))
    return f"{'less than 1 %' if done == '0 %' else done} of the way"


def ended(status: str, progress: float | Decimal | None, *, rises: bool) -> str:
    """How an outcome ended, with its way: ``reached: 180 % of the way``; of one that is open, the way alone."""
    verdict = {"attained": "reached", "missed": "not reached"}.get(status, "")
    return ": ".join(each for each in (verdict, way(progress, rises=rises)) if each)


def change(value: float | None) -> str:
    """A change against the time before: ``+38 %``, ``−8 %``, or nothing where it is not known."""
    if value is None:
        return ""
    whole = round(value * 100)
    return "unchanged" if whole == 0 else f"{'+' if whole > 0 else '−'}{abs(whole):,} %"


def brought(split: Sequence[tuple[str, float]]) -> str:
    """What brought how much: ``12 from Google profile, 5 from Instagram, 3 of unknown origin``."""
    said = {label: "of unknown origin" if label == "unattributed" else f"from {label}" for label, _ in split}
    return ", ".join(f"{number(value)} {said[label]}" for label, value in split if value)


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def inside(text: str) -> str:
    """A text as it stands inside a sentence: ``views rose``."""
    return f"{text[:1].lower()}{text[1:]}"


def day(value: date | None) -> str:
    """``1 December``."""
    return f"{value.day} {value:%B}" if value else ""


def days(first: date, last: date) -> str:
    """From one day to another: ``4 to 31 October``, ``30 September to 27 October``."""
    is_month = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if is_month else day(first)} to {day(last)}"


def span(first: date, last: date) -> str:
    """The days of a report: ``October 2026`` where it is a whole month, else from one day to the other."""
    is_month = first.day == 1 and (first.year, first.month) == (last.year, last.month)
    if is_month and last.day == monthrange(last.year, last.month)[1]:
        return f"{first:%B %Y}"
    begun = day(first) if first.year == last.year else f"{day(first)} {first.year}"
    return f"{begun} to {day(last)} {last.year}"
