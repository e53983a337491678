"""Unknown is a value: nothing happened is zero only where the source was live, and a gap is never filled."""

from datetime import UTC, date, datetime

import pytest

from tenure.facts.engine import Engine
from tenure.measures.trial import trial, trials

pytestmark = pytest.mark.requirement("P-04")
LIVE = "01-01 coverage relation=events through=03-31"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        # The window begins on 4 March.
        (("03-04 coverage relation=events through=03-31",), 0.0),
        (("03-05 coverage relation=events through=03-31",), None),
        (("03-04 coverage relation=events through=03-30",), None),
        # Spans that touch or overlap are one; a day between them is a gap.
        (("03-04 coverage relation=events through=03-15", "03-16 coverage relation=events through=03-31"), 0.0),
        (("03-04 coverage relation=events through=03-20", "03-10 coverage relation=events through=03-31"), 0.0),
        (("03-04 coverage relation=events through=03-15", "03-17 coverage relation=events through=03-31"), None),
        # One source is live where another is not.
        (
            (
                "03-04 coverage relation=events through=03-15 source=app",
                "03-14 coverage relation=events through=03-31 source=import",
            ),
            0.0,
        ),
        # Of this account, of another, and of both together.
        (("03-04 coverage relation=events through=03-31 of=acme",), 0.0),
        (("03-04 coverage relation=events through=03-31 of=other",), None),
        (
            ("03-04 coverage relation=events through=03-20", "03-21 coverage relation=events through=03-31 of=acme"),
            0.0,
        ),
        # Of something else.
        (("03-04 coverage relation=points through=03-31",), None),
    ],
)
def test_no_usage_is_zero_only_where_the_source_was_live(
    engine: Engine, lines: tuple[str, ...], expected: float | None
) -> None:
    assert trial("usage_events", *lines, engine=engine) == expected


def test_usage_that_was_seen_in_part_is_unknown_and_no_lower_number(engine: Engine) -> None:
    half = "03-18 coverage relation=events through=03-31"
    assert trial("usage_events", half, "03-20 event count=5", engine=engine) is None
    assert trial("usage_events/14", half, "03-20 event count=5", engine=engine) == 5.0


def test_before_its_creation_an_account_used_nothing(engine: Engine) -> None:
    lines = ("03-25 account.created", "03-25 coverage relation=events through=03-31", "03-30 event")
    assert trial("usage_events", *lines, engine=engine) == 1.0
    # And there is nothing to compare it with.
    assert trial("usage_change", *lines, engine=engine) is None


def test_days_since_usage_are_known_while_the_source_has_been_live_since_then(engine: Engine) -> None:
    since = "03-10 coverage relation=events through=03-31"
    assert trial("days_since_usage", since, "03-10 event", engine=engine) == 21.0
    assert trial("days_since_usage", since, "03-09 event", engine=engine) is None
    assert trial("days_since_usage", since, engine=engine) is None


def test_the_ledger_knows_of_everything_from_the_accounts_creation_on(engine: Engine) -> None:
    found = trials(["meetings_held", "issues_open", "messages_received", "survey_nps"], [LIVE], engine=engine)
    assert found.to_pylist()[0] | {"account_id": "", "day": "", "status": ""} == {
        "account_id": "",
        "day": "",
        "status": "",
        "meetings_held": 0.0,
        "issues_open": 0.0,
        "messages_received": 0.0,
        "survey_nps": None,
    }


def test_where_issues_come_from_a_source_its_coverage_decides(engine: Engine) -> None:
    read_to_15 = "01-01 coverage relation=issues through=03-15"
    opened = "03-10 issue.opened"
    assert trial("issues_open", read_to_15, opened, engine=engine) is None
    assert trial("issues_open", read_to_15, opened, on=date(2026, 3, 15), engine=engine) == 1.0
    assert trial("issues_opened", read_to_15, opened, on=date(2026, 3, 15), engine=engine) == 1.0
    assert trial("issues_opened@16", read_to_15, opened, engine=engine) == 1.0
    # Meetings are not that source's business, and neither are the issues of an account of which it does not speak.
    assert trial("meetings_held", read_to_15, engine=engine) == 0.0
    assert trial("issues_open", read_to_15 + " of=other", opened, engine=engine) == 1.0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), 0.0),
        ((LIVE,), None),
        (("03-04 coverage relation=points through=03-31",), 0.0),
        (("03-04 coverage relation=points.leads through=03-31",), 0.0),
        (("03-04 coverage relation=points.views through=03-31",), None),
        (("03-04 coverage relation=points through=03-15", "03-16 coverage relation=points.leads through=03-31"), 0.0),
        # What was stated is counted, whoever listened.
        ((LIVE, "03-10 point metric=leads value=3"), 3.0),
        ((LIVE, "03-10 point.entered metric=leads value=3"), 3.0),
    ],
)
def test_no_points_add_up_to_zero_only_where_their_source_was_live(
    engine: Engine, lines: tuple[str, ...], expected: float | None
) -> None:
    assert trial("metric_leads", *lines, engine=engine) == expected


def test_coverage_counts_from_when_it_was_known(engine: Engine) -> None:
    told_late = "03-04 coverage relation=events through=03-31 known=04-02"
    assert trial("usage_events", told_late, known=datetime(2026, 4, 1, tzinfo=UTC), engine=engine) is None
    assert trial("usage_events", told_late, known=datetime(2026, 4, 3, tzinfo=UTC), engine=engine) == 0.0
