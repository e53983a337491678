"""The door of points: figures by write key, each once, with a refusal per row; and what the lake then holds."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from tenure.api import points
from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.sources.keys import WriteKey, create_key, revoke_key
from tenure.sources.points import MOST_POINTS, SentPoint
from tenure.sources.spool import drain
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.sources.conftest import lake, rows_of

__all__ = ["lake"]
pytestmark = pytest.mark.requirement("R-07")


@pytest.fixture
def model() -> Model:
    return blueprint(
        metrics={"views": {"label": "Views"}, "leads": {"label": "Leads", "attribution": {"map": "the map"}}}
    )


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """Monday, 2 March 2026, ten in the morning in New York."""
    cache.clear()
    with clock.use(clock.SetClock(at("2026-03-02 15:00"))):
        yield


@pytest.fixture
def key(cast: Cast, book: Book) -> WriteKey:
    return create_key(label="The social tool", source="social", actor=cast.actor("olive"))


def post(body: Any, secret: str, address: str = "/v1/points") -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    shown = "Basic " + base64.b64encode(f"{secret}:".encode()).decode()
    client = Client(enforce_csrf_checks=True)
    return client.post(address, data=data, content_type="application/json", headers={"Authorization": shown})


def point(
    value: Any = 120, day: Any = "2026-02-28", metric: Any = "views", account: Any = "Acme Ltd"
) -> dict[str, Any]:
    return {"account": account, "metric": metric, "day": day, "value": value}


def stored(lake: Lake) -> list[tuple[str, float, str]]:
    while drain(lake):
        pass
    return sorted((row["metric"], row["value"], row["day"].isoformat()) for row in rows_of(lake, "points"))


def test_points_of_several_accounts_and_metrics_reach_the_lake(key: WriteKey, book: Book, lake: Lake) -> None:
    given = [point(), point(7.5, metric="leads"), point(40, account=book.bobs.pk)]
    answer = post({"points": given}, key.secret)
    assert answer.json() == {"success": True, "new": 3, "corrected": 0, "unchanged": 0, "refused": []}
    assert stored(lake) == [
        ("leads", 7.5, "2026-02-28"),
        ("views", 40.0, "2026-02-28"),
        ("views", 120.0, "2026-02-28"),
    ]
    [row] = [row for row in rows_of(lake, "points") if row["metric"] == "leads"]
    assert (row["source"], row["account_id"]) == ("social", book.alices.pk)
    # The company's day begins at five in the morning of Greenwich.
    assert (row["happened_at"], row["known_at"]) == (at("2026-02-28 05:00"), at("2026-03-02 15:00"))


def test_sent_again_it_is_stored_once_and_another_value_corrects(key: WriteKey, lake: Lake) -> None:
    post({"points": [point(120)]}, key.secret)
    assert post({"points": [point(120)]}, key.secret).json()["unchanged"] == 1
    assert stored(lake) == [("views", 120.0, "2026-02-28")]
    for value in (130, 120):
        assert post({"points": [point(value)]}, key.secret).json()["corrected"] == 1
        assert stored(lake) == [("views", float(value), "2026-02-28")]
    assert SentPoint.objects.get().version == 3


def test_the_last_of_one_day_counts_within_a_request(key: WriteKey, lake: Lake) -> None:
    assert post({"points": [point(1), point(2)]}, key.secret).json()["new"] == 1
    assert stored(lake) == [("views", 2.0, "2026-02-28")]


def test_each_row_that_cannot_be_taken_says_why_and_the_others_are_stored(key: WriteKey, lake: Lake) -> None:
    given = [
        point(account="Nobody"),
        point(metric="hearts"),
        point("many"),
        point(True),
        point(day="28.02.2026"),
        point(day="2026-03-03"),
        point(account=""),
        "x",
        point(),
    ]
    answer = post({"points": given}, key.secret).json()
    assert (answer["success"], answer["new"]) == (False, 1)
    assert [(each["place"], each["field"], each["code"]) for each in answer["refused"]] == [
        (0, "account", "unknown_account"),
        (1, "metric", "unknown_metric"),
        (2, "value", "value"),
        (3, "value", "value"),
        (4, "day", "day"),
        (5, "day", "day"),
        (6, "account", "missing"),
        (7, "", "point"),
    ]
    assert answer["refused"][1]["mend"] == "The blueprint has the metrics views, leads."
    assert len(stored(lake)) == 1


def test_who_may_send_and_how_much(key: WriteKey, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(body: Any, secret: str = key.secret) -> int:
        return post(body, secret).status_code

    assert code({"points": [point()]}, "guess") == 401
    assert code(b"no json") == 400
    assert code({"points": []}) == 400
    assert code({"points": [1] * (MOST_POINTS + 1)}) == 413
    assert Client().get("/v1/points").status_code == 405
    assert code({"points": [point()]}) == 200
    assert post({"points": [point()]}, key.secret, "/v1/points/").status_code == 200
    monkeypatch.setattr(points, "POINTS_PER_MINUTE", 1)
    assert code({"points": [point()]}) == 429
    revoke_key(key, actor=cast.actor("olive"))
    assert code({"points": [point()]}) == 401


def test_days_told_in_full_are_covered(key: WriteKey, lake: Lake) -> None:
    span = {"metric": "leads", "from": "2026-02-01", "through": "2026-02-28"}
    assert post({"points": [point(3, metric="leads")], "covers": [span]}, key.secret).status_code == 200
    stored(lake)
    [row] = rows_of(lake, "coverage")
    assert (row["relation"], row["from_day"].isoformat(), row["through_day"].isoformat()) == (
        "points.leads",
        "2026-02-01",
        "2026-02-28",
    )
    for wrong in ({**span, "through": "2026-03-02"}, {**span, "metric": "hearts"}, {"metric": "leads"}, "x"):
        assert post({"points": [point()], "covers": [wrong]}, key.secret).json()["code"] == "covers"


def test_a_point_may_say_what_brought_it_and_the_day_holds_each(key: WriteKey, lake: Lake) -> None:
    whole, brought = point(3, metric="leads"), point(5, metric="leads") | {"attribution": "map"}
    assert post({"points": [whole, brought]}, key.secret).json()["new"] == 2
    assert post({"points": [brought | {"value": 6}, whole]}, key.secret).json()["corrected"] == 1
    assert stored(lake) == [("leads", 3.0, "2026-02-28"), ("leads", 6.0, "2026-02-28")]
    rows = sorted(rows_of(lake, "points"), key=lambda row: row["value"])
    assert [row["attribution"] for row in rows] == [None, "map"]


def test_what_the_metric_does_not_know_is_refused_with_what_it_knows(key: WriteKey) -> None:
    unknown, plain = point(5, metric="leads") | {"attribution": "radio"}, point(5) | {"attribution": "map"}
    refused = post({"points": [unknown, plain]}, key.secret).json()["refused"]
    assert [(each["field"], each["code"]) for each in refused] == [("attribution", "unknown_attribution")] * 2
    assert [each["mend"] for each in refused] == [
        "This metric knows map.",
        "This metric is not told apart by what brought it.",
    ]
