"""Detection is counted against the truth: found in time, right firings, decoys that fooled."""

from typing import Any

import pytest

from tenure.simulation.detection import detect

pytestmark = pytest.mark.requirement("P-10")
ZONE = "America/New_York"


def story(account: str, day: str, by: str, *, kind: str = "planted", until: str = "2026-04-30") -> dict[str, Any]:
    return {
        "kind": kind,
        "account": account,
        "story": "s",
        "does": "x",
        "day": day,
        "until": until,
        "signal": "drop",
        "by": by,
    }


def fired(account: str, at: str, rule: str = "drop") -> dict[str, Any]:
    return {"kind": "signal.fired", "account_id": account, "happened_at": at, "data": {"rule": rule}}


def state(account: str, day: str, state: str) -> dict[str, Any]:
    return {"kind": "day", "account": account, "day": day, "state": state, "mood": 0.5}


def test_precision_recall_and_decoys() -> None:
    truth = [
        story("a", "2026-03-01", "2026-03-20"),
        story("b", "2026-03-01", "2026-03-20", until="2026-03-25"),
        story("d", "2026-03-01", "2026-03-20", kind="decoy"),
        state("e", "2026-03-08", "drifting"),
        state("f", "2026-03-08", "thriving"),
    ]
    ledger = [
        fired("a", "2026-03-11T09:00:00+00:00"),  # found, on day 10
        fired("b", "2026-03-22T09:00:00+00:00"),  # too late to count as found, and still right
        fired("d", "2026-03-05T09:00:00+00:00"),  # the decoy fooled it
        fired("e", "2026-03-20T09:00:00+00:00"),  # right: drifting twelve days before
        fired("f", "2026-03-20T09:00:00+00:00"),  # wrong: all is well there
        {
            "kind": "signal.resolved",
            "account_id": "a",
            "happened_at": "2026-03-12T09:00:00+00:00",
            "data": {"rule": "drop"},
        },
    ]
    found = detect(truth, ledger, ZONE)["drop"]
    assert (found.planted, found.found, found.recall) == (2, 1, 0.5)
    assert (found.fired, found.right, found.precision) == (5, 3, 0.6)
    assert (found.decoys, found.fooled, found.days) == (1, 1, 10)


def test_days_are_the_companys() -> None:
    # Two in the morning of the 21st in UTC is the evening of the 20th in New York: just in time.
    truth = [story("a", "2026-03-01", "2026-03-20")]
    assert detect(truth, [fired("a", "2026-03-21T02:00:00+00:00")], ZONE)["drop"].found == 1
    assert detect(truth, [fired("a", "2026-03-21T02:00:00+00:00")], "UTC")["drop"].found == 0


def test_nothing_planted_and_nothing_fired_is_unknown_and_not_zero() -> None:
    found = detect([story("a", "2026-03-01", "2026-03-20")], [fired("a", "2026-03-05T09:00:00+00:00", "other")], ZONE)
    assert found["drop"].precision is None
    assert found["other"].recall is None
    assert found["other"].days is None
