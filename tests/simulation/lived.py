"""Run by the proof in a process of its own: fill a home, and write down how it stood on some mornings.

``python -m tests.simulation.lived BLUEPRINT ACCOUNTS DAYS SEED UNTIL OUT DAY...``
"""

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any


def main() -> None:
    blueprint, accounts, days, seed, until, out, *mornings = sys.argv[1:]
    os.environ.update(DJANGO_SETTINGS_MODULE="tenure.settings", TENURE_HOME=out, TENURE_LOG="WARNING")
    import django

    django.setup()
    from tenure.simulation.filling import Wanted, fill

    wanted = Wanted(blueprint, int(accounts), int(days), int(seed), date.fromisoformat(until))
    with (Path(out) / "mornings.jsonl").open("w") as file:

        def look(day: date, _number: int, _of: int) -> None:
            if day.isoformat() in mornings:
                file.write(json.dumps(morning(day), sort_keys=True) + "\n")

        filled = fill(wanted, Path(out), look)
    (Path(out) / "told.json").write_text(json.dumps({"facts": filled.facts, "refusals": filled.refusals}))


def morning(day: date) -> dict[str, Any]:
    """How every account stood when the night of a day was over, as the rows say it."""
    from tenure.identity.ledger import LedgerEntry
    from tenure.pipeline.cursors import Run
    from tenure.work.commitments import Opening
    from tenure.work.signals import OpenSignal
    from tenure.work.standing import Standing

    rows = Standing.objects.order_by("account_id")
    accounts = {
        row.account_id: {
            "stage": row.stage,
            "owner": row.owner_id,
            "band": row.band,
            "score": None if row.score is None else float(row.score),
            "status": row.status,
        }
        for row in rows
    }
    open_ = Opening.objects.filter(status__in=Opening.OPEN).values_list("account_id", "opening")
    firing = OpenSignal.objects.filter(state="firing").values_list("account_id", "rule")
    return {
        "day": day.isoformat(),
        "ledger_through": LedgerEntry.objects.order_by("-id").values_list("id", flat=True).first(),
        "known_through": Run.objects.get(id=f"night:{day.isoformat()}").known_through.isoformat(),
        "accounts": accounts,
        "commitments": sorted(map(list, open_)),
        "signals": sorted(map(list, firing)),
    }


if __name__ == "__main__":
    main()
