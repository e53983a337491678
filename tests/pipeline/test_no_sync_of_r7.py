"""R7 misses its syncs, and no other meeting passes for one.

The rule is read on 31 March, on facts of that client alone. More than 17 days without a sync are a signal.
"""

from pathlib import Path

import pytest

from tenure.blueprint.loader import load
from tenure.measures.trial import ON, trials
from tenure.work.watching import Watch

pytestmark = pytest.mark.requirement("R-04")
BLUEPRINTS = Path(__file__).resolve().parents[2] / "blueprints"
RUNS = "02-01 account.changed stage=running"


@pytest.mark.parametrize(
    ("lines", "fires", "reason"),
    [
        # 13 March to 31 March are 18 days, 14 March 17.
        ((RUNS, "03-13 meeting.held type=sync"), True, "Days since the last sync: 18; since any meeting: 18"),
        ((RUNS, "03-14 meeting.held type=sync"), False, "Days since the last sync: 17; since any meeting: 17"),
        # They came to a review four days ago and are still without a sync.
        (
            (RUNS, "03-13 meeting.held type=sync", "03-27 meeting.held type=first_success_review"),
            True,
            "Days since the last sync: 18; since any meeting: 4",
        ),
        # Never a sync: it counts from the day on which their results began, 18 days and 17 days back.
        (
            ("03-13 account.changed stage=running", "03-30 meeting.held type=content_strategy"),
            True,
            "Days since the last sync: unknown; since any meeting: 1",
        ),
        (
            ("03-14 account.changed stage=running", "03-30 meeting.held type=content_strategy"),
            None,
            "Days since the last sync: unknown; since any meeting: 1",
        ),
        # Nothing is known of their meetings, so nothing of their syncs.
        ((RUNS,), None, "Days since the last sync: unknown; since any meeting: unknown"),
        # Before their results run, no sync is due.
        (
            ("02-01 account.changed stage=brand", "03-01 meeting.held type=sync"),
            False,
            "Days since the last sync: 30; since any meeting: 30",
        ),
    ],
)
def test_only_a_sync_counts(lines: tuple[str, ...], fires: bool | None, reason: str) -> None:
    watch = Watch.of(load(BLUEPRINTS / "r7-creative", search=[BLUEPRINTS]))
    needed = [column.key for column in watch.names.columns(watch.model.signals["no_sync"].when)]
    row = trials(needed, lines).to_pylist()[0]
    assert row["day"] == ON
    assert (watch.read("no_sync", row), watch.reason("no_sync", row)) == (fires, reason)
