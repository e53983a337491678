"""Plays: runs of a playbook on an account. A signal informs; a play makes work, and is measured by its outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from tenure.base import clock, duration
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import Playbook
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.hours import calendar_of_company
from tenure.identity.operations import operation, record
from tenure.identity.people import Person
from tenure.work.escalations import raise_escalation
from tenure.work.signals import OpenSignal
from tenure.work.tasks import Task, cancel_task, do_task

_FIELDS = {"playbook": "text", "signal": "id", "rule": "text", "status": "text", "outcome": "text", "step": "text"}
declare("play.started", "Play started", internal=True, **_FIELDS)
declare(
    "play.step_opened", "Step of a play opened", internal=True, **_FIELDS, effect="text", owner="id", due_at="moment"
)
declare("play.step_done", "Step of a play done", internal=True, **_FIELDS, step_status="text")
declare("play.ended", "Play ended", internal=True, **_FIELDS, reason="text")
declare("play.judged", "Outcome of a play judged", internal=True, **_FIELDS)


class Play(models.Model):
    """One run of a playbook. It keeps the playbook as it was when it began; a changed one holds for the next run."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    class Outcome(models.TextChoices):
        UNKNOWN = "unknown", "Not known"
        REACHED = "reached", "Reached"
        MISSED = "not_reached", "Not reached"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="plays")
    playbook = models.CharField(max_length=60)
    terms = models.JSONField(default=dict)
    signal = models.ForeignKey(OpenSignal, on_delete=models.SET_NULL, null=True, related_name="plays")
    rule = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.UNKNOWN)
    started_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="plays_started")
    started_at = models.DateTimeField()
    judge_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=400, blank=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("playbook", "rule", "status", "outcome")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["playbook", "account"], condition=Q(status="running"), name="one_running_play"
            )
        ]
        indexes = [
            models.Index(fields=["account", "status"]),
            models.Index(fields=["status"], condition=Q(status="running"), name="running_plays"),
            models.Index(fields=["judge_at"], condition=Q(judged_at__isnull=True), name="plays_to_judge"),
        ]

    @cached_property
    def definition(self) -> Playbook:
        """The playbook as it was when the play began."""
        return Playbook.model_validate(self.terms)


class PlayStep(models.Model):
    """One step of a play: waiting for others, open with somebody, or ended."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        OPEN = "open", "Open"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=20, blank=True)  # task, escalation, note: what the effect made
    result_id = models.CharField(max_length=ID_LENGTH, blank=True)
    why = models.CharField(max_length=200, blank=True)  # why a step was skipped
    acts_at = models.DateTimeField(null=True)  # when the pipeline does by itself what nobody did until then

    anchor_path: ClassVar[str] = "play__account"

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["play", "key"], name="one_step_per_key")]
        indexes = [
            models.Index(fields=["result", "result_id"]),
            models.Index(fields=["acts_at"], condition=Q(acts_at__isnull=False), name="steps_that_act"),
        ]

    @property
    def has_ended(self) -> bool:
        return self.status in (PlayStep.Status.DONE, PlayStep.Status.SKIPPED, PlayStep.Status.CANCELLED)


def record_play(kind: str, play: Play, step: str | None = None, **data: Any) -> None:
    """Record a fact about a play in the running transaction."""
    record(kind, play, account_id=play.account_id, signal=play.signal_id, step=step, **data)


@operation("play.start", label="Start a play", undo="play.stop")
def start_play(account: AccountAnchor, *, playbook: str, signal: str | None = None, actor: Actor) -> Play:
    """Begin a playbook on an account; the pipeline opens its first steps."""
    if playbook not in actor.model.playbooks:
        raise Refused("unknown_playbook", f"The blueprint has no playbook “{playbook}”.", field="playbook")
    if Play.objects.filter(account_id=account.pk, playbook=playbook, status=Play.Status.RUNNING).exists():
        raise Refused("running", "This play runs on the account already.", field="playbook")
    cause = OpenSignal.objects.filter(pk=signal, account_id=account.pk).first() if signal else None
    if signal and cause is None:
        raise Refused("unknown_signal", "This account has no such signal.", field="signal")
    terms, now = actor.model.playbooks[playbook], clock.now()
    play = Play(
        account_id=account.pk,
        playbook=playbook,
        terms=terms.model_dump(mode="json", by_alias=True),
        signal=cause,
        rule=cause.rule if cause else "",
        started_by=actor.person,
        started_at=now,
        judge_at=calendar_of_company(actor.model).add(now, duration.parse(terms.within)),
    )
    play.save(force_insert=True)
    PlayStep.objects.bulk_create(
        PlayStep(play=play, key=key, position=position, label=step.label)
        for position, (key, step) in enumerate(terms.steps.items())
    )
    record_play("play.started", play)
    return play


@operation("play.complete_step", label="Complete a step of a play")
def complete_step(play: Play, *, step: str, actor: Actor) -> PlayStep:
    """Say that an open step is done; what it made is closed with it, and a case to escalate is escalated now."""
    found = play.steps.filter(key=step).first()
    if found is None or play.status != Play.Status.RUNNING:
        raise Refused("unknown_step", "This play has no such step to complete.", field="step")
    if found.status != PlayStep.Status.OPEN:
        raise Refused("not_open", f"This step is {found.get_status_display().lower()}.", field="step")
    close_result(found, actor)
    if play.definition.steps[step].does == "escalate":
        escalate(play, found, actor)
    end_step(play, found, PlayStep.Status.DONE)
    return found


@operation("play.stop", label="Stop a play")
def stop_play(play: Play, *, reason: str = "", actor: Actor) -> Play:
    """End a play before its steps are through; what they opened is cancelled."""
    if play.status != Play.Status.RUNNING:
        raise Refused("ended", "This play has ended already.")
    stop(play, reason.strip() or "Stopped by hand", actor)
    return play


def stop(play: Play, reason: str, actor: Actor) -> None:
    """Stop a running play and cancel what is open of it. Called in an operation or a batch."""
    for step in play.steps.all():
        if step.status == PlayStep.Status.OPEN:
            close_result(step, actor, cancel=True)
        if not step.has_ended:
            step.status, step.ended_at, step.acts_at = PlayStep.Status.CANCELLED, clock.now(), None
            step.save(update_fields=["status", "ended_at", "acts_at"])
    end(play, Play.Status.STOPPED, reason)


def end(play: Play, status: Play.Status, reason: str = "") -> None:
    """Record that a play has run its course or was stopped."""
    play.status, play.ended_at, play.end_reason = status, clock.now(), reason[:400]
    play.save(update_fields=["status", "ended_at", "end_reason"])
    record_play("play.ended", play, reason="stopped" if status == Play.Status.STOPPED else "")


def end_step(play: Play, step: PlayStep, status: PlayStep.Status, why: str = "") -> None:
    """Record that a step has ended, whatever ended it."""
    step.status, step.ended_at, step.why, step.acts_at = status, clock.now(), why[:200], None
    step.save(update_fields=["status", "ended_at", "why", "acts_at"])
    record_play("play.step_done", play, step.key, step_status=str(status))


def close_result(step: PlayStep, actor: Actor, *, cancel: bool = False) -> None:
    """Close the task that a step made, where it is still open; the system does so by the play's right."""
    if step.result != "task":
        return
    task = Task.objects.filter(pk=step.result_id, status=Task.Status.OPEN).first()
    if task is not None:
        (cancel_task if cancel else do_task)(task, actor=_system(actor))


def _system(actor: Actor) -> Actor:
    return actor if actor.is_system else replace(actor, person=None, memberships=(), system="plays")


def escalate(play: Play, step: PlayStep, actor: Actor) -> None:
    """Send the case of an escalation step up its path."""
    terms = play.definition.steps[step.key]
    case = raise_escalation(
        AccountAnchor(pk=play.account_id),
        reason=terms.about or terms.label,
        path=terms.escalation or "",
        to=terms.to,
        play=play.pk,
        step=step.key,
        actor=_system(actor),
    )
    step.result, step.result_id = "escalation", case.pk
    step.save(update_fields=["result", "result_id"])


def judge(play: Play, outcome: bool | None, moment: datetime) -> None:
    """Say whether a play reached what it was for. Called in a batch once its time is over."""
    verdicts = {True: Play.Outcome.REACHED, False: Play.Outcome.MISSED, None: Play.Outcome.UNKNOWN}
    play.outcome, play.judged_at = verdicts[outcome], moment
    play.save(update_fields=["outcome", "judged_at"])
    record_play("play.judged", play)
