"""Lengths of time as a blueprint writes them: "24 hours", "2 business days", "same business day", "75 %"."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

Unit = Literal[
    "minutes",
    "hours",
    "days",
    "weeks",
    "months",
    "business minutes",
    "business hours",
    "business days",
    "same business day",
    "percent",
]

# The longest time a blueprint may name, per unit: about twenty years, so that no date runs off the calendar.
_MOST: dict[str, int] = {
    "minutes": 525_600,
    "hours": 175_200,
    "days": 7_300,
    "weeks": 1_040,
    "months": 240,
    "business minutes": 525_600,
    "business hours": 40_000,
    "business days": 5_000,
    "percent": 100,
}
_IN_MONTHS = {"quarters": 3, "years": 12}
_WRITTEN = re.compile(r"^(\d{1,7})\s*(%|[a-z]+(?:\s+[a-z]+)?)$")
EXPECTED = (
    'such as "24 hours", "2 days", "2 business days", "48 business hours", "2 weeks", "3 months" or "same business day"'
)


class DurationError(ValueError):
    """A text that is no length of time; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Duration:
    """So many of a unit. What it means from a given moment is a calendar's to say.

    Attributes
    ----------
    amount : a whole number, 0 or more; 1 for ``same business day``.
    unit : one of `Unit`; quarters and years are kept as months.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.unit not in get_args(Unit):
            raise DurationError(f"{self.unit!r} is no unit of time")
        most = _MOST.get(self.unit, 1)
        if not 0 <= self.amount <= most:
            raise DurationError(f"expected 0 to {most} {self.unit}, found {self.amount}")

    @property
    def is_share(self) -> bool:
        """Whether it is a share of another length, such as ``75 %``."""
        return self.unit == "percent"

    @property
    def is_business(self) -> bool:
        """Whether only open hours count."""
        return self.unit in ("business minutes", "business hours", "business days", "same business day")

    def __str__(self) -> str:
        if self.unit == "same business day":
            return self.unit
        if self.unit == "percent":
            return f"{self.amount} %"
        return f"{self.amount} {self.unit[:-1] if self.amount == 1 else self.unit}"


def parse(text: str) -> Duration:
    """Read a length of time.

    Raises DurationError where the text is none.

    >>> parse("2 business days")
    Duration(amount=2, unit='business days')
    >>> str(parse("1 year"))
    '12 months'
    """
    words = " ".join(text.lower().split())
    if words == "same business day":
        return Duration(1, "same business day")
    found = _WRITTEN.match(words)
    if found is None:
        raise DurationError(f"{text!r} is no length of time; write one {EXPECTED}")
    amount, unit = int(found[1]), " ".join(found[2].split())
    if unit == "%":
        return Duration(amount, "percent")
    unit = unit if unit.endswith("s") else unit + "s"
    if unit in _IN_MONTHS:
        return Duration(amount * _IN_MONTHS[unit], "months")
    for known in get_args(Unit):
        if unit == known and unit != "percent":
            return Duration(amount, known)
    raise DurationError(f"{text!r} is no length of time; write one {EXPECTED}")
