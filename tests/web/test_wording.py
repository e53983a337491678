"""Numbers, money, days and spans are written one way everywhere."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tenure.outlets.words import unit_for
from tenure.web import times, wording

TODAY = date(2026, 11, 17)  # a Tuesday


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (14, None, "14"),
        (14400, None, "14,400"),
        (Decimal("3.30"), None, "3.3"),
        (2.0, None, "2"),
        (0.125, None, "0.12"),
        (-3, None, "−3"),
        (3, 1, "3.0"),
        (Decimal("3.333"), 1, "3.3"),
        (100.0, None, "100"),
        (None, None, "—"),
    ],
)
def test_number(value: wording.Number | None, places: int | None, written: str) -> None:
    assert wording.number(value, places) == written


@pytest.mark.parametrize(
    ("figure", "unit", "written"),
    [
        ("1", "clients", "client"),
        ("1", "inquiries", "inquiry"),
        ("1.5", "clients", "clients"),
        ("0", "days", "days"),
        ("1", "%", "%"),
        ("1", "of 5", "of 5"),
        ("1", "", ""),
    ],
)
def test_one_takes_the_unit_in_the_singular(figure: str, unit: str, written: str) -> None:
    assert unit_for(figure, unit) == written


def test_signed() -> None:
    assert [wording.signed(value) for value in (4, -3, 0, None)] == ["+4", "−3", "0", "—"]


def test_percent() -> None:
    assert [wording.percent(value) for value in (0.74, Decimal("0.005"), 1, None)] == ["74 %", "0 %", "100 %", "—"]
    assert wording.percent(Decimal("0.955"), 1) == "95.5 %"


@pytest.mark.parametrize(
    ("value", "currency", "written"),
    [
        (14400, "USD", "$14,400"),
        (Decimal("9.50"), "USD", "$9.50"),
        (Decimal("14400.60"), "EUR", "€14,401"),
        (-250, "GBP", "−£250"),
        (1200, "CHF", "CHF 1,200"),
        (None, "USD", "—"),
    ],
)
def test_money(value: wording.Number | None, currency: str, written: str) -> None:
    assert wording.money(value, currency) == written


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (date(2026, 11, 17), "Today"),
        (date(2026, 11, 16), "Yesterday"),
        (date(2026, 11, 18), "Tomorrow"),
        (date(2026, 11, 23), "Mon 23 Nov"),
        (date(2026, 11, 3), "Tue 3 Nov"),  # 14 days back
        (date(2026, 11, 2), "2 Nov"),
        (date(2026, 1, 2), "2 Jan"),  # this year
        (date(2027, 2, 22), "22 Feb"),  # 97 days ahead: no doubt which year
        (date(2025, 11, 17), "17 Nov 2025"),
    ],
)
def test_day(day: date, written: str) -> None:
    assert wording.day(day, TODAY) == written


def test_long_day() -> None:
    assert wording.long_day(TODAY, TODAY) == "Tuesday 17 November"
    assert wording.long_day(date(2025, 1, 2), TODAY) == "Thursday 2 January 2025"


def test_moment() -> None:
    assert wording.moment(datetime(2026, 11, 17, 10, 5, tzinfo=UTC), TODAY) == "Today 10:05"
    assert wording.moment(datetime(2026, 11, 23, 10, 0, tzinfo=UTC), TODAY) == "Mon 23 Nov 10:00"
    assert wording.moment(datetime(2026, 3, 4, 10, 0, tzinfo=UTC), TODAY) == "4 Mar"


def test_inside_a_sentence_near_days_are_small() -> None:
    def said(day: int) -> tuple[str, str, str]:
        moment = datetime(2026, 11, day, 10, 5, tzinfo=UTC)
        return (
            wording.near_moment(moment, TODAY),
            wording.told(moment, TODAY),
            wording.near_day(moment.date(), TODAY),
        )

    assert said(17) == ("today 10:05", "10:05 today", "today")
    assert said(18) == ("tomorrow 10:05", "tomorrow", "tomorrow")
    assert said(23) == ("Mon 23 Nov 10:05", "Mon 23 Nov", "Mon 23 Nov")


def test_a_time_that_is_agreed_in_a_zone_says_its_hour_however_far_it_is() -> None:
    far = datetime(2031, 2, 17, 15, 30, tzinfo=UTC)  # 10:30 in New York, five hours behind in winter
    assert times.tag(far, "UTC", "moment", announced="America/New_York").endswith(">17 Feb 2031 10:30 EST</time>")
    assert times.tag(far, "UTC", "at").endswith(">17 Feb 2031</time>")


TEMPLATES = Path(wording.__file__).parent / "templates"
BEGINS = re.compile(
    r"<(?:/?(?:p|li|td|th|dd|dt|small|h\d|ul|ol|table|section|c-section|c-slot|div|form|label|option|summary|button|br|main)"
    r'(?=[\s/>])|span class="(?:text|tail|lead)")[^>]*>'
)


def test_no_template_puts_a_capital_into_a_sentence() -> None:
    """What follows words in the same element is said `at` or `near`; `moment` and `day` begin something."""
    found = []
    for template in sorted(TEMPLATES.rglob("*.html")):
        text = template.read_text()
        for each in re.finditer(r'\{% when [\w.]+(?: "(?:moment|day)"[^%]*)? %\}', text):
            lead = BEGINS.split(text[: each.start()])[-1].replace("{{", "a{{")
            if re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", "", lead, flags=re.DOTALL).strip():
                found.append(f"{template.relative_to(TEMPLATES)}: {each.group()}")
    assert found == []


@pytest.mark.parametrize(
    ("length", "written"),
    [
        (timedelta(minutes=48), "48 min"),
        (timedelta(hours=5, minutes=50), "5 h 50"),
        (timedelta(hours=26), "1 d 2 h"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
        (timedelta(days=12, hours=4), "12 d"),
        (timedelta(minutes=-90), "1 h 30"),
        (timedelta(seconds=20), "0 min"),
    ],
)
def test_span(length: timedelta, written: str) -> None:
    assert wording.span(length) == written


def test_initials() -> None:
    names = ["Dana Whitcomb", "Elise", "Maria del Carmen Ruiz", "Dr. Anil Deshmukh", "", "7 Eleven"]
    assert [wording.initials(name) for name in names] == ["DW", "E", "MR", "DD", "", "E"]


def test_listed() -> None:
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b"], "or") == "a or b"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed([]) == ""


def test_told() -> None:
    assert wording.told(datetime(2026, 11, 17, 4, 10, tzinfo=UTC), TODAY) == "04:10 today"
    assert wording.told(datetime(2026, 11, 16, 18, 0, tzinfo=UTC), TODAY) == "18:00 yesterday"
    assert wording.told(datetime(2026, 11, 15, 4, 10, tzinfo=UTC), TODAY) == "Sun 15 Nov"
