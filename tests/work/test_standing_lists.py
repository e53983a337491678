"""Lists of accounts: narrowed on the standing alone, and ordered by health."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import Actor
from tenure.work.refresh import access_standing
from tenure.work.standing import Filters, Standing, advance_spark, health_rank, standings
from tests.book import Book
from tests.cast import FIRST_DAY, Cast, blueprint
from tests.days import Days


@pytest.fixture
def model() -> Model:
    return blueprint(
        segments={"slipping": {"label": "Slipping", "where": "tier = 'growth' or usage_days < 3"}},
        measures={"half_use": {"label": "Half use", "is": "usage_days / 2"}},
    )


def stand(number: int, cast: Cast, **values: Any) -> Standing:
    anchor = AccountAnchor.objects.create()
    Assignment.objects.create(account=anchor, person=cast.alice, role="csm", from_day=FIRST_DAY)
    defaults = {"name": f"Account {number:03}", "owner": cast.alice, "owner_name": "Alice"}
    return Standing.objects.create(account=anchor, **(defaults | values))


def names(actor: Actor, filters: Filters | None = None, by: str = "health_rank") -> list[str]:
    return [row.name for row in standings(actor, filters).order_by(by, "account_id")]


@pytest.mark.requirement("P-04")
def test_by_health_unknown_stands_between_yellow_and_green(cast: Cast) -> None:
    low, high = Decimal(1), Decimal(5)
    for number, (tone, score) in enumerate(
        [("green", "4.5"), ("unknown", None), ("yellow", "3"), ("red", "1.5"), ("red", "2")]
    ):
        rank = health_rank(tone, None if score is None else Decimal(score), low, high)
        stand(number, cast, health_rank=rank)
    assert names(cast.actor("alice"), by="health_rank") == [
        "Account 003",
        "Account 004",
        "Account 002",
        "Account 001",
        "Account 000",
    ]


def test_filters_narrow_together(cast: Cast) -> None:
    stand(1, cast, band_tone="red", tier="core", signals_open=2, segments=" slipping big ")
    stand(2, cast, band_tone="red", tier="growth")
    stand(3, cast, band_tone="green", tier="core", status="closed")
    alice = cast.actor("alice")
    assert names(alice, filters=Filters(tones=("red",)), by="name") == ["Account 001", "Account 002"]
    assert names(alice, filters=Filters(tones=("red",), tiers=("core",))) == ["Account 001"]
    assert names(alice, filters=Filters(segment="slipping")) == ["Account 001"]
    assert names(alice, filters=Filters(segment="slip")) == []
    assert names(alice, filters=Filters(with_signals=True)) == ["Account 001"]
    assert names(alice, filters=Filters(text="002")) == ["Account 002"]
    assert names(alice, filters=Filters(status=("closed",))) == ["Account 003"]
    assert names(alice, filters=Filters(renewing_by=date(2026, 5, 1))) == []


def test_an_expression_filters_by_measures_fields_and_own_measures(cast: Cast) -> None:
    stand(1, cast, fields={"tier": "core"}, metrics={"usage_days": 8.0})
    stand(2, cast, fields={"tier": "core"}, metrics={"usage_days": 2.0})
    stand(3, cast, fields={"tier": "growth"}, metrics={})
    alice = cast.actor("alice")
    assert names(alice, filters=Filters(where="usage_days > 4")) == ["Account 001"]
    assert names(alice, filters=Filters(where="half_use <= 1 or tier = 'growth'"), by="name") == [
        "Account 002",
        "Account 003",
    ]
    with pytest.raises(Refused, match="cannot be read"):
        standings(alice, Filters(where="usage_days >"))


@pytest.mark.requirement("P-05")
def test_lists_hold_what_is_within_reach_and_clients_have_none(days: Days, cast: Cast, book: Book) -> None:
    days.run()
    assert names(cast.actor("alice")) == ["Acme Ltd"]
    assert sorted(names(cast.actor("lena"))) == ["Acme Ltd", "Borealis"]
    assert len(names(cast.actor("olive"))) == 4
    assert names(cast.actor("carl")) == []
    with pytest.raises(Forbidden):
        access_standing(cast.actor("carl"), book.alices.pk)
    with pytest.raises(Forbidden):
        access_standing(cast.actor("alice"), book.mallorys.pk)
    assert access_standing(cast.actor("alice"), book.alices.pk).name == "Acme Ltd"


MONDAY = date(2026, 3, 2)


def test_the_sparkline_keeps_twelve_weeks_with_gaps_where_nobody_knew() -> None:
    spark, week = advance_spark([], None, MONDAY + timedelta(days=2), Decimal("3.5"))
    assert (spark, week) == ([3.5], MONDAY)
    # The same week is brought up to date, the next one is added, three weeks on leave two gaps.
    spark, week = advance_spark(spark, week, MONDAY + timedelta(days=6), Decimal(4))
    assert spark == [4.0]
    spark, week = advance_spark(spark, week, MONDAY + timedelta(days=7), None)
    assert spark == [4.0, None]
    spark, week = advance_spark(spark, week, MONDAY + timedelta(days=28), Decimal(2))
    assert (spark, week) == ([4.0, None, None, None, 2.0], MONDAY + timedelta(days=28))
    # An older day told late changes nothing.
    assert advance_spark(spark, week, MONDAY, Decimal(1)) == (spark, week)
    for step in range(5, 20):
        spark, week = advance_spark(spark, week, MONDAY + timedelta(weeks=step), Decimal(step))
    assert spark == [float(step) for step in range(8, 20)]
