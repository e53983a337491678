"""The charts of an account: health by night, figures by week, flags where the rules behind them changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tenure.base import clock
from tenure.blueprint.model import Metric, Model
from tenure.blueprint.stored import digest, to_json
from tenure.facts.lake import Lake
from tenure.identity.blueprints import BlueprintVersion
from tenure.pipeline.as_of import cut
from tenure.pipeline.figures import by_week
from tenure.pipeline.lake import open_lake
from tenure.records.account import Account
from tenure.records.point import enter_point
from tenure.web.account_page.movement import movement
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, at, blueprint

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-08")]

CARD = {
    "label": "Pulse",
    "low": 1,
    "high": 5,
    "decimals": 1,
    "components": {
        "meet": {"label": "Meetings", "measure": "days_since_meeting", "weight": 1, "points": [[0, 5], [30, 1]]}
    },
    "bands": {
        "green": {"label": "Green", "tone": "green", "from": 4},
        "yellow": {"label": "Yellow", "tone": "yellow", "from": 3},
        "red": {"label": "Red", "tone": "red", "from": 1},
    },
}
METRICS = {
    "leads": {"label": "Leads", "unit": "leads", "client_visible": True},
    "rate": {"label": "Rate", "unit": "%", "aggregate": "mean", "client_visible": True},
    "inner": {"label": "Inner", "unit": "pieces"},
    "silent": {"label": "Silent", "client_visible": True},
}


@pytest.fixture
def model() -> Model:
    return blueprint(scorecards={"pulse": CARD}, metrics=METRICS)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with clock.use(clock.SetClock(at("2026-03-02 14:00"))):
        yield


@pytest.fixture
def lake(cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


def score(lake: Lake, account: Account, day: date, value: float | None) -> None:
    """A score as the night of a day publishes it."""
    night = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=1)
    lake.append(
        "scores",
        [
            {
                "edition": day.isoformat(), "day": day, "known_through": night, "blueprint_version": "1",
                "engine_version": "1", "published_at": night, "account_id": account.pk, "card": "pulse",
                "card_version": 1, "score": value, "band": "", "coverage": 1.0, "explanation": "{}",
                "key": f"{day}|{account.pk}",
            }
        ],
        batch=f"scores|{account.pk}|{day}",
    )  # fmt: skip


def point(lake: Lake, account: Account, metric: str, day: date, value: float) -> None:
    """A point that a source brought on the evening of its day."""
    moment = datetime(day.year, day.month, day.day, 20, tzinfo=UTC)
    key = f"{metric}|{account.pk}|{day}"
    row: dict[str, Any] = {
        "account_id": account.pk, "metric": metric, "value": value, "happened_at": moment, "known_at": moment,
        "recorded_at": moment,
        "source": "test", "key": key,
    }  # fmt: skip
    lake.append("points", [row], batch=key)


SUNDAY = date(2026, 3, 1)  # the newest whole day


@pytest.mark.parametrize(
    ("aggregate", "weeks"),
    [("sum", [3, None, 9]), ("mean", [1.5, None, 4.5]), ("max", [2, None, 5]), ("last", [2, None, 5])],
)
def test_points_are_gathered_by_whole_weeks_that_end_on_the_newest_day(
    aggregate: Any, weeks: list[float | None]
) -> None:
    # Three weeks up to Sunday the 1st: 9 to 15 Feb holds 1 and 2, 16 to 22 Feb nothing, 23 Feb to 1 Mar 4 and 5.
    known = [(date(2026, 2, 9), 1.0), (date(2026, 2, 15), 2.0), (date(2026, 2, 23), 4.0), (SUNDAY, 5.0)]
    found = by_week(known, Metric(label="Leads", aggregate=aggregate), date(2026, 2, 9), SUNDAY)
    assert found == list(zip([date(2026, 2, 15), date(2026, 2, 22), SUNDAY], weeks, strict=True))


def test_health_shows_every_night_and_unknown_as_unknown(lake: Lake, cast: Cast, book: Book) -> None:
    for day, value in ((date(2026, 2, 26), 3.25), (date(2026, 2, 27), None), (SUNDAY, 4.0)):
        score(lake, book.alices, day, value)
    score(lake, book.bobs, SUNDAY, 1.0)
    health = movement(book.alices, cast.actor("alice")).health
    assert health is not None
    assert health.title == "Pulse"
    assert health.newest == SUNDAY
    assert health.rows == [(SUNDAY, "4.0"), (date(2026, 2, 27), "unknown"), (date(2026, 2, 26), "3.2")]
    assert "Pulse: 3.2 on 26 Feb, 4.0 on 1 Mar" in health.svg


def test_only_metrics_that_the_client_sees_and_that_have_figures_are_drawn(lake: Lake, cast: Cast, book: Book) -> None:
    for metric in ("leads", "rate", "inner"):
        point(lake, book.alices, metric, SUNDAY, 3)
    point(lake, book.bobs, "silent", SUNDAY, 3)
    assert [each.title for each in movement(book.alices, cast.actor("alice")).metrics] == [
        "Leads a week",
        "Rate, mean of a week, %",
    ]


def test_figures_that_people_enter_join_those_of_sources(lake: Lake, cast: Cast, book: Book) -> None:
    point(lake, book.alices, "leads", date(2026, 2, 27), 3)
    enter_point(book.alices, metric="leads", day=SUNDAY, value=Decimal(4), actor=cast.actor("olive"))
    (leads,) = movement(book.alices, cast.actor("alice")).metrics
    assert leads.rows[0] == (SUNDAY, "7")


def test_a_young_account_is_drawn_over_four_weeks(lake: Lake, cast: Cast, book: Book) -> None:
    point(lake, book.alices, "leads", date(2026, 2, 27), 3)
    (leads,) = movement(book.alices, cast.actor("alice"), weeks=26).metrics
    assert [day for day, _ in leads.rows] == [date(2026, 3, 1) - timedelta(days=7 * n) for n in range(4)]


def test_a_version_is_flagged_on_the_charts_that_it_changes_alone(
    lake: Lake, cast: Cast, book: Book, model: Model
) -> None:
    for day in (date(2026, 2, 12), SUNDAY):
        score(lake, book.alices, day, 4)
        point(lake, book.alices, "leads", day, 3)
        point(lake, book.alices, "rate", day, 3)
    card = CARD | {"bands": CARD["bands"] | {"green": {"label": "Green", "tone": "green", "from": 4.5}}}  # type: ignore[operator]
    rate = METRICS["rate"] | {"aggregate": "max"}
    for changed, moment in (
        (blueprint(scorecards={"pulse": card}, metrics=METRICS), "2026-02-18 14:00"),
        (blueprint(scorecards={"pulse": card}, metrics=METRICS | {"rate": rate}), "2026-02-20 14:00"),
        (blueprint(scorecards={"pulse": card}, metrics=METRICS | {"rate": rate}, tiers={"a": {"label": "A"}}),
         "2026-02-24 14:00"),
    ):  # fmt: skip
        BlueprintVersion.objects.create(model=to_json(changed), digest=digest(changed), applied_at=at(moment))
    first = BlueprintVersion.objects.order_by("id").values_list("id", flat=True)[0]
    drawn = movement(book.alices, cast.actor("alice"))
    flags = {
        chart.title: [n for n in (1, 2, 3) if f"version {first + n}," in chart.svg]
        for chart in (drawn.health, *drawn.metrics)
        if chart
    }
    # Bands moved, then the rate was gathered anew (which scores may rest on), then a tier came, which draws nothing.
    assert flags == {"Pulse": [1, 2], "Leads a week": [], "Rate, most in a week, %": [2]}


def test_an_earlier_day_shows_what_was_known_then(lake: Lake, cast: Cast, book: Book) -> None:
    point(lake, book.alices, "leads", date(2026, 2, 10), 3)
    point(lake, book.alices, "leads", SUNDAY, 5)
    (leads,) = movement(book.alices, cast.actor("alice"), at=cut(date(2026, 2, 10))).metrics
    assert leads.rows[0] == (date(2026, 2, 10), "3")
    assert leads.newest == date(2026, 2, 10)


def test_the_page_of_an_account_draws_its_movement(client: Client, lake: Lake, cast: Cast, book: Book) -> None:
    score(lake, book.alices, SUNDAY, 4)
    point(lake, book.alices, "leads", SUNDAY, 3)
    refresh_standing([book.alices.pk], cast.actor("olive"))
    client.force_login(cast.alice)
    body = client.get(f"/accounts/{book.alices.pk}/").content.decode()
    assert body.count('class="plot"') == 3  # health for a screen and for a phone, and the leads
    assert "Leads a week: 3 on 1 Mar" in body


def test_without_figures_the_page_says_where_they_come_from(client: Client, cast: Cast, book: Book) -> None:
    refresh_standing([book.alices.pk], cast.actor("olive"))
    client.force_login(cast.alice)
    body = client.get(f"/accounts/{book.alices.pk}/").content.decode()
    assert "Nothing to draw yet" in body
    assert 'class="plot"' not in body


def test_the_page_of_the_movement_holds_the_figures_behind_each_chart(
    client: Client, lake: Lake, cast: Cast, book: Book
) -> None:
    for n in range(20):
        point(lake, book.alices, "leads", SUNDAY - timedelta(days=7 * n), n + 1)
    client.force_login(cast.alice)
    address = f"/accounts/{book.alices.pk}/movement/"
    weeks = {
        asked: client.get(f"{address}?weeks={asked}").content.decode().count('<th scope="row">')
        for asked in ("13", "26", "52", "soon")
    }
    assert weeks == {"13": 13, "26": 20, "52": 20, "soon": 20}
