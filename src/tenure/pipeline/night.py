"""The night: a company day is measured, scored, published and watched. Killed anywhere, it goes on where it stood.

A *look* does the same for the day that runs, so that people do not wait for the morning; it publishes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tenure.base import clock, fault
from tenure.facts import rollups
from tenure.facts.days import company_day, day_ends
from tenure.facts.lake import Lake
from tenure.identity import blueprints
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch
from tenure.measures.editions import Edition, publish
from tenure.measures.scorecards import Score
from tenure.pipeline.cursors import FillState, Run
from tenure.pipeline.export import export_ledger, exported_through
from tenure.pipeline.goal_figures import keep_readings
from tenure.pipeline.kpis import keep_kpis
from tenure.pipeline.lease import Held
from tenure.pipeline.measuring import Day, measure_day, primary_of, score_day
from tenure.pipeline.needs import terms_of_plays
from tenure.pipeline.readers import Guard
from tenure.pipeline.retention import end_what_is_due
from tenure.pipeline.schedule import NIGHT_AT
from tenure.records.account import Account
from tenure.sources.tools.queueing import tell_nightly
from tenure.work import keeping, running
from tenure.work.refresh import refresh_standing
from tenure.work.scoring import Scored, keep_scores
from tenure.work.standing import Standing
from tenure.work.watching import watch_accounts

logger = logging.getLogger(__name__)
AT_ONCE = 200  # accounts in a transaction
LAST_MOMENT = timedelta(microseconds=1)
LEAST_BETWEEN_LOOKS = timedelta(minutes=10)
OWN = (
    "score",
    "signal",
    "commitment",
    "play",
    "escalation",
    "task",
    "tool_call",
)  # nouns whose facts follow from others


def run_night(lake: Lake, day: date, lease: Held | None = None) -> Run:
    """Close a company day. What is done already of it is not done again."""
    version, _ = blueprints.version_in_force()
    now = clock.now()
    run, _ = Run.objects.get_or_create(
        id=f"night:{day.isoformat()}",
        defaults={
            "day": day,
            "is_night": True,
            "known_through": now,
            "blueprint_version": version,
            "started_at": now,
        },
    )
    moment = min(day_ends(day, lake.zone) - LAST_MOMENT, now)
    return run if run.status == Run.Status.DONE else _go(lake, run, moment, lease, publishes=True)


def look(lake: Lake, lease: Held | None = None, *, publishes: bool = False) -> Run:
    """Measure, score and watch the day that runs, by what is known now."""
    version, _ = blueprints.version_in_force()
    now = clock.now()
    run = Run.objects.create(
        id=f"look:{now.isoformat()}",
        day=company_day(now, lake.zone),
        is_night=False,
        known_through=now,
        blueprint_version=version,
        started_at=now,
    )
    return _go(lake, run, now, lease, publishes=publishes)


def _go(lake: Lake, run: Run, moment: datetime, lease: Held | None, *, publishes: bool) -> Run:
    guard: Guard = lease.check if lease else _nobody_else
    began = time.perf_counter()
    done = set(FillState.objects.filter(run=run.id).values_list("step", flat=True))
    is_resumed = bool(done)
    model = blueprints.at(run.blueprint_version)

    def once(step: str, work: Callable[[], object]) -> None:
        if step not in done:
            work()
            FillState.objects.create(run=run.id, step=step, finished_at=clock.now())
            fault.point(f"night.{step}")

    once("exported", lambda: export_ledger(lake, guard))
    once("rolled_up", lambda: rollups.refresh(lake))
    # What was written down since a killed run began is not of its edition.
    recorded = run.known_through if is_resumed else None
    measured = measure_day(
        lake,
        model,
        run.day,
        known_through=run.known_through,
        recorded_through=recorded,
        plays=terms_of_plays(),
    )
    scores = score_day(measured)
    edition = Edition(run.day, run.known_through, run.blueprint_version)
    if publishes:
        once("published", lambda: _publish(lake, edition, measured, scores))
    once("goals", lambda: keep_readings(lake, model, run.day, guard))
    for name, accounts in _chunks(measured.values):
        if name not in done:
            _settle(run, name, accounts, measured, scores, moment, guard)
            fault.point("night.chunk")
    once("swept", lambda: _sweep(guard))
    if publishes:
        once("judged", lambda: keep_kpis(lake, run, _readings(sorted(measured.values), measured, scores)))
        once("told", lambda: _tell(sorted(measured.values), guard))
    if run.is_night:
        once("retained", lambda: end_what_is_due(run.day, guard))
    _finish(run, edition if publishes else None, len(measured.values), time.perf_counter() - began)
    return run


def _nobody_else() -> None:
    """Where no lease is held nobody else can write: in tests, and in a simulation that owns its home."""


def _publish(lake: Lake, edition: Edition, measured: Day, scores: Mapping[str, Sequence[Score]]) -> None:
    cards = measured.model.scorecards
    publish(
        lake,
        edition,
        {account: measured.metrics(account) for account in measured.values},
        {account: [(made, made.explanation(cards[made.card])) for made in each] for account, each in scores.items()},
    )


def _chunks(accounts: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    """Accounts some hundred at a time, each lot under a name that is the same when the night goes on."""
    ids = sorted(accounts)
    for start in range(0, len(ids), AT_ONCE):
        yield f"accounts:{ids[start]}", ids[start : start + AT_ONCE]


def _settle(
    run: Run,
    name: str,
    accounts: Sequence[str],
    measured: Day,
    scores: Mapping[str, Sequence[Score]],
    moment: datetime,
    guard: Guard,
) -> None:
    """Everything that follows for some accounts, in one transaction with the mark that it is done."""
    actor = Actor.machine("pipeline")
    with batch(actor):
        guard()
        known = set(Standing.objects.filter(account_id__in=accounts).values_list("account_id", flat=True))
        missing = set(accounts) - known
        if missing:
            refresh_standing(missing, actor)
        living = [account for account in accounts if measured.values[account].get("status") != "closed"]
        _keep(run, living, measured, scores, moment)
        readings = _readings(accounts, measured, scores)
        watch_accounts(readings, moment, run.day, actor)
        keeping.ask_again(accounts, actor)
        running.stop_where_over(readings, actor)
        running.judge_due(readings, moment, actor)
        refresh_standing(accounts, actor)
        FillState.objects.create(run=run.id, step=name, finished_at=clock.now())
        fault.point("night.settling")


def _keep(
    run: Run, accounts: Sequence[str], measured: Day, scores: Mapping[str, Sequence[Score]], moment: datetime
) -> None:
    model = measured.model
    card = model.scorecards[model.primary_scorecard] if model.primary_scorecard else None
    scored = {account: Scored(primary_of(model, scores[account]), measured.metrics(account)) for account in accounts}
    keep_scores(card, run.day, moment, run.known_through, scored)


def _readings(
    accounts: Sequence[str], measured: Day, scores: Mapping[str, Sequence[Score]]
) -> dict[str, dict[str, object]]:
    """The day's values with the score that was just made, which the lake does not know yet."""
    since = dict(Standing.objects.filter(account_id__in=accounts).values_list("account_id", "band_since"))
    found: dict[str, dict[str, object]] = {}
    for account in accounts:
        made = primary_of(measured.model, scores[account])
        begun = since.get(account)
        found[account] = {
            **measured.values[account],
            "score": made.value if made else None,
            "score_days_in_band": (measured.day - begun).days if begun else None,
        }
    return found


def _sweep(guard: Guard) -> None:
    """Accounts that did not exist on the day are described all the same, so that lists show them."""
    actor = Actor.machine("pipeline")
    missing = list(Account.objects.filter(standing=None).values_list("pk", flat=True))
    for start in range(0, len(missing), AT_ONCE):
        with batch(actor):
            guard()
            refresh_standing(missing[start : start + AT_ONCE], actor)


def _tell(accounts: Sequence[str], guard: Guard) -> None:
    """Tools are told how accounts stand after the night."""
    actor = Actor.machine("pipeline")
    for start in range(0, len(accounts), AT_ONCE):
        with batch(actor):
            guard()
            tell_nightly(accounts[start : start + AT_ONCE], actor)


def _finish(run: Run, edition: Edition | None, accounts: int, seconds: float) -> None:
    run.status, run.finished_at, run.seconds = Run.Status.DONE, clock.now(), seconds
    run.edition, run.accounts, run.ledger_through = edition.name if edition else "", accounts, exported_through()
    run.save()
    FillState.objects.filter(run=run.id).delete()
    logger.info("%s: %d accounts in %.2f s", run.id, accounts, seconds)


def has_news(lake: Lake) -> bool:
    """Whether anything came in since the last run that is more than what the pipeline itself concluded."""
    last = Run.objects.filter(status=Run.Status.DONE).order_by("-started_at").first()
    if last is None:
        return LedgerEntry.objects.filter(kind="account.created").exists()
    entries = LedgerEntry.objects.filter(id__gt=last.ledger_through).exclude(subject__in=OWN)
    return entries.exists() or rollups.filled(lake) != getattr(
        lake.current("events").metadata, "last_sequence_number", 0
    )


def look_again_after() -> timedelta:
    """How long one waits between looks: ten minutes, and longer where a look takes long."""
    last = Run.objects.filter(status=Run.Status.DONE, is_night=False).order_by("-started_at").first()
    seconds = last.seconds if last and last.seconds else 0.0
    return max(LEAST_BETWEEN_LOOKS, timedelta(seconds=20 * seconds))


def may_look(now: datetime, zone: str) -> bool:
    """Whether the day that runs can be looked at: not in the hours in which yesterday still waits for its night."""
    return now.astimezone(ZoneInfo(zone)).time() >= NIGHT_AT
