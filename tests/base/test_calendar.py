"""The business calendar agrees with a walk, minute by minute, that knows nothing but the zone's own clock."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tenure.base.calendar import ALWAYS, CalendarError, WorkCalendar, always, parse_hours
from tenure.base.duration import DurationError, parse

MINUTE = timedelta(minutes=1)

# A week before each change to and from summer time, in both hemispheres; Lord Howe moves by half an hour.
CHANGES = [
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Sydney", date(2026, 4, 5)),
    ("Australia/Sydney", date(2026, 10, 4)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 9, 6)),  # the change skips midnight itself
    ("Pacific/Apia", date(2011, 12, 30)),  # the change skips a whole day
]
WEEKS = {
    "nine to five": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
    "lunch and a short Friday": {
        **{day: ["08:30-12:00", "13:00-17:30"] for day in ("mon", "tue", "wed", "thu")},
        "fri": ["08:30-12:15"],
    },
    "Sunday to Thursday": {day: ["09:00-13:00", "14:00-18:00"] for day in ("sun", "mon", "tue", "wed", "thu")},
    "across the change": {day: ["00:30-04:45"] for day in ("sat", "sun", "mon", "wed")},
    "inside the change": {day: ["01:45-02:15", "02:45-03:30", "08:00-10:00"] for day in ("sat", "sun", "mon")},
    "nights": {day: ["22:00-06:00"] for day in ("fri", "sat", "sun", "mon")},
    "nights and mornings": {day: ["06:00-11:00", "23:00-06:00"] for day in ("sat", "sun", "mon", "tue")},
    "round the clock": {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")},
}


@cache
def wall_clock(zone: str, around: date) -> tuple[list[datetime], list[datetime]]:
    """Every minute of five weeks, and the highest reading of the wall clock up to it.

    Where the clock falls back a time occurs twice, and what counts is when it was first reached.
    """
    tz = ZoneInfo(zone)
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=12)
    minutes = [begin + MINUTE * at for at in range(34 * 24 * 60)]
    reached: list[datetime] = []
    for moment in minutes:
        reading = moment.astimezone(tz).replace(tzinfo=None, fold=0)
        reached.append(max(reading, reached[-1]) if reached else reading)
    return minutes, reached


class Walk:
    """The oracle: each of those minutes is open or not, by looking at the wall clock as it goes by."""

    def __init__(self, zone: str, week: dict[str, list[str]], holidays: frozenset[date], around: date) -> None:
        self.minutes, self.reached = wall_clock(zone, around)
        reached = self.reached
        self.open = [False] * len(self.minutes)
        self.owner: list[date | None] = [None] * len(self.minutes)  # the working day whose span a minute is in
        day = reached[0].date() - timedelta(days=1)
        while day <= reached[-1].date():
            if day not in holidays:
                for text in week.get(day.strftime("%a").lower(), []):
                    self._mark(day, text, reached)
            day += timedelta(days=1)

    def _mark(self, day: date, text: str, reached: list[datetime]) -> None:
        opens, closes = text.split("-")
        start = datetime.combine(day, time.fromisoformat(opens))
        end_day = day if closes > opens and closes != "24:00" else day + timedelta(days=1)
        end = datetime.combine(end_day, time(0) if closes == "24:00" else time.fromisoformat(closes))
        for at in range(bisect_left(reached, start), bisect_left(reached, end)):
            self.open[at] = True
            self.owner[at] = self.owner[at] or day

    def at(self, moment: datetime) -> int:
        return int((moment - self.minutes[0]) / MINUTE)

    def worked(self, start: datetime, end: datetime) -> timedelta:
        return MINUTE * sum(self.open[self.at(start) : self.at(end)])

    def after(self, start: datetime, minutes: int) -> datetime:
        left, at = minutes, self.at(start)
        while left:
            left -= self.open[at]
            at += 1
        while not minutes and not self.open[at]:
            at += 1
        return self.minutes[at]

    def closing(self, start: datetime) -> datetime:
        """The end of the last span of the working day that the next open minute belongs to."""
        at = self.at(start)
        while not self.open[at]:
            at += 1
        day = self.owner[at]
        return self.minutes[max(each for each, owner in enumerate(self.owner) if owner == day)] + MINUTE

    def open_days_later(self, start: datetime, days: int) -> datetime:
        """The same wall-clock reading so many working days on, or that day's opening or nearest earlier closing."""
        at = self.at(self.after(start, 0))
        first = self.owner[at]
        assert first is not None
        working = sorted({day for day in self.owner if day is not None and day >= first})
        target = working[days]
        wished = bisect_left(self.reached, self.reached[at] + (target - first))
        owned = [each for each, owner in enumerate(self.owner) if owner == target]
        if wished <= owned[0]:
            return self.minutes[owned[0]]
        earlier = max(each for each in owned if each <= wished)
        return self.minutes[wished if earlier == wished else earlier + 1]


@st.composite
def situations(draw: st.DrawFn) -> tuple[WorkCalendar, Walk, datetime]:
    zone, around = draw(st.sampled_from(CHANGES))
    week = WEEKS[draw(st.sampled_from(sorted(WEEKS)))]
    holidays = frozenset(around + timedelta(days=day) for day in draw(st.sets(st.integers(-4, 8), max_size=3)))
    begin = datetime(around.year, around.month, around.day, tzinfo=UTC) - timedelta(days=4)
    start = begin + MINUTE * draw(st.integers(0, 8 * 24 * 60))
    return WorkCalendar(zone, parse_hours(week), holidays), Walk(zone, week, holidays, around), start


@pytest.mark.requirement("P-12")
@settings(max_examples=400, deadline=None)
@given(situations(), st.integers(0, 5 * 24 * 60))
def test_working_time_openness_and_openings_agree_with_the_walk(
    situation: tuple[WorkCalendar, Walk, datetime], minutes: int
) -> None:
    calendar, walk, start = situation
    end = start + MINUTE * minutes
    assert calendar.working_time(start, end) == walk.worked(start, end)
    assert calendar.is_open(start) == walk.open[walk.at(start)]
    assert calendar.next_open(start) == walk.after(start, 0)


@pytest.mark.requirement("P-12")
@settings(max_examples=400, deadline=None)
@given(situations(), st.integers(0, 30 * 60))
def test_business_minutes_agree_with_the_walk(situation: tuple[WorkCalendar, Walk, datetime], minutes: int) -> None:
    calendar, walk, start = situation
    assume(sum(walk.open[walk.at(start) :]) > minutes)
    due = calendar.add(start, parse(f"{minutes} business minutes"))
    assert due == walk.after(start, minutes)
    assert due.tzinfo is UTC


@pytest.mark.requirement("P-12")
@settings(max_examples=300, deadline=None)
@given(situations(), st.integers(0, 5))
def test_business_days_agree_with_the_walk(situation: tuple[WorkCalendar, Walk, datetime], days: int) -> None:
    calendar, walk, start = situation
    due = calendar.add(start, parse(f"{days} business days"))
    assume(due < walk.minutes[-1] - timedelta(days=3))
    assert due == walk.open_days_later(start, days)


@settings(max_examples=300, deadline=None)
@given(situations(), st.integers(1, 20))
def test_business_time_can_be_counted_back(situation: tuple[WorkCalendar, Walk, datetime], hours: int) -> None:
    calendar, walk, start = situation
    due = calendar.add(start, parse(f"{hours} business hours"))
    assume(due < walk.minutes[-1])
    back = calendar.subtract(due, parse(f"{hours} business hours"))
    assert back >= start
    assert walk.open[walk.at(back)]
    assert walk.worked(back, due) == timedelta(hours=hours)


@pytest.mark.requirement("C-11")
@settings(max_examples=300, deadline=None)
@given(situations())
def test_the_same_business_day_ends_where_the_walk_sees_that_day_end(
    situation: tuple[WorkCalendar, Walk, datetime],
) -> None:
    calendar, walk, start = situation
    assert calendar.add(start, parse("same business day")) == walk.closing(start)


@settings(max_examples=400, deadline=None)
@given(situations(), st.integers(1, 15))
def test_days_go_by_the_wall_clock(situation: tuple[WorkCalendar, Walk, datetime], days: int) -> None:
    calendar, _, start = situation
    tz = ZoneInfo(calendar.zone)
    wished = start.astimezone(tz).replace(tzinfo=None, fold=0) + timedelta(days=days)
    due = calendar.add(start, parse(f"{days} days"))
    # The wall clock reads the same, or the reading was skipped and this is the first moment after it.
    assert due.astimezone(tz).replace(tzinfo=None) >= wished
    assert (due - MINUTE).astimezone(tz).replace(tzinfo=None) < wished


@given(situations(), st.integers(0, 200))
@settings(max_examples=50, deadline=None)
def test_an_hour_is_an_hour_across_the_change(situation: tuple[WorkCalendar, Walk, datetime], hours: int) -> None:
    calendar, _, start = situation
    assert calendar.add(start, parse(f"{hours} hours")) - start == timedelta(hours=hours)


def office(zone: str = "America/New_York", **hours: list[str]) -> WorkCalendar:
    return WorkCalendar(zone, parse_hours(hours or WEEKS["nine to five"]))


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def local(zone: str, moment: datetime) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M")


NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("start", "length", "due"),
    [
        # A Wednesday afternoon; the same time two open days later.
        ("2026-11-18 15:00", "2 business days", "Fri 2026-11-20 15:00"),
        ("2026-11-19 15:00", "2 business days", "Mon 2026-11-23 15:00"),
        # After closing, the count begins at the next opening.
        ("2026-11-20 18:30", "1 business day", "Tue 2026-11-24 09:00"),
        ("2026-11-21 11:00", "1 business day", "Tue 2026-11-24 09:00"),
        # 48 business hours are six days of eight.
        ("2026-11-18 15:00", "48 business hours", "Thu 2026-11-26 15:00"),
        ("2026-11-20 16:00", "2 business hours", "Mon 2026-11-23 10:00"),
        # Exactly to the closing is still that day.
        ("2026-11-20 16:00", "1 business hour", "Fri 2026-11-20 17:00"),
        ("2026-11-18 07:00", "same business day", "Wed 2026-11-18 17:00"),
        ("2026-11-18 16:59", "same business day", "Wed 2026-11-18 17:00"),
        ("2026-11-18 17:00", "same business day", "Thu 2026-11-19 17:00"),
        ("2026-11-20 17:00", "same business day", "Mon 2026-11-23 17:00"),
        ("2026-11-21 12:00", "same business day", "Mon 2026-11-23 17:00"),
        ("2026-01-31 10:00", "1 month", "Sat 2026-02-28 10:00"),
        ("2026-10-31 10:00", "1 quarter", "Sun 2027-01-31 10:00"),
        ("2024-02-29 10:00", "1 year", "Fri 2025-02-28 10:00"),
        ("2026-11-18 10:00", "2 weeks", "Wed 2026-12-02 10:00"),
        # Half past two does not exist on the day of the change; the moment of the change stands for it.
        ("2026-03-07 02:30", "1 day", "Sun 2026-03-08 03:00"),
        ("2026-10-31 01:30", "1 day", "Sun 2026-11-01 01:30"),
        ("2026-11-18 10:00", "0 days", "Wed 2026-11-18 10:00"),
        ("2026-11-21 10:00", "0 business days", "Mon 2026-11-23 09:00"),
    ],
)
def test_what_a_length_means(start: str, length: str, due: str) -> None:
    assert local(NEW_YORK, office().add(at(NEW_YORK, start), parse(length))) == due


@pytest.mark.parametrize(
    ("end", "length", "begin"),
    [
        ("2026-11-20 15:00", "2 business days", "Wed 2026-11-18 15:00"),
        ("2026-11-23 17:00", "1 business day", "Fri 2026-11-20 17:00"),
        ("2026-11-22 12:00", "1 business day", "Thu 2026-11-19 17:00"),
        ("2026-11-23 10:00", "2 business hours", "Fri 2026-11-20 16:00"),
        ("2026-11-23 10:00", "30 business minutes", "Mon 2026-11-23 09:30"),
        ("2026-11-23 17:00", "same business day", "Mon 2026-11-23 09:00"),
        ("2026-11-22 17:00", "same business day", "Fri 2026-11-20 09:00"),
        ("2026-03-31 10:00", "1 month", "Sat 2026-02-28 10:00"),
        ("2026-11-23 10:00", "4 hours", "Mon 2026-11-23 06:00"),
        ("2026-11-23 10:00", "15 minutes", "Mon 2026-11-23 09:45"),
        ("2026-11-02 10:00", "2 days", "Sat 2026-10-31 10:00"),
        ("2026-11-16 10:00", "3 weeks", "Mon 2026-10-26 10:00"),
    ],
)
def test_what_a_length_means_backwards(end: str, length: str, begin: str) -> None:
    assert local(NEW_YORK, office().subtract(at(NEW_YORK, end), parse(length))) == begin


def test_a_business_day_that_ends_on_a_short_day_ends_at_its_closing() -> None:
    calendar = office(thu=["09:00-17:00"], fri=["09:00-12:00"], mon=["10:00-12:00", "13:00-15:00"])
    day = parse("1 business day")
    assert local(NEW_YORK, calendar.add(at(NEW_YORK, "2026-11-19 16:00"), day)) == "Fri 2026-11-20 12:00"
    assert local(NEW_YORK, calendar.add(at(NEW_YORK, "2026-11-20 09:30"), day)) == "Mon 2026-11-23 10:00"
    two = parse("2 business days")
    assert local(NEW_YORK, calendar.add(at(NEW_YORK, "2026-11-19 12:30"), two)) == "Mon 2026-11-23 12:00"


def test_holidays_are_no_working_days() -> None:
    thanksgiving = date(2026, 11, 26)
    calendar = WorkCalendar(NEW_YORK, parse_hours(WEEKS["nine to five"]), frozenset({thanksgiving}))
    due = calendar.add(at(NEW_YORK, "2026-11-25 15:00"), parse("1 business day"))
    assert local(NEW_YORK, due) == "Fri 2026-11-27 15:00"
    assert not calendar.is_working_day(thanksgiving)
    assert calendar.is_working_day(date(2026, 11, 27))


@pytest.mark.requirement("P-12")
def test_leave_closes_a_persons_days() -> None:
    away = office().closed_on([date(2026, 11, 19), date(2026, 11, 20)])
    due = away.add(at(NEW_YORK, "2026-11-18 16:00"), parse("2 business hours"))
    assert local(NEW_YORK, due) == "Mon 2026-11-23 10:00"


def test_a_night_across_the_change_is_an_hour_shorter() -> None:
    # Saturday 22:00 to Sunday 06:00 New York time, 8 March 2026: the clocks go from 02:00 to 03:00, so seven hours.
    nights = office(sat=["22:00-06:00"])
    start, end = at(NEW_YORK, "2026-03-07 12:00"), at(NEW_YORK, "2026-03-08 12:00")
    assert nights.working_time(start, end) == timedelta(hours=7)
    # and on 1 November nine.
    start, end = at(NEW_YORK, "2026-10-31 12:00"), at(NEW_YORK, "2026-11-01 12:00")
    assert nights.working_time(start, end) == timedelta(hours=9)


def test_the_local_day_and_its_end() -> None:
    calendar = office("Australia/Sydney")
    moment = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)  # 01:00 on the 19th in Sydney
    assert calendar.day_of(moment) == date(2026, 11, 19)
    assert calendar.day_end(moment) == datetime(2026, 11, 19, 13, 0, tzinfo=UTC)


def test_round_the_clock_counts_business_time_as_time() -> None:
    start = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
    assert ALWAYS.add(start, parse("5 business hours")) == start + timedelta(hours=5)
    assert ALWAYS.add(start, parse("2 business days")) == start + timedelta(days=2)
    assert always("Asia/Tokyo").add(start, parse("same business day")) == datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def test_counted_time_can_be_put_back_after_a_pause() -> None:
    calendar = office()
    start, due = at(NEW_YORK, "2026-11-20 16:00"), at(NEW_YORK, "2026-11-23 11:00")
    hours = parse("3 business hours")
    assert calendar.counted(start, due, hours) == timedelta(hours=3)
    assert calendar.after_counted(start, timedelta(hours=3), hours) == due
    assert calendar.before_counted(due, timedelta(hours=3), hours) == start
    # Over the change of 1 November a wall-clock day is 25 hours long.
    start, due = at(NEW_YORK, "2026-10-31 12:00"), at(NEW_YORK, "2026-11-01 12:00")
    assert calendar.counted(start, due, parse("1 day")) == timedelta(hours=24)
    assert calendar.counted(start, due, parse("25 hours")) == timedelta(hours=25)
    assert calendar.after_counted(start, timedelta(hours=24), parse("1 day")) == due
    assert calendar.before_counted(due, timedelta(hours=24), parse("1 day")) == start
    assert calendar.before_counted(due, timedelta(hours=25), parse("25 hours")) == start


@pytest.mark.parametrize(
    "hours",
    [
        {},
        {"mon": []},
        {"monday": ["09:00-17:00"]},
        {"mon": ["9-17"]},
        {"mon": ["09:00"]},
        {"mon": ["25:00-26:00"]},
        {"mon": ["09:00-13:00", "12:00-17:00"]},
        {"mon": ["13:00-17:00", "09:00-12:00"]},
        {"mon": ["22:00-06:00", "23:00-24:00"]},
        {"mon": ["22:00-06:00"], "tue": ["05:00-12:00"]},
        {"sun": ["22:00-06:00"], "mon": ["05:00-12:00"]},
    ],
)
def test_hours_that_cannot_be_worked_by_are_refused(hours: dict[str, list[str]]) -> None:
    with pytest.raises(CalendarError):
        WorkCalendar("UTC", parse_hours(hours))


def test_an_unknown_zone_a_naive_moment_and_a_share_are_refused() -> None:
    with pytest.raises(CalendarError, match="Mars"):
        office("Mars/Olympus")
    with pytest.raises(CalendarError, match="names no zone"):
        office().is_open(datetime(2026, 11, 18, 10))
    with pytest.raises(DurationError):
        office().add(datetime(2026, 11, 18, tzinfo=UTC), parse("75 %"))
    with pytest.raises(DurationError):
        office().subtract(datetime(2026, 11, 18, tzinfo=UTC), parse("75 %"))


def test_a_calendar_that_never_opens_again_says_so() -> None:
    shut = WorkCalendar("UTC", parse_hours({"mon": ["09:00-17:00"]})).closed_on(
        date(2026, 1, 1) + timedelta(days=day) for day in range(1000)
    )
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for length in ("1 business hour", "1 business day", "same business day"):
        with pytest.raises(CalendarError, match="nothing is open"):
            shut.add(start, parse(length))


def test_equal_calendars_are_one_key() -> None:
    assert office() == office()
    assert hash(office()) == hash(office())
    assert office() != office("Europe/Berlin")


def test_ten_years_of_business_hours_are_counted_in_a_moment() -> None:
    calendar = office()
    start = at(NEW_YORK, "2016-01-04 09:00")
    due = calendar.add(start, parse("20000 business hours"))
    # 2,500 working days of eight hours are 500 weeks: the last closing is on a Friday.
    assert local(NEW_YORK, due) == "Fri 2025-08-01 17:00"
    assert calendar.working_time(start, due) == timedelta(hours=20_000)
    assert len(calendar._days) < 3_700  # it steps over days, each of them once
