"""Journeys on their way: facts deploy them, lead from stage to stage and tick items, without anybody's hand.

An item opens when we know that its turn has come, and ends when what was waited for happened. A stage is never left
backwards by a fact; people may move an account back, and its journey goes along.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from tenure.base import duration
from tenure.blueprint.expressions import parse
from tenure.blueprint.model import Journey, Trigger
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.ledger import LedgerEntry
from tenure.records.account import Account
from tenure.watch.compiled import Compiled, compile_expression
from tenure.watch.terms import FactView
from tenure.work.journeys import (
    ChecklistItem,
    JourneyRun,
    advance,
    end_item,
    enter,
    journey_of,
    open_again,
    record_run,
    running,
    stop,
)
from tenure.work.names import evaluate, names_of
from tenure.work.promises import fields_of
from tenure.work.running import values_of
from tenure.work.tasks import Task

TASKS = ("task.done", "task.cancelled", "task.reopened", "task.changed")
MOVED, CLOSED = "account.changed", "account.closed"
TAKEN_BACK = ""  # the kind under which every fact is heard that takes another one back
NOBODYS = "task"  # the kind of what happens to tasks that stand for no item, which no run listens for


def follow(entries: Sequence[LedgerEntry], actor: Actor) -> None:
    """Do what follows from facts for the journeys of their accounts. Called in a batch."""
    told: dict[str, set[str]] = {}
    for entry in entries:
        told.setdefault(entry.account_id or "", set()).add(_heard_as(entry))
    runs: dict[str, list[JourneyRun]] = {}
    for run in running(told, lambda run: not told[run.account_id].isdisjoint(_listens(run.terms))):
        runs.setdefault(run.account_id, []).append(run)
    for entry in entries:
        account = entry.account_id or ""
        if _deploy(entry, actor):
            runs[account] = running([account])
        for run in runs.get(account, ()):
            if run.is_running and _heard_as(entry) in _listens(run.terms) and _take(run, entry, actor):
                advance(run, entry.recorded_at, actor)


def _heard_as(entry: LedgerEntry) -> str:
    """The kind under which a run listens for a fact."""
    if entry.retracts is not None:
        return TAKEN_BACK
    return NOBODYS if entry.kind in TASKS and not entry.data.get("item") else entry.kind


@lru_cache(maxsize=128)
def _listens(terms: str) -> frozenset[str]:
    """The kinds of facts that can concern a run of these terms: of many a batch none does."""
    stages = journey_of(terms).stages.values()
    triggers = [stage.enters for stage in stages]
    triggers += [item.done_by for stage in stages for item in stage.items.values()]
    return frozenset({*TASKS, MOVED, CLOSED, TAKEN_BACK, *(each.on for each in triggers if each)})


def _deploy(entry: LedgerEntry, actor: Actor) -> bool:
    """Begin the journeys that a fact starts, where the account has not been on them, or left and came back."""
    begun = False
    for key, journey in actor.model.journeys.items():
        if journey.starts is None or not fits(journey.starts, entry) or not _is_fresh(journey, entry, actor):
            continue
        last = JourneyRun.objects.filter(account_id=entry.account_id, journey=key).order_by("started_at", "id").last()
        if (last is not None and last.status != JourneyRun.Status.STOPPED) or not _applies(journey, entry, actor):
            continue
        account = Account.objects.get(pk=entry.account_id)
        if not account.is_closed:
            begin(account, key, entry.happened_at, entry.recorded_at, actor, through=entry.id)
            begun = True
    return begun


def _is_fresh(journey: Journey, entry: LedgerEntry, actor: Actor) -> bool:
    latest = calendar_of_company(actor.model).add(entry.happened_at, duration.parse(journey.starts_within))
    return entry.recorded_at <= latest


def _applies(journey: Journey, entry: LedgerEntry, actor: Actor) -> bool:
    if journey.applies is None:
        return True
    account = Account.objects.get(pk=entry.account_id)
    fields = fields_of(account)
    values = {**values_of([account.pk]).get(account.pk, {}), **fields.pop("custom", {}), **fields}
    return evaluate(names_of(actor.model).parse(journey.applies), values) is True


def _take(run: JourneyRun, entry: LedgerEntry, actor: Actor) -> bool:
    """Let a fact into a run; whether it may have changed something."""
    if entry.kind == CLOSED:
        stop(run, "The account was closed", actor)
        return False
    if entry.kind in TASKS:
        return _take_task(run, entry, actor)
    if entry.retracts is not None:
        return _take_back(run, entry, actor)
    moved = entry.kind == MOVED and _move(run, entry, actor)
    return _match(run, entry, actor) or moved


def _take_task(run: JourneyRun, entry: LedgerEntry, actor: Actor) -> bool:
    """An item ends, reopens and changes hands with its task, as the task stands now."""
    found = entry.data.get("item")
    item = next((each for each in run.items.all() if each.pk == found), None) if found else None
    task = Task.objects.filter(pk=entry.subject_id).first() if item else None
    if item is None or task is None:
        return False
    match (entry.kind, task.status):
        case ("task.done", Task.Status.DONE) if item.is_open:
            end_item(item, ChecklistItem.Status.DONE, entry.happened_at, actor)
        case ("task.cancelled", Task.Status.CANCELLED) if item.is_open and item.waits_since is None:
            end_item(item, ChecklistItem.Status.SKIPPED, entry.happened_at, actor, reason="Its task was cancelled")
        case ("task.reopened", Task.Status.OPEN) if item.has_ended:
            open_again(item, actor)
        case ("task.changed", Task.Status.OPEN) if item.owner_id != task.owner_id:
            item.owner_id = task.owner_id
            item.save(update_fields=["owner"])
        case _:
            return False
    return True


def _take_back(run: JourneyRun, entry: LedgerEntry, actor: Actor) -> bool:
    """What a fact showed as done is open again where the fact is taken back."""
    items = [item for item in run.items.all() if item.done_by_fact == entry.retracts]
    for item in items:
        open_again(item, actor)
    return bool(items)


def _move(run: JourneyRun, entry: LedgerEntry, actor: Actor) -> bool:
    """Go along where somebody moved the account to another stage since the run came into its own."""
    stage = entry.data.get("stage") or ""
    is_new = "stage" in (entry.data.get("changed") or ()) and stage != run.stage and entry.happened_at > run.stage_since
    if not is_new or stage not in run.definition.stages:
        return False
    enter(run, stage, entry.happened_at, actor, moves_account=False)
    return True


def _match(run: JourneyRun, entry: LedgerEntry, actor: Actor) -> bool:
    """End the items that a fact shows as done, and come into the stage that it opens, if that lies ahead."""
    if entry.retracts is not None:
        return False
    stages = run.definition.stages
    done = [item for item in run.items.all() if not item.has_ended and _shows(item.terms.done_by, entry)]
    for item in done:
        end_item(item, ChecklistItem.Status.DONE, entry.happened_at, actor, fact=entry.id)
    keys = list(stages)
    ahead = keys[keys.index(run.stage) + 1 :]
    entered = [key for key in ahead if _shows(stages[key].enters, entry)]
    if entered:
        enter(run, entered[-1], max(entry.happened_at, run.stage_since), actor)
    return bool(done or entered)


def begin(
    account: Account, key: str, at: datetime, known: datetime, actor: Actor, *, through: int | None = None
) -> JourneyRun:
    """Begin a journey that happened to start at a moment and was `known` at another, from when its items are open.

    It starts in the stage that the account is in, where that is one of its own; a second time round that says nothing.
    What facts show since the last `starts`, up to the entry `through`, is taken in at once.
    """
    terms = actor.model.journeys[key]
    stages = list(terms.stages)
    again = JourneyRun.objects.filter(account_id=account.pk, journey=key).exists()
    stays = account.stage in stages and not again
    stage = account.stage if stays else stages[0]
    run = JourneyRun(
        account_id=account.pk,
        journey=key,
        terms=terms.model_dump_json(by_alias=True),
        stage=stage,
        stage_since=(account.stage_since if stays else None) or at,
        reached=stages.index(stage),
        started_by=actor.person,
        started_at=at,
    )
    run.save(force_insert=True)
    lines = ((name, item) for name, part in terms.stages.items() for item in part.items)
    ChecklistItem.objects.bulk_create(
        ChecklistItem(run=run, key=item, stage=name, position=position) for position, (name, item) in enumerate(lines)
    )
    run = JourneyRun.objects.prefetch_related("items").get(pk=run.pk)
    record_run("journey.deployed", run, at)
    enter(run, stage, run.stage_since, actor)
    for entry in _so_far(run, through):
        _match(run, entry, actor)
    advance(run, known, actor)
    return run


def _so_far(run: JourneyRun, through: int | None) -> list[LedgerEntry]:
    """What happened on the account since the journey's last `starts` fact, of the kinds that it waits for."""
    starts, stages = run.definition.starts, run.definition.stages.values()
    facts = LedgerEntry.objects.filter(account_id=run.account_id, **({} if through is None else {"id__lte": through}))
    if starts is None:
        return []
    gone = facts.exclude(retracts=None).values("retracts")
    standing = facts.filter(retracts=None).exclude(pk__in=gone).order_by("happened_at", "id")
    began = [entry.happened_at for entry in standing.filter(kind=starts.on) if fits(starts, entry)]
    waited = [each.enters for each in stages] + [item.done_by for each in stages for item in each.items.values()]
    kinds = {trigger.on for trigger in waited if trigger is not None}
    return list(standing.filter(kind__in=kinds, happened_at__gte=began[-1])) if began else []


def _shows(trigger: Trigger | None, entry: LedgerEntry) -> bool:
    return trigger is not None and fits(trigger, entry)


def fits(trigger: Trigger, entry: LedgerEntry) -> bool:
    """Whether a fact is one that a trigger waits for; what is unknown is not."""
    if entry.kind != trigger.on or entry.retracts is not None:
        return False
    if trigger.where is None:
        return True
    fields: dict[str, Any] | None = None
    if "account." in trigger.where:
        account = Account.objects.filter(pk=entry.account_id).first()
        fields = fields_of(account) if account else None
    return _test(trigger.where)(FactView(entry.fact, fields)) is True


@lru_cache(maxsize=512)
def _test(where: str) -> Compiled:
    return compile_expression(parse(where))
