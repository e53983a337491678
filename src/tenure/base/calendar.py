"""The business calendar: when people work, and what a length of time means from a given moment.

Four ways of counting live here. Hours and minutes are elapsed real time, so an hour is an hour across a change to
summer time. Days, weeks and months go by the wall clock of the calendar's zone: two days after nine o'clock it is nine
o'clock. Business hours are elapsed time inside open spans. Business days go from open day to open day.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tenure.base.duration import Duration, DurationError

Span = tuple[time, time]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MIDNIGHT = time(0)
ZERO = timedelta(0)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
_WHOLE_DAY = 24 * 3600  # seconds
_LONGEST_CLOSURE = 400  # days; a calendar that stays shut for longer can promise nothing


class CalendarError(ValueError):
    """Hours that cannot be worked by: what is wrong, and where."""


def parse_hours(hours: Mapping[str, Sequence[str]]) -> dict[int, tuple[Span, ...]]:
    """Read a week's open spans, such as ``{"mon": ["09:00-12:00", "13:00-17:00"]}``, keyed by weekday from Monday = 0.

    An end of 24:00 or 00:00 is the midnight that ends the day; an end before its start lies on the next day.
    Raises CalendarError for an unknown weekday or a text that is no span.
    """
    week: dict[int, tuple[Span, ...]] = {}
    for name, texts in hours.items():
        if name not in WEEKDAYS:
            raise CalendarError(f"{name!r} is no weekday; expected one of {', '.join(WEEKDAYS)}")
        week[WEEKDAYS.index(name)] = tuple(parse_span(text) for text in texts)
    return week


def parse_span(text: str) -> Span:
    """Read ``"09:00-17:00"`` as a pair of times; raises CalendarError where it is none."""
    opens, dash, closes = (part.strip() for part in text.partition("-"))
    try:
        if not dash:
            raise ValueError
        return time.fromisoformat(opens), MIDNIGHT if closes == "24:00" else time.fromisoformat(closes)
    except ValueError as error:
        raise CalendarError(f'{text!r} is no span of hours; write one such as "09:00-17:00"') from error


@dataclass(frozen=True)
class WorkCalendar:
    """Working hours of a company, a person or a client, in a zone.

    Attributes
    ----------
    zone : an IANA name, such as ``Europe/Berlin``.
    hours : open spans of local time per weekday (Monday = 0), in order and apart; a weekday that is absent is closed.
        A span whose end is not after its start runs into the next day; one from 00:00 to 00:00 is a whole day.
    holidays : local dates on which no span begins.

    Moments go in and come out aware, in UTC out. A local time that a change to summer time skips is read as the moment
    of the change; one that occurs twice is read as the first.
    """

    zone: str
    hours: Mapping[int, tuple[Span, ...]]
    holidays: frozenset[date] = frozenset()
    _days: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        zone_of(self.zone)
        if not any(self.hours.values()):
            raise CalendarError("a calendar needs at least one open span in the week")
        for weekday, spans in self.hours.items():
            if weekday not in range(7):
                raise CalendarError(f"{weekday!r} is no weekday; Monday is 0 and Sunday is 6")
            ends = _ends(self.hours.get((weekday - 1) % 7, ()))
            last = max(0, ends[-1] - _WHOLE_DAY) if ends else 0
            for (opens, _), end in zip(spans, _ends(spans), strict=True):
                if _seconds(opens) < last:
                    raise CalendarError(f"spans of {WEEKDAYS[weekday]} overlap or stand out of order")
                last = end

    def __hash__(self) -> int:
        return hash((self.zone, tuple(sorted(self.hours.items())), self.holidays))

    # What is so at a moment.

    def day_of(self, moment: datetime) -> date:
        """The local date."""
        return self._wall(moment).date()

    def day_end(self, moment: datetime) -> datetime:
        """The midnight that ends the local day."""
        return at_local(self.zone, self.day_of(moment) + DAY, MIDNIGHT)

    def is_open(self, moment: datetime) -> bool:
        """Whether work is done at the moment; a span includes its start and not its end."""
        return any(start <= moment < end for start, end in self._around(moment))

    def is_working_day(self, day: date) -> bool:
        """Whether a span begins on the local date."""
        return bool(self.spans_on(day))

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself where it is open, else the next opening."""
        for start, end in self._spans_from(moment):
            if end > moment:
                return max(start, moment).astimezone(UTC)
        raise AssertionError("an endless walk ended")

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two moments; zero where `end` is not after `start`."""
        total = ZERO
        if end <= start:
            return total
        for opens, closes in self._spans_from(start, until=end):
            total += max(ZERO, min(closes, end) - max(opens, start))
        return total

    def closed_on(self, days: Iterable[date]) -> "WorkCalendar":
        """The same calendar with further days off, such as a person's leave."""
        return WorkCalendar(self.zone, self.hours, self.holidays | frozenset(days))

    # What a length of time means.

    def add(self, start: datetime, duration: Duration) -> datetime:
        """The moment that lies `duration` after `start`.

        Business days begin at the next opening where `start` is closed, and end at the same local time so many open
        days later, or at the nearest earlier closing where that day is over by then. ``same business day`` is the
        last closing of the working day that `start` falls in or before; past the day's last closing it is the next
        working day's. Raises DurationError for a share such as ``75 %``.
        """
        amount = duration.amount
        match duration.unit:
            case "minutes":
                return start.astimezone(UTC) + timedelta(minutes=amount)
            case "hours":
                return start.astimezone(UTC) + timedelta(hours=amount)
            case "days":
                return self._on_the_wall(start, timedelta(days=amount))
            case "weeks":
                return self._on_the_wall(start, timedelta(weeks=amount))
            case "months":
                return self._after_months(start, amount)
            case "business minutes":
                return self.after_working(start, timedelta(minutes=amount))
            case "business hours":
                return self.after_working(start, timedelta(hours=amount))
            case "business days":
                return self._after_open_days(start, amount)
            case "same business day":
                return self._closing_from(start)
        raise DurationError(f"{duration} is a share of a length of time, not a length")

    def subtract(self, end: datetime, duration: Duration) -> datetime:
        """The moment that lies `duration` before `end`: a warning's, for instance.

        Business days go back from open day to open day at the same local time, or to that day's nearest earlier
        closing; ``same business day`` is the first opening of the working day that `end` falls in or after.
        """
        amount = duration.amount
        match duration.unit:
            case "minutes":
                return end.astimezone(UTC) - timedelta(minutes=amount)
            case "hours":
                return end.astimezone(UTC) - timedelta(hours=amount)
            case "days":
                return self._on_the_wall(end, -timedelta(days=amount))
            case "weeks":
                return self._on_the_wall(end, -timedelta(weeks=amount))
            case "months":
                return self._after_months(end, -amount)
            case "business minutes":
                return self.before_working(end, timedelta(minutes=amount))
            case "business hours":
                return self.before_working(end, timedelta(hours=amount))
            case "business days":
                return self._before_open_days(end, amount)
            case "same business day":
                return next(spans[0][0] for spans in self._open_days_back(end) if spans[0][0] <= end)
        raise DurationError(f"{duration} is a share of a length of time, not a length")

    def counted(self, start: datetime, end: datetime, duration: Duration) -> timedelta:
        """How much of the kind of time that `duration` counts lies between two moments.

        Elapsed time for hours, wall-clock time for days, weeks and months, open time for business units.
        """
        if duration.is_business:
            return self.working_time(start, end)
        if duration.unit in ("minutes", "hours"):
            return end - start
        return self._wall(end) - self._wall(start)

    def after_counted(self, start: datetime, counted: timedelta, duration: Duration) -> datetime:
        """The moment at which so much more of the kind of time that `duration` counts has gone by."""
        if duration.is_business:
            return self.after_working(start, counted)
        if duration.unit in ("minutes", "hours"):
            return start.astimezone(UTC) + counted
        return self._on_the_wall(start, counted)

    def before_counted(self, end: datetime, counted: timedelta, duration: Duration) -> datetime:
        """The moment from which so much of the kind of time that `duration` counts goes by until `end`."""
        if duration.is_business:
            return self.before_working(end, counted)
        if duration.unit in ("minutes", "hours"):
            return end.astimezone(UTC) - counted
        return self._on_the_wall(end, -counted)

    def after_working(self, start: datetime, worked: timedelta) -> datetime:
        """The moment at which so much open time has gone by since `start`; the next opening for none."""
        if worked <= ZERO:
            return self.next_open(start)
        left = worked
        for opens, closes in self._spans_from(start):
            begin = max(opens, start)
            if closes - begin >= left:
                return (begin + left).astimezone(UTC)
            left -= max(ZERO, closes - begin)
        raise AssertionError("an endless walk ended")

    def before_working(self, end: datetime, worked: timedelta) -> datetime:
        """The latest moment from which so much open time goes by until `end`."""
        left = worked
        for spans in self._open_days_back(end):
            for opens, closes in reversed(spans):
                until = min(closes, end)
                if until - opens >= left:
                    return (until - left).astimezone(UTC)
                left -= max(ZERO, until - opens)
        raise AssertionError("an endless walk ended")

    # Days and their spans.

    def spans_on(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The open spans that begin on a local date, as UTC moments in order; empty on a day off."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = tuple(self._make_spans(day))
        return found

    def _make_spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.holidays:
            return
        for opens, closes in self.hours.get(day.weekday(), ()):
            start = at_local(self.zone, day, opens)
            end = at_local(self.zone, day if closes > opens else day + DAY, closes)
            if end > start:  # a change to summer time can swallow a short span
                yield start, end

    def _spans_from(self, moment: datetime, *, until: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        """Spans in order of time, from the first that can hold `moment`."""
        day = self.day_of(moment) - DAY
        final = date.max if until is None else self.day_of(until)
        shut = 0
        while day <= final:
            spans = self.spans_on(day)
            shut = 0 if spans else shut + 1
            if until is None and shut > _LONGEST_CLOSURE:
                raise CalendarError(f"nothing is open for {_LONGEST_CLOSURE} days after {moment.isoformat()}")
            yield from spans
            day += DAY

    def _around(self, moment: datetime) -> tuple[tuple[datetime, datetime], ...]:
        day = self.day_of(moment)
        return self.spans_on(day - DAY) + self.spans_on(day)

    def _open_days_back(self, moment: datetime) -> Iterator[tuple[tuple[datetime, datetime], ...]]:
        """The spans of working days, from the local day of `moment` backwards."""
        day = self.day_of(moment)
        shut = 0
        while shut <= _LONGEST_CLOSURE:
            spans = self.spans_on(day)
            shut = 0 if spans else shut + 1
            if spans:
                yield spans
            day -= DAY
        raise CalendarError(f"nothing is open for {_LONGEST_CLOSURE} days before {moment.isoformat()}")

    def _open_days_from(self, day: date) -> Iterator[date]:
        shut = 0
        while shut <= _LONGEST_CLOSURE:
            shut = 0 if self.spans_on(day) else shut + 1
            if not shut:
                yield day
            day += DAY
        raise CalendarError(f"nothing is open for {_LONGEST_CLOSURE} days before {day.isoformat()}")

    def _working_day(self, moment: datetime) -> date:
        """The local date on which the span that holds an open moment began."""
        day = self.day_of(moment)
        return day if any(start <= moment < end for start, end in self.spans_on(day)) else day - DAY

    def _after_open_days(self, start: datetime, amount: int) -> datetime:
        begun = self.next_open(start)
        first = self._working_day(begun)
        days = self._open_days_from(first)
        for _ in range(amount):
            next(days)
        return self._same_time(begun, first, next(days)) if amount else begun

    def _before_open_days(self, end: datetime, amount: int) -> datetime:
        spans = next(spans for spans in self._open_days_back(end) if spans[0][0] <= end)
        last = self.day_of(spans[0][0])
        ended = min(end, spans[-1][1])
        day, left = last, amount
        while left:
            day -= DAY
            left -= 1 if self.spans_on(day) else 0
            if (last - day).days > _LONGEST_CLOSURE + 2 * amount * 7:
                raise CalendarError(f"nothing is open for long before {end.isoformat()}")
        return self._same_time(ended, last, day) if amount else ended.astimezone(UTC)

    def _same_time(self, moment: datetime, from_day: date, to_day: date) -> datetime:
        """The wall-clock time of `moment` moved from one working day to another, held inside that day's hours."""
        wall = self._wall(moment) + (to_day - from_day)
        wished = at_local(self.zone, wall.date(), wall.time())
        spans = self.spans_on(to_day)
        if wished <= spans[0][0]:
            return spans[0][0].astimezone(UTC)
        for opens, closes in reversed(spans):
            if wished >= opens:
                return min(wished, closes).astimezone(UTC)
        raise AssertionError("a moment after the first opening lies after some opening")

    def _closing_from(self, start: datetime) -> datetime:
        day = self.day_of(start) - DAY
        for open_day in self._open_days_from(day):
            closing = self.spans_on(open_day)[-1][1]
            if closing > start:
                return closing.astimezone(UTC)
        raise AssertionError("an endless walk ended")

    # The wall clock.

    def _wall(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            raise CalendarError(f"{moment.isoformat()} names no zone; a calendar counts aware moments only")
        return moment.astimezone(zone_of(self.zone)).replace(tzinfo=None, fold=0)

    def _on_the_wall(self, start: datetime, step: timedelta) -> datetime:
        if not step:
            return start.astimezone(UTC)
        wall = self._wall(start) + step
        return at_local(self.zone, wall.date(), wall.time())

    def _after_months(self, start: datetime, months: int) -> datetime:
        """So many months later at the same local time, on the month's last day where it has no such day."""
        if not months:
            return start.astimezone(UTC)
        wall = self._wall(start)
        count = wall.year * 12 + wall.month - 1 + months
        year, month = divmod(count, 12)
        day = min(wall.day, monthrange(year, month + 1)[1])
        return at_local(self.zone, date(year, month + 1, day), wall.time())


def always(zone: str = "UTC") -> WorkCalendar:
    """A calendar that is open round the clock, for counting in a zone."""
    return WorkCalendar(zone, dict.fromkeys(range(7), ((MIDNIGHT, MIDNIGHT),)))


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises CalendarError where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise CalendarError(f"{name!r} is no time zone; write an IANA name such as Europe/Berlin") from error


def at_local(zone: str, day: date, clock: time) -> datetime:
    """The first moment, in UTC, at which the wall clock of `zone` has reached `clock` on `day`.

    A time that occurs twice is its first occurrence; one that is skipped is the moment of the change.
    """
    tz = zone_of(zone)
    wall = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    early = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if early.astimezone(tz).replace(tzinfo=None) == wall:
        return early
    # Skipped: read with the offset of before, the moment lies after the change; with that of after, before it.
    late, early = early, wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    late, early = late.replace(microsecond=0), early.replace(microsecond=0)  # zones change on whole seconds
    offset = late.astimezone(tz).utcoffset()
    while late - early > SECOND:
        middle = early + (late - early) // SECOND // 2 * SECOND
        if middle.astimezone(tz).utcoffset() == offset:
            late = middle
        else:
            early = middle
    return late


def _ends(spans: Sequence[Span]) -> list[int]:
    """Ends in seconds from the midnight that begins the day; past the next one for a span that runs into it."""
    return [_seconds(closes) + (0 if closes > opens else _WHOLE_DAY) for opens, closes in spans]


def _seconds(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second


ALWAYS = always("UTC")
