"""Running plays: steps open when those before them have ended, and their effects are performed.

A step that asks somebody for something becomes their task. It ends when they say so, or when the ledger shows that it
was done: a meeting held, a message sent, a note written. An escalation waits until its time, unless somebody escalates
before. A step whose condition is not true when its turn comes is skipped; unknown is not true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tenure.base import clock, duration
from tenure.base.errors import Refused
from tenure.blueprint.model import Step
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import attempt, record
from tenure.work.names import Names, evaluate, names_of
from tenure.work.owners import Staffing
from tenure.work.plays import Play, PlayStep, end, end_step, escalate, judge, record_play, start_play, stop
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.tasks import Task

STARTS = ("signal.fired", "signal.uninhibited")
MOVES = ("play.started", "play.step_done")
TASKS = ("task.done", "task.cancelled", "task.reopened")
DONE_BY = {"meeting.held": "meeting", "message.sent": "message", "note.logged": "note"}
ENDS = ("account.closed",)
KINDS = frozenset((*STARTS, *MOVES, *TASKS, *DONE_BY, *ENDS))
COMPANY_KINDS = frozenset(("blueprint.applied", "blueprint.rolled_back"))

Values = Mapping[str, Any]


def follow(entries: Sequence[LedgerEntry], actor: Actor) -> None:
    """Do what follows from facts for the plays of their accounts. Called in a batch."""
    asked = _asked_for(entries)
    for entry in entries:
        if entry.kind in STARTS:
            _start(entry, actor)
        elif entry.kind in TASKS:
            _task_ended(entry)
        elif entry.kind in DONE_BY:
            _done_elsewhere(entry, asked)
        elif entry.kind in COMPANY_KINDS:
            _stop_without_playbook(actor)
        elif entry.kind in ENDS:
            for play in _running([entry.account_id or ""]):
                stop(play, "The account was closed", actor)
    accounts = {entry.account_id for entry in entries if entry.account_id}
    advance(_running(accounts), actor)


def _running(accounts: Iterable[str]) -> list[Play]:
    rows = Play.objects.filter(account_id__in=list(accounts), status=Play.Status.RUNNING)
    return list(rows.order_by("id").prefetch_related("steps"))


def _stop_without_playbook(actor: Actor) -> None:
    """A running play keeps the terms of its playbook; where the playbook itself is gone, the play stops."""
    gone = Play.objects.filter(status=Play.Status.RUNNING).exclude(playbook__in=actor.model.playbooks)
    for play in gone.order_by("id").prefetch_related("steps"):
        stop(play, "The blueprint has this playbook no longer", actor)


def _start(entry: LedgerEntry, actor: Actor) -> None:
    """Begin the play that a signal names, where the signal still stands by itself and the play does not run."""
    signal = OpenSignal.objects.filter(pk=entry.subject_id, state=OpenSignal.State.FIRING, is_inhibited=False).first()
    rule = actor.model.signals.get(signal.rule) if signal else None
    if signal is None or rule is None or rule.play is None:
        return
    try:
        with attempt():
            start_play(AccountAnchor(pk=signal.account_id), playbook=rule.play, signal=signal.pk, actor=actor)
    except Refused as refusal:
        if refusal.code != "running":
            raise


def _task_ended(entry: LedgerEntry) -> None:
    """A step ends and reopens with its task."""
    play_id, key = entry.data.get("play"), entry.data.get("step")
    if not play_id:
        return
    step = PlayStep.objects.filter(play_id=play_id, key=key).select_related("play").first()
    if step is None or step.play.status != Play.Status.RUNNING:
        return
    if entry.kind == "task.reopened" and step.has_ended:
        step.status, step.ended_at = PlayStep.Status.OPEN, None
        step.save(update_fields=["status", "ended_at"])
    elif entry.kind != "task.reopened" and step.status == PlayStep.Status.OPEN:
        is_done = entry.kind == "task.done"
        end_step(step.play, step, PlayStep.Status.DONE if is_done else PlayStep.Status.SKIPPED)


def _asked_for(entries: Sequence[LedgerEntry]) -> list[Task]:
    """What plays ask for on the accounts of these entries, of the kinds that an act of its own can settle."""
    accounts = {entry.account_id for entry in entries if entry.kind in DONE_BY}
    if not accounts:
        return []
    tasks = Task.objects.filter(account_id__in=accounts, status=Task.Status.OPEN, play__isnull=False)
    return list(tasks.filter(effect__in=set(DONE_BY.values())).order_by("created_at", "id"))


def _done_elsewhere(entry: LedgerEntry, asked: Sequence[Task]) -> None:
    """What a play asked for was done by an act of its own, so its task is done too."""
    for task in asked:
        mine = task.account_id == entry.account_id and task.effect == DONE_BY[entry.kind] and task.is_open
        if not mine or task.created_at > entry.happened_at:
            continue
        if task.meeting_type and task.meeting_type != entry.data.get("type"):
            continue
        task.status, task.closed_at = Task.Status.DONE, clock.now()
        task.save(update_fields=["status", "closed_at"])
        record("task.done", task, account_id=task.account_id, **task.facts)


# Steps.


def advance(plays: Sequence[Play], actor: Actor) -> None:
    """Open the steps whose turn has come, and end the plays that are through. Called in a batch."""
    if not plays:
        return
    staffing = Staffing(actor.model, actor.day, {play.account_id for play in plays})
    names, values = names_of(actor.model), values_of({play.account_id for play in plays})
    for play in plays:
        terms, steps = play.definition.steps, {step.key: step for step in play.steps.all()}
        moved = True
        while moved:
            moved = False
            for key, step in steps.items():
                before = [steps[name] for name in terms[key].after if name in steps]
                if step.status == PlayStep.Status.WAITING and all(each.has_ended for each in before):
                    since = max([play.started_at, *(each.ended_at for each in before if each.ended_at)])
                    _open(play, step, terms[key], since, names, values.get(play.account_id, {}), staffing, actor)
                    moved = True
        if all(step.has_ended for step in steps.values()):
            end(play, Play.Status.DONE)


def values_of(accounts: Iterable[str]) -> dict[str, Values]:
    """What expressions over accounts read, by account: the latest edition's measures and the fields as they are now."""
    rows = Standing.objects.filter(account_id__in=list(accounts)).only(
        "metrics", "fields", "score_day", "score", "band_since"
    )
    return {row.account_id: row.values for row in rows}


def _open(
    play: Play,
    step: PlayStep,
    terms: Step,
    since: datetime,
    names: Names,
    values: Values,
    staffing: Staffing,
    actor: Actor,
) -> None:
    due_at = calendar_of_company(actor.model).add(since, duration.parse(terms.due))
    waits = terms.does == "escalate" and due_at > clock.now()
    if not waits and not _holds(terms, names, values):
        end_step(play, step, PlayStep.Status.SKIPPED, f"Not so: {terms.when}")
        return
    step.owner_id = staffing.responsible(play.account_id, terms.owner)
    step.status, step.opened_at, step.due_at = PlayStep.Status.OPEN, clock.now(), due_at
    step.acts_at = due_at if terms.does == "escalate" else None
    if terms.does != "escalate":
        task = _task(play, step, terms)
        step.result, step.result_id = "task", task.pk
    step.save()
    record_play("play.step_opened", play, step.key, effect=terms.does, owner=step.owner_id, due_at=due_at)


def _holds(terms: Step, names: Names, values: Values) -> bool:
    return terms.when is None or evaluate(names.parse(terms.when), values) is True


def _task(play: Play, step: PlayStep, terms: Step) -> Task:
    """The task that a step asks of its owner."""
    if step.owner_id is None:
        raise Refused("nobody", f"Nobody holds the role “{terms.owner}” or leads a team; the step has no owner.")
    task = Task(
        title=terms.label[:240],
        detail=terms.about,
        account_id=play.account_id,
        owner_id=step.owner_id,
        due_at=step.due_at,
        source=Task.Source.PLAY,
        effect=Task.Effect(terms.does),
        meeting_type=terms.meeting or "",
        template=terms.template or "",
        play=play,
        step=step.key,
        created_at=clock.now(),
    )
    task.save(force_insert=True)
    record("task.created", task, account_id=play.account_id, **task.facts)
    return task


def act_due(now: datetime, actor: Actor, limit: int = 200) -> int:
    """Escalate what nobody escalated in time, where the step's condition holds; returns how many. Called in a batch."""
    due = PlayStep.objects.filter(acts_at__lte=now, status=PlayStep.Status.OPEN).select_related("play")
    steps = list(due.order_by("acts_at", "id")[:limit])
    names = names_of(actor.model) if steps else None
    values = values_of({step.play.account_id for step in steps})
    for step in steps:
        assert names is not None
        terms = step.play.definition.steps[step.key]
        if _holds(terms, names, values.get(step.play.account_id, {})):
            escalate(step.play, step, actor)
            end_step(step.play, step, PlayStep.Status.DONE)
        else:
            end_step(step.play, step, PlayStep.Status.SKIPPED, f"Not so: {terms.when}")
    return len(steps)


# What the night sees.


def stop_where_over(readings: Mapping[str, Values], actor: Actor) -> int:
    """Stop the plays whose `stops` has come true; returns how many. Called in a batch."""
    names, stopped = names_of(actor.model), 0
    for play in _running(readings):
        condition = play.terms.get("stops")
        if condition and evaluate(names.parse(condition), readings[play.account_id]) is True:
            stop(play, f"So now: {condition}", actor)
            stopped += 1
    return stopped


def judge_due(readings: Mapping[str, Values], moment: datetime, actor: Actor) -> int:
    """Judge the plays whose time is over by the measures of the day; returns how many. Called in a batch."""
    names = names_of(actor.model)
    due = Play.objects.filter(account_id__in=list(readings), judged_at=None, judge_at__lte=moment)
    plays: dict[str, list[Play]] = defaultdict(list)
    for play in due.order_by("judge_at", "id"):
        plays[play.account_id].append(play)
    for account, due_plays in plays.items():
        for play in due_plays:
            outcome = play.terms.get("outcome")
            found = evaluate(names.parse(outcome), readings[account]) if outcome else None
            judge(play, None if found is None else bool(found), moment)
    return sum(map(len, plays.values()))
