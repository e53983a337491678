"""How Tenure writes numbers, money, days and spans of time: short, the same everywhere, in plain words."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "CAD": "CA$", "AUD": "A$"}
NONE = "—"
DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday", "sat": "Saturday",
    "sun": "Sunday",
}  # fmt: skip

Number = int | float | Decimal


def number(value: Number | None, places: int | None = None) -> str:
    """Thousands separated; at most two decimals unless `places` fixes them; a dash where there is no value."""
    if value is None:
        return NONE
    if places is not None:
        return f"{value:,.{places}f}".replace("-", "−")
    written = f"{value:,.2f}".rstrip("0").rstrip(".") if not isinstance(value, int) else f"{value:,}"
    return written.replace("-", "−")


def signed(value: Number | None, places: int | None = None) -> str:
    """A change with its sign, such as ``+4`` or ``−0.3``."""
    return NONE if value is None else ("+" if value > 0 else "") + number(value, places)


def percent(value: Number | None, places: int = 0) -> str:
    """A share between 0 and 1 as per cent, with the space that keeps it readable."""
    return NONE if value is None else f"{number(round(float(value) * 100, places), places)} %"


def money(value: Number | None, currency: str) -> str:
    """An amount without cents unless it is small: ``$14,400``, ``$9.50``, ``CHF 1,200``."""
    if value is None:
        return NONE
    sign = "−" if value < 0 else ""
    size = abs(float(value))
    cents = size != int(size) and size < 1000
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{size:,.{2 if cents else 0}f}"


def day(value: date, today: date) -> str:
    """A day as people say it near today: Today, Yesterday, Tomorrow, ``Mon 23 Nov``, ``23 Nov 2025``."""
    near = {0: "Today", -1: "Yesterday", 1: "Tomorrow"}.get((value - today).days)
    if near:
        return near
    if abs((value - today).days) <= 14:
        return f"{value:%a} {value.day} {value:%b}"
    if value.year == today.year or abs((value - today).days) < 180:
        return f"{value.day} {value:%b}"
    return f"{value.day} {value:%b} {value.year}"


def long_day(value: date, today: date) -> str:
    """``Tuesday 17 November``, with the year where it is another one."""
    return f"{value:%A} {value.day} {value:%B}" + (f" {value.year}" if value.year != today.year else "")


def moment(value: datetime, today: date) -> str:
    """A moment that is in the reader's zone already: ``Today 10:00``, ``Mon 23 Nov 10:00``; far away the day alone."""
    if abs((value.date() - today).days) > 60:
        return day(value.date(), today)
    return f"{day(value.date(), today)} {value:%H:%M}"


def near_moment(value: datetime, today: date) -> str:
    """A moment inside a sentence, with its time: ``today 10:00``, ``Mon 23 Nov 10:00``."""
    said = moment(value, today)
    return said[0].lower() + said[1:] if abs((value.date() - today).days) <= 1 else said


def told(value: datetime, today: date) -> str:
    """A moment inside a sentence: ``04:10 today``, ``18:00 yesterday``, ``15 Nov``."""
    near = {0: "today", -1: "yesterday"}.get((value.date() - today).days)
    return f"{value:%H:%M} {near}" if near else near_day(value.date(), today)


def span(length: timedelta) -> str:
    """A length of time in its one or two largest units: ``40 min``, ``5 h 50``, ``3 d 4 h``, ``12 d``."""
    minutes = round(abs(length.total_seconds()) / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {rest:02}" if rest else f"{hours} h"
    whole, hours = divmod(hours, 24)
    return f"{whole} d {hours} h" if whole < 4 and hours else f"{whole} d"


def initials(name: str) -> str:
    """Two letters for a face: Dana Whitcomb is DW."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as a list in a sentence: ``a``, ``a and b``, ``a, b and c``."""
    given = list(words)
    if len(given) < 2:
        return "".join(given)
    return f"{', '.join(given[:-1])} {last} {given[-1]}"


def cut(words: str, most: int) -> str:
    """Words shortened at a space to at most so many letters: ``The next six…``."""
    if len(words) <= most:
        return words
    kept = words[: max(1, most)]
    return (kept.rsplit(" ", 1)[0] if " " in kept else kept[:-1]).rstrip(" ,;:") + "…"


def near_day(value: date, today: date) -> str:
    """A day inside a sentence: ``tomorrow``, ``Mon 23 Nov``."""
    said = day(value, today)
    return said.lower() if abs((value - today).days) <= 1 else said


def sentence(name: str) -> str:
    """A field's or code's name as words: ``due_on`` is ``Due on``."""
    return name.replace("_", " ").replace("-", " ").strip().capitalize()


def capital(words: str) -> str:
    """Words as they begin a sentence; the rest of them stays."""
    return words[:1].upper() + words[1:]


def place(zone: str) -> str:
    """Where a time zone's clocks hang, for people: ``America/New_York`` is New York."""
    return zone.rpartition("/")[2].replace("_", " ")


def slot(value: Mapping[str, str]) -> str:
    """A weekday and time of day with the place whose time it is, such as ``Tuesday 10:00, Chicago time``."""
    where = place(value.get("zone", ""))
    said = f"{DAYS.get(value['weekday'], value['weekday'])} {value['time']}"
    return f"{said}, {where} time" if where else said
