"""What it takes to measure and score a day, against two things: the same measures one query each, and ten times as many
accounts.

The first is what a catalogue does that does not fuse the measures of a relation into one query. The second says that a
night grows with its accounts and no faster. Usage is drawn by a seeded generator; every measure that the shipped `saas`
blueprint reads is taken, and every scorecard of it is scored.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.figures import heading, line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")
ROOT = Path(__file__).parent.parent
ZONE = "America/New_York"
FIRST, DAYS = date(2026, 1, 1), 90
FEW, MANY = 200, 2000
ROUNDS = 5
LIMIT_GROWTH = 10.0
LIMIT_FUSED = 0.5


def _moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def _known(happened: datetime) -> dict[str, datetime]:
    return {"happened_at": happened, "known_at": happened, "recorded_at": happened}


def _facts(accounts: int) -> Iterator[dict[str, Any]]:
    """A ledger of accounts with a contract, and over the days with meetings, messages and issues."""
    draw, number = random.Random(7), 0

    def fact(kind: str, account: int, happened: datetime, subject: str, **data: Any) -> dict[str, Any]:
        nonlocal number
        number += 1
        return {
            "id": number, "kind": kind, "account_id": f"a{account}", "subject": kind.split(".")[0],
            "subject_id": subject, "actor_id": "p1", "data": data, **_known(happened),
        }  # fmt: skip

    for account in range(accounts):
        start = _moment(FIRST, 14)
        yield fact("account.created", account, start, f"a{account}", tier="mid", status="active")
        terms = {"amount": 12000, "currency": "USD", "seats": 20, "starts_on": FIRST.isoformat(), "status": "active"}
        yield fact("contract.started", account, start, f"c{account}", **terms)
        for back in range(DAYS):
            moment, chance = _moment(FIRST + timedelta(days=back), 15), draw.random()
            if chance < 0.05:
                yield fact("meeting.held", account, moment, f"m{number}", type="check_in", minutes=30, attended=True)
            elif chance < 0.12:
                yield fact("message.received", account, moment, f"w{number}", channel="email", direction="in")
            elif chance < 0.15:
                yield fact("issue.opened", account, moment, f"i{number}", severity="normal", status="open")


def _events(accounts: int) -> Iterator[dict[str, Any]]:
    draw = random.Random(8)
    for back in range(DAYS):
        moment = _moment(FIRST + timedelta(days=back), 16)
        for account in range(accounts):
            for user in range(draw.randrange(4)):
                name = draw.choice(("open", "export", "share"))
                yield {
                    "account_id": f"a{account}", "user_id": f"u{user}", "name": name, "source": "app",
                    "key": f"{back}-{account}-{user}", "count": 1.0, "seconds": 60.0, "errors": 0.0,
                    "properties": "{}", **_known(moment),
                }  # fmt: skip


def _lake(folder: Path, accounts: int) -> Any:
    from tenure.facts import rollups
    from tenure.facts.engine import Engine
    from tenure.facts.lake import Lake

    engine = Engine(memory="2GB", threads=2, timeout_seconds=None)
    lake = Lake.open(f"sqlite:///{folder / 'catalog.sqlite3'}", folder / "warehouse", zone=ZONE, engine=engine)
    lake.append("ledger", list(_facts(accounts)), batch="facts")
    lake.append("events", list(_events(accounts)), batch="events")
    live = {"source": "app", "relation": "events", "account_id": None, "from_day": FIRST}
    through = FIRST + timedelta(days=DAYS - 1)
    known = {"known_at": _moment(through, 23), "recorded_at": _moment(through, 23)}
    lake.append("coverage", [live | {"through_day": through} | known], batch="coverage")
    rollups.refresh(lake)
    return lake


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TENURE_HOME"] = folder
        import django

        django.setup()
        from tenure.blueprint.loader import load
        from tenure.measures.catalogue import compute
        from tenure.pipeline.measuring import measure_day, score_day
        from tenure.pipeline.needs import columns_needed
        from tenure.work.names import custom_fields

        model = load(ROOT / "blueprints" / "saas", search=[ROOT / "blueprints"])
        columns, day = columns_needed(model), FIRST + timedelta(days=DAYS - 1)
        lakes = {size: _lake(Path(folder, str(size)), size) for size in (FEW, MANY)}
        terms = {"metrics": model.metrics, "custom": custom_fields(model), "card": model.primary_scorecard}

        def fused(size: int) -> object:
            return compute(lakes[size], days=[day], columns=columns, **terms)

        def apart(size: int) -> object:
            return [compute(lakes[size], days=[day], columns=[column], **terms) for column in columns]

        def night(size: int) -> object:
            return score_day(measure_day(lakes[size], model, day))

        assert len(score_day(measure_day(lakes[FEW], model, day))) == FEW
        apart(MANY), fused(MANY), night(MANY)  # compiled once, as in a process that lives
        times: dict[str, list[float]] = {"apart": [], "fused": [], "few": [], "many": []}
        for _ in range(ROUNDS):
            times["apart"].append(_took(lambda: apart(MANY)))
            times["fused"].append(_took(lambda: fused(MANY)))
            times["few"].append(_took(lambda: night(FEW)))
            times["many"].append(_took(lambda: night(MANY)))
        least = {name: min(found) for name, found in times.items()}
        print(heading(f"Measures of {MANY:,} accounts over {DAYS} days, least of {ROUNDS}", "apart", "fused"))
        print(line(f"{len(columns)} columns", least["apart"], least["fused"], LIMIT_FUSED))
        print(heading("A day measured and scored", f"{FEW:,}", f"{MANY:,}"))
        print(line("ten times the accounts", least["few"], least["many"], LIMIT_GROWTH))


if __name__ == "__main__":
    main()
