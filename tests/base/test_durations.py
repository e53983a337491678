"""A blueprint's lengths of time are read as people write them, and refused with what was expected."""

import pytest

from tenure.base.duration import Duration, DurationError, parse


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("24 hours", 24, "hours"),
        ("1 hour", 1, "hours"),
        ("90 minutes", 90, "minutes"),
        ("2 days", 2, "days"),
        ("2 business days", 2, "business days"),
        ("1 business day", 1, "business days"),
        ("48 business hours", 48, "business hours"),
        ("30 business minutes", 30, "business minutes"),
        ("2 weeks", 2, "weeks"),
        ("3 months", 3, "months"),
        ("1 quarter", 3, "months"),
        ("1 year", 12, "months"),
        ("same business day", 1, "same business day"),
        ("75 %", 75, "percent"),
        ("75%", 75, "percent"),
        ("0 days", 0, "days"),
        ("  2   Business   Days ", 2, "business days"),
    ],
)
def test_reads_what_people_write(text: str, amount: int, unit: str) -> None:
    assert parse(text) == Duration(amount, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-2 days",
        "1.5 hours",
        "2",
        "days",
        "2 business weeks",
        "2 fortnights",
        "101 %",
        "2 percent",
        "99999 days",
    ],
)
def test_refuses_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(DurationError):
        parse(text)


def test_says_what_was_expected() -> None:
    with pytest.raises(DurationError, match="'2 fortnights' is no length of time; write one such as"):
        parse("2 fortnights")


@pytest.mark.parametrize(
    "text", ["24 hours", "1 hour", "2 business days", "1 business day", "same business day", "75 %"]
)
def test_writes_itself_as_it_is_read(text: str) -> None:
    assert str(parse(text)) == text


def test_knows_which_kind_of_time_it_counts() -> None:
    assert parse("2 business days").is_business
    assert parse("same business day").is_business
    assert not parse("2 days").is_business
    assert parse("75 %").is_share
    assert not parse("75 hours").is_share
