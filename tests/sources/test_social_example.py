"""The example of social series: a whole book in one pass, many accounts and metrics, in long and in wide form."""

from pathlib import Path
from typing import Any

import pytest

from tenure.blueprint.model import Model
from tenure.records.account import Account
from tenure.sources.spool import drain
from tests.cast import blueprint
from tests.sources.conftest import ACCOUNTS, Importing, rows_of

pytestmark = pytest.mark.requirement("R-07")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "social" / "mapping.yaml"
LONG = """\
account,day,metric,value
A1,2026-02-01,views,120
A1,2026-02-02,views,80
A2,2026-02-01,profile_views,7
A9,2026-02-01,views,1
"""
WIDE = """\
account,day,views,interactions,inquiries,reviews
A2,2026-02-01,40,5,,1
A2,2026-02-02,44,6,2,
"""

NOBODYS = ACCOUNTS.replace("alice@example.com", "")


@pytest.fixture
def model() -> Model:
    names = ("views", "profile_views", "interactions", "inquiries", "reviews")
    return blueprint(metrics={name: {"label": name.capitalize()} for name in names})


def points(lake: Any) -> list[tuple[str, str, str, float]]:
    while drain(lake):
        pass
    names = dict(Account.objects.values_list("pk", "name"))
    rows = rows_of(lake, "points")
    return sorted((names[row["account_id"]], row["metric"], row["day"].isoformat(), row["value"]) for row in rows)


def test_a_whole_book_in_one_pass(importing: Importing, lake: Any) -> None:
    importing(accounts=NOBODYS)
    done = importing(mapping=EXAMPLE.read_text(), long=LONG, wide=WIDE)
    # Six lines; the account A9 is known to nobody and set aside.
    assert (done.totals["read"], done.totals["made"], done.totals["quarantined"]) == (6, 5, 1)
    expected = [
        ("Ashdown", "views", "2026-02-01", 120.0),
        ("Ashdown", "views", "2026-02-02", 80.0),
        ("Birch", "inquiries", "2026-02-02", 2.0),
        ("Birch", "interactions", "2026-02-01", 5.0),
        ("Birch", "interactions", "2026-02-02", 6.0),
        ("Birch", "profile_views", "2026-02-01", 7.0),
        ("Birch", "reviews", "2026-02-01", 1.0),
        ("Birch", "views", "2026-02-01", 40.0),
        ("Birch", "views", "2026-02-02", 44.0),
    ]
    assert points(lake) == expected
    importing(mapping=EXAMPLE.read_text(), long=LONG, wide=WIDE)
    assert points(lake) == expected


def test_a_figure_that_was_wrong_is_corrected_by_the_next_file(importing: Importing, lake: Any) -> None:
    importing(accounts=NOBODYS)
    importing(mapping=EXAMPLE.read_text(), long=LONG)
    importing(mapping=EXAMPLE.read_text(), long=LONG.replace(",120", ",125"))
    assert points(lake)[:2] == [("Ashdown", "views", "2026-02-01", 125.0), ("Ashdown", "views", "2026-02-02", 80.0)]


def test_a_file_may_say_what_brought_each_figure(importing: Importing, lake: Any) -> None:
    importing(accounts=NOBODYS)
    told = "account,day,attribution,inquiries\nA1,2026-02-01,instagram,4\nA1,2026-02-01,google_profile,7\n"
    importing(mapping=EXAMPLE.read_text(), brought=told)
    assert points(lake) == [("Ashdown", "inquiries", "2026-02-01", 4.0), ("Ashdown", "inquiries", "2026-02-01", 7.0)]
    rows = sorted(rows_of(lake, "points"), key=lambda row: row["value"])
    assert [row["attribution"] for row in rows] == ["instagram", "google_profile"]
