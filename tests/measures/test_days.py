"""Days are the company's, many at once are as one at a time, and a column days ago is the column of that day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tenure.facts.engine import Engine
from tenure.measures.catalogue import UnknownMeasure, columns_of
from tenure.measures.registry import MEASURES
from tenure.measures.request import Request
from tenure.measures.trial import trial, trials

from .cases import CASES

pytestmark = pytest.mark.requirement("P-03")
NEW_YORK, SYDNEY = "America/New_York", "Australia/Sydney"


@pytest.mark.parametrize(
    ("zone", "line", "day"),
    [
        # Clocks go forward in New York on 8 March 2026: the day has 23 hours, and 23:30 is still the 8th.
        (NEW_YORK, "03-08T23:30 message.received", date(2026, 3, 8)),
        (NEW_YORK, "03-09T00:00 message.received", date(2026, 3, 9)),
        # Back on 1 November: 25 hours.
        (NEW_YORK, "2025-11-01T23:59 message.received", date(2025, 11, 1)),
        (NEW_YORK, "2025-11-02T23:59 message.received", date(2025, 11, 2)),
        # Sydney is ahead: its 5 April, on which summer time ends, begins at 13:00 UTC on the 4th.
        (SYDNEY, "04-05T00:30 message.received", date(2026, 4, 5)),
        (SYDNEY, "04-05T23:30 message.received", date(2026, 4, 5)),
    ],
)
def test_a_fact_falls_on_the_companys_day(engine: Engine, zone: str, line: str, day: date) -> None:
    lines = ("2025-01-01 account.created", line)
    around = {
        day + timedelta(days=step): trial(
            "messages_received/1", *lines, on=day + timedelta(days=step), zone=zone, engine=engine
        )
        for step in (-1, 0, 1)
    }
    assert [day for day, value in around.items() if value] == [day]


@pytest.mark.parametrize(
    ("zone", "day", "last_due", "first_not_due"),
    [
        # The ends of the days on which the clocks change.
        (NEW_YORK, date(2026, 3, 8), "2026-03-09T03:59:59+00:00", "2026-03-09T04:00:00+00:00"),
        (NEW_YORK, date(2026, 11, 1), "2026-11-02T04:59:59+00:00", "2026-11-02T05:00:00+00:00"),
        (SYDNEY, date(2026, 4, 5), "2026-04-05T13:59:59+00:00", "2026-04-05T14:00:00+00:00"),
    ],
)
def test_a_day_ends_when_it_does_in_the_zone(
    engine: Engine, zone: str, day: date, last_due: str, first_not_due: str
) -> None:
    due = f"01-02 task.created due_at={last_due}"
    not_due = f"01-02 task.created due_at={first_not_due}"
    assert trial("open_tasks_overdue", due, on=day, zone=zone, engine=engine) == 1.0
    assert trial("open_tasks_overdue", not_due, on=day, zone=zone, engine=engine) == 0.0


def test_many_days_at_once_are_as_one_at_a_time(engine: Engine) -> None:
    lines = sorted({line for example in CASES for line in example.lines if "account.created" not in line})
    columns = sorted(
        set(MEASURES) | {"active_users/7@14", "amount@30", "issues_open@28", "rating_ease", "metric_leads"}
    )
    days = [date(2026, 3, 1) + timedelta(days=step) for step in range(0, 40, 3)]

    at_once = trials(columns, lines, days=days, engine=engine).to_pylist()

    one_by_one = [row for day in days for row in trials(columns, lines, days=[day], engine=engine).to_pylist()]
    assert at_once == one_by_one
    assert len(at_once) == 2 * len(days)  # acme, and the other account that one line names


def test_a_column_days_ago_is_the_column_of_that_day(engine: Engine) -> None:
    lines = sorted({line for example in CASES for line in example.lines if "account.created" not in line})
    now = trials([f"{name}@20" for name in MEASURES], lines, engine=engine).to_pylist()
    then = trials(list(MEASURES), lines, days=[date(2026, 3, 11)], engine=engine).to_pylist()
    assert [[row[f"{name}@20"] for name in MEASURES] for row in now] == [
        [row[name] for name in MEASURES] for row in then
    ]


def test_facts_of_later_days_do_not_count_however_early_they_are_known(engine: Engine) -> None:
    planned = "05-01 contract.changed subject=k amount=50 known=03-01"
    assert trial("amount", "01-01 contract.started subject=k amount=10", planned, engine=engine) == 10.0


def test_the_primary_cards_score(engine: Engine) -> None:
    lines = ("03-01 score.banded card=health band=red score=20", "03-05 score.banded card=fit band=green score=90")
    scores = [
        trials(["score"], lines, card=card, engine=engine)["score"].to_pylist() for card in ("health", "fit", None)
    ]
    assert scores == [[20.0], [90.0], [90.0]]


def test_a_name_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownMeasure, match="'active_usres'"):
        Request.of(columns_of(["active_usres"]), {}, {})
    with pytest.raises(UnknownMeasure, match="'metric_leads'"):
        Request.of(columns_of(["metric_leads"]), {}, {})


def test_nothing_is_known_of_the_time_after_the_cut(engine: Engine) -> None:
    noon = datetime(2026, 3, 20, 12, tzinfo=UTC)
    lines = ("03-20T12:00 message.received", "03-20T12:01 message.received")
    assert trial("messages_received", *lines, known=noon, engine=engine) == 1.0
