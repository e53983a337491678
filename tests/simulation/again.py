"""Run by the proof in a process of its own, in a home that has lived: score past days again, deliver all twice.

``python -m tests.simulation.again OUT DAY...`` prints what it found as JSON.
"""

import json
import os
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

LATE = timedelta(days=7)
AT_ONCE = 5_000


def main() -> None:
    out, *days = sys.argv[1:]
    os.environ.update(DJANGO_SETTINGS_MODULE="tenure.settings", TENURE_HOME=out, TENURE_LOG="WARNING")
    import django

    django.setup()
    from tenure.base import clock
    from tenure.pipeline.cursors import Run
    from tenure.pipeline.lake import lake

    mornings = [date.fromisoformat(day) for day in days]
    ended = Run.objects.order_by("-day")[0].known_through
    with clock.use(clock.SetClock(ended + LATE)), lake() as opened:
        found: dict[str, Any] = {"scores": {day.isoformat(): scores(opened, day) for day in mornings}}
        found["before"] = state(opened, mornings)
        found["delivered"] = deliver_again(opened)
        found["after"] = state(opened, mornings)
    print(json.dumps(found))


def scores(opened: Any, day: date) -> dict[str, list[Any]]:
    """The primary score and band of every account, made again as of a day."""
    from tenure.pipeline.past import recompute

    past = recompute(opened, day)
    made = {account: past.primary(account) for account in past.scores}
    return {a: [None if each.value is None else float(each.value), each.band] for a, each in made.items() if each}


def state(opened: Any, days: list[date]) -> dict[str, Any]:
    """Everything that a delivery could have changed: verdicts, signals, the ledger, and what the lake knows by now."""
    from tenure.base import clock
    from tenure.identity.ledger import LedgerEntry
    from tenure.pipeline.past import recompute
    from tenure.work.commitments import Opening, Verdict
    from tenure.work.signals import OpenSignal

    last = recompute(opened, max(days), known_through=clock.now())
    openings = Opening.objects.order_by("account_id", "opening").values_list(
        "opening", "status", "due_at", "judged_at", "cause"
    )
    return {
        "ledger": LedgerEntry.objects.count(),
        "verdicts": Verdict.objects.count(),
        "openings": [[str(value) for value in row] for row in openings],
        "signals": [list(row) for row in OpenSignal.objects.order_by("id").values_list("rule", "state")],
        "measures": {account: last.measured.metrics(account) for account in sorted(last.measured.values)},
        "scores": {account: [str(each.value) for each in made] for account, made in sorted(last.scores.items())},
    }


def deliver_again(opened: Any) -> dict[str, int]:
    """Deliver every event, every point and every fact a second time: shuffled, and a week late."""
    from tenure.base import clock
    from tenure.facts import rollups
    from tenure.identity.actor import Actor
    from tenure.identity.ledger import LedgerEntry
    from tenure.identity.operations import batch
    from tenure.work import keeping

    chance, now, delivered = random.Random(4), clock.now(), {}
    for table in ("events", "points"):
        rows = opened.execute(opened.read(table)).to_pylist()
        chance.shuffle(rows)
        delivered[table] = len(rows)
        for number, part in enumerate(_parts(rows)):
            late = [row | {"recorded_at": now, "known_at": now, "known_day": None} for row in part]
            opened.append(table, late, batch=f"again/{table}/{number}")
    rollups.refresh(opened)
    entries = list(LedgerEntry.objects.all())
    chance.shuffle(entries)
    delivered["facts"] = len(entries)
    actor = Actor.machine("again")
    for number in range(0, len(entries), 200):
        with batch(actor):
            keeping.keep(entries[number : number + 200], actor)
    return delivered


def _parts(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


if __name__ == "__main__":
    main()
