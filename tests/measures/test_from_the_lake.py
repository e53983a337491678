"""Measures of a real lake: late facts change later answers and never earlier ones, and rollups say what events say."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.base import clock
from tenure.blueprint.model import Metric
from tenure.facts import rollups
from tenure.facts.engine import Engine
from tenure.facts.lake import Lake
from tenure.measures.catalogue import columns_of, compute

pytestmark = [pytest.mark.slow, pytest.mark.requirement("P-03")]
METRICS = {"leads": Metric(label="Leads")}
COLUMNS = columns_of(
    [
        "active_users/7",
        "usage_events",
        "usage_change/7",
        "days_since_usage",
        "metric_leads/7",
        "messages_received/7",
        "issues_open",
        "issues_open@3",
        "amount",
    ]
)
FIRST = date(2026, 1, 1)
ZONE = "America/New_York"


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Makes empty lakes that share one engine, so that queries are compiled once."""
    opened: list[Lake] = []
    with Engine(timeout_seconds=None) as engine:

        def make() -> Lake:
            home: Path = tmp_path_factory.mktemp("lake")
            lake = Lake.open(f"sqlite:///{home / 'catalog.sqlite3'}", home / "warehouse", zone=ZONE, engine=engine)
            opened.append(lake)
            return lake

        yield make
        for lake in opened:
            lake._catalog.close()


@st.composite
def happenings(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Things that happened in January to two accounts, each known at once or up to twelve days late."""
    found = []
    for number in range(draw(st.integers(3, 14))):
        happened = _moment(draw(st.integers(0, 20)), draw(st.integers(0, 23)))
        late = timedelta(days=draw(st.sampled_from([0, 0, 0, 1, 5, 12])), hours=draw(st.integers(0, 8)))
        what = draw(st.sampled_from(["event", "event", "point", "message", "issue", "resolved", "contract", "undo"]))
        found.append(
            {
                "number": number,
                "what": what,
                "account": draw(st.sampled_from(["ann", "bob"])),
                "of": draw(st.integers(0, 3)),
                "happened_at": happened,
                "known_at": happened + late,
            }
        )
    return found


def _moment(day: int, hour: int) -> datetime:
    return datetime(2026, 1, 2, hour, tzinfo=UTC) + timedelta(days=day)


def _deliver(lake: Lake, happened: list[dict[str, Any]], name: str) -> None:
    """Store things as a batch each, in the order in which they were known."""
    for each in sorted(happened, key=lambda each: (each["known_at"], each["number"])):
        table, rows = _rows(each)
        lake.append(table, rows, batch=f"{name}-{each['number']}")


def _rows(each: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    times = {"happened_at": each["happened_at"], "known_at": each["known_at"], "recorded_at": each["known_at"]}
    account, number, of = each["account"], each["number"], each["of"]
    match each["what"]:
        case "event":
            key = f"e{number}"
            return "events", [
                {**times, "account_id": account, "user_id": f"u{of}", "name": "used", "source": "app", "key": key}
            ]
        case "point":
            return "points", [
                {**times, "account_id": account, "metric": "leads", "value": of, "source": "app", "key": f"p{number}"}
            ]
    kinds = {"message": "message.received", "issue": "issue.opened", "resolved": "issue.resolved"}
    kind = kinds.get(each["what"], "contract.changed")
    subject = {"message": f"m{number}", "issue": f"{account}-i{of}", "resolved": f"{account}-i{of}"}.get(each["what"])
    fact = {
        **times,
        "id": 100 + number,
        "kind": "message.withdrawn" if each["what"] == "undo" else kind,
        "account_id": account,
        "subject": kind.partition(".")[0],
        "subject_id": subject or f"{account}-k",
        "data": {"amount": 100 * of} if kind == "contract.changed" else {},
        # Whatever entry has that number; where there is none, nothing is taken back.
        "retracts": 100 + of if each["what"] == "undo" else None,
    }
    return "ledger", [fact]


def _found(lake: Lake) -> None:
    """Two accounts, and sources that are live."""
    start = datetime(2025, 12, 1, 12, tzinfo=UTC)
    times = {"happened_at": start, "known_at": start, "recorded_at": start}
    lake.append(
        "ledger",
        [
            {**times, "id": at, "kind": "account.created", "account_id": name, "subject": "account", "subject_id": name}
            for at, name in enumerate(("ann", "bob"), start=1)
        ],
        batch="accounts",
    )
    spans = [
        {
            "source": "app",
            "relation": name,
            "from_day": date(2025, 11, 1),
            "through_day": date(2026, 3, 1),
            "known_at": start,
            "recorded_at": start,
        }
        for name in ("events", "points")
    ]
    lake.append("coverage", spans, batch="coverage")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happened=happenings(), cut_day=st.integers(5, 24), cut_hour=st.sampled_from([5, 17]), roll=st.booleans())
def test_what_was_known_then_gives_what_it_gave_then(
    lakes: Any, happened: list[dict[str, Any]], cut_day: int, cut_hour: int, roll: bool
) -> None:
    # 05:00 UTC is midnight in New York, where days end; 17:00 is noon.
    cut = _moment(cut_day, cut_hour)
    days = [FIRST + timedelta(days=step) for step in (4, 8, 15, 24)]
    lake = lakes()
    _found(lake)
    _deliver(lake, [each for each in happened if each["known_at"] <= cut], "early")
    if roll:
        rollups.refresh(lake)
    then = compute(lake, days=days, columns=COLUMNS, metrics=METRICS, known_through=cut)
    unasked = compute(lake, days=days, columns=COLUMNS, metrics=METRICS)

    _deliver(lake, [each for each in happened if each["known_at"] > cut], "late")
    rollups.refresh(lake)
    again = compute(lake, days=days, columns=COLUMNS, metrics=METRICS, known_through=cut)

    assert again.to_pylist() == then.to_pylist()
    assert then.to_pylist() == unasked.to_pylist()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happened=happenings(), shuffled=st.randoms(use_true_random=False))
def test_delivered_again_shuffled_and_a_week_late_nothing_changes(
    lakes: Any, happened: list[dict[str, Any]], shuffled: Any
) -> None:
    days = [FIRST + timedelta(days=step) for step in (4, 15, 24)]
    lake = lakes()
    _found(lake)
    _deliver(lake, happened, "first")
    rollups.refresh(lake)
    once = compute(lake, days=days, columns=COLUMNS, metrics=METRICS)

    again = list(happened)
    shuffled.shuffle(again)
    for each in again:
        table, rows = _rows(each)
        late = {"known_at": each["known_at"] + timedelta(days=7), "recorded_at": each["known_at"] + timedelta(days=7)}
        lake.append(table, [row | late for row in rows], batch=f"again-{each['number']}")
        rollups.refresh(lake)

    assert compute(lake, days=days, columns=COLUMNS, metrics=METRICS).to_pylist() == once.to_pylist()


def test_what_is_claimed_later_to_have_been_known_is_told_apart_by_when_it_was_written_down(lakes: Any) -> None:
    lake = lakes()
    _found(lake)
    published = datetime(2026, 1, 20, tzinfo=UTC)
    happened = _moment(8, 12)
    event = {
        "account_id": "ann",
        "user_id": "u",
        "name": "used",
        "happened_at": happened,
        "known_at": happened,
        "source": "import",
        "key": "k",
    }
    lake.append("events", [event | {"recorded_at": published + timedelta(days=30)}], batch="import")
    rollups.refresh(lake)
    day, column = date(2026, 1, 19), columns_of(["usage_events"])

    def ann(**seen: datetime) -> float:
        rows = compute(lake, days=[day], columns=column, accounts=["ann"], **seen)
        return float(rows["usage_events"][0].as_py())

    # A backtest looks from what was known; making the edition again looks from what was written.
    assert ann(known_through=published) == 1.0
    assert ann(known_through=published, recorded_through=published) == 0.0


def test_an_import_undone_with_hindsight_was_never_known(lakes: Any) -> None:
    lake = lakes()
    _found(lake)
    happened, imported = _moment(8, 12), datetime(2026, 2, 1, tzinfo=UTC)
    row = {
        "account_id": "ann",
        "metric": "leads",
        "value": 5.0,
        "happened_at": happened,
        "known_at": happened,
        "recorded_at": imported,
        "source": "import",
        "key": "k",
    }
    lake.append("points", [row, row | {"key": "l", "value": 2.0}], batch="import")
    day, column = date(2026, 1, 19), columns_of(["metric_leads"])

    def ann(known_through: datetime) -> float:
        rows = compute(lake, days=[day], columns=column, metrics=METRICS, accounts=["ann"], known_through=known_through)
        return float(rows["metric_leads"][0].as_py())

    assert ann(happened) == 7.0
    with clock.use(clock.SetClock(imported + timedelta(days=1))):
        lake.retract("points", ["k"], batch="undo k", hindsight=True)
        lake.retract("points", ["l"], batch="undo l")
    assert ann(happened) == 2.0
    assert ann(imported + timedelta(days=2)) == 0.0


def test_a_moment_inside_a_day_is_counted_from_raw_events(lakes: Any) -> None:
    lake = lakes()
    _found(lake)
    for number, hour in enumerate((14, 16, 20)):
        moment = _moment(8, hour)
        event = {"account_id": "ann", "user_id": "u", "name": "used", "source": "app", "key": f"k{number}"}
        times = {"happened_at": moment, "known_at": moment, "recorded_at": moment}
        lake.append("events", [event | times], batch=f"b{number}")
    rollups.refresh(lake)
    moments = {_moment(8, 15): 1.0, _moment(8, 16): 2.0, _moment(9, 5): 3.0, _moment(8, 5): 0.0, _moment(40, 0): 3.0}
    found = {
        moment: compute(
            lake, days=[date(2026, 1, 12)], columns=columns_of(["usage_events"]), known_through=moment, accounts=["ann"]
        )["usage_events"].to_pylist()
        for moment in moments
    }
    assert found == {moment: [value] for moment, value in moments.items()}
    # Midnight in New York ends a company day, and what lies after all that is known needs no cut.
    answers = {moment: rollups.known_day_of(lake, moment) for moment in moments}
    assert [day is not None for day in answers.values()] == [False, False, True, True, True]


def test_no_days_are_an_empty_table_of_the_same_columns(lakes: Any) -> None:
    lake = lakes()
    found = compute(lake, days=[], columns=columns_of(["usage_events", "tier"]))
    assert (found.num_rows, found.column_names) == (0, ["account_id", "day", "status", "usage_events", "tier"])
    empty = compute(lake, days=[FIRST], columns=columns_of(["usage_events", "tier", "metric_leads"]), metrics=METRICS)
    assert empty.num_rows == 0
