"""Commitments as they stand: the fold's state per rule and account, a row per opened promise, every verdict given."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from django.db import models
from django.db.models import Q

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record, view
from tenure.identity.people import Person

_FIELDS = {
    "rule": "text",
    "opening": "text",
    "opened_at": "moment",
    "due_at": "moment",
    "owner": "id",
    "verdict": "text",
    "cause": "text",
    "whose": "text",
}
for _verb, _label in (
    ("opened", "Promise opened"),
    ("warned", "Promise at risk"),
    ("met", "Promise kept"),
    ("missed", "Promise missed"),
    ("cancelled", "Promise no longer due"),
    ("paused", "Promise paused"),
    ("resumed", "Promise resumed"),
    ("explained", "Miss explained"),
    ("judged", "Verdict given by hand"),
    ("moved", "Promise has another time"),
    ("restated", "Verdict restated"),
):
    declare(f"commitment.{_verb}", _label, internal=True, **_FIELDS)

view("commitment.view", "See the commitments")
view("signal.view", "See the signals")

CAUSES = {
    "ours": "We were late",
    "capacity": "We had nobody free",
    "client_absent": "The client did not come or did not answer",
    "client_material": "The client's material was missing",
    "client_moved": "The client asked to move it",
    "supplier": "Somebody we both depend on was late",
    "data": "It was done, and recorded late",
    "other": "Something else",
}


class CommitmentRule(models.Model):
    """From when on a promise has been made: since its rule last came into the blueprint."""

    rule = models.CharField(primary_key=True, max_length=60)
    since = models.DateTimeField()


class KeptTerms(models.Model):
    """Terms under which something runs or ran, so that a running clock keeps them when the blueprint changes."""

    digest = models.CharField(primary_key=True, max_length=16)
    rule = models.CharField(max_length=60, db_index=True)
    terms = models.JSONField()


class SourceRead(models.Model):
    """Up to when a source has been read: before that a miss is not said of promises that wait for the source."""

    source = models.CharField(primary_key=True, max_length=120)
    through = models.DateTimeField()


class CommitmentBook(models.Model):
    """What the fold remembers of one rule on one account, and when time alone will next change it."""

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField(max_length=60)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="commitment_books")
    state = models.JSONField(default=dict)
    stamp = models.CharField(
        max_length=32
    )  # a new one with every state, so that a state at hand is known to be current
    next_tick_at = models.DateTimeField(null=True, db_index=True)
    awaited_at = models.DateTimeField(null=True)  # the earliest due that waits for a source to be read
    applies = models.BooleanField(null=True)  # whether the promise held for the account when last asked
    is_retermed = models.BooleanField(default=False)  # what runs is to go on under the terms now in force

    anchor_path: ClassVar[str] = "account"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "account"], name="one_book_per_rule")]
        indexes = [models.Index(fields=["awaited_at"], condition=Q(awaited_at__isnull=False), name="books_awaiting")]


class Opening(models.Model):
    """One opened promise: a clock, or one period of a cadence. It keeps its verdict for ever."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        WARNED = "warned", "At risk"
        PAUSED = "paused", "Paused"
        MET = "met", "Kept"
        MISSED = "missed", "Missed"
        CANCELLED = "cancelled", "No longer due"

    class Whose(models.TextChoices):
        US = "us", "Ours"
        CLIENT = "client", "The client's"
        OTHER = "other", "Somebody else's"

    OPEN = (Status.RUNNING, Status.WARNED, Status.PAUSED)

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    rule = models.CharField(max_length=60)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="openings")
    opening = models.CharField(max_length=140)  # the fold's own name for it, unique within rule and account
    subject = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=ID_LENGTH, blank=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None where it was paused before it had begun
    warn_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    owner_role = models.CharField(max_length=60)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="openings")
    paused_since = models.DateTimeField(null=True)
    pause_reason = models.CharField(max_length=400, blank=True)
    met_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    terms = models.CharField(max_length=16, blank=True)  # the digest of the terms under which it runs
    cause = models.CharField(max_length=60, blank=True)
    cause_note = models.CharField(max_length=400, blank=True)  # what a person wrote beside a cause or a correction
    whose = models.CharField(max_length=10, choices=Whose.choices, blank=True)
    is_corrected = models.BooleanField(default=False)  # the verdict that holds was given by a person

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("rule", "opening", "opened_at", "due_at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "account", "opening"], name="one_row_per_opening")]
        indexes = [
            models.Index(fields=["status", "due_at"]),
            models.Index(fields=["account", "status", "due_at"]),
            models.Index(fields=["owner", "status", "due_at"]),
            models.Index(fields=["rule", "status", "due_at"]),
            models.Index(fields=["subject", "subject_id"], condition=~Q(subject_id=""), name="openings_of_a_subject"),
        ]

    @property
    def is_open(self) -> bool:
        return self.status in Opening.OPEN


class Verdict(models.Model):
    """A verdict on a promise. Rows are only ever added: a restated verdict names the one that it follows."""

    id = models.BigAutoField(primary_key=True)
    opening = models.ForeignKey(Opening, on_delete=models.CASCADE, related_name="verdicts")
    verdict = models.CharField(max_length=10)  # met, missed, cancelled, or open where a verdict was taken back
    happened_at = models.DateTimeField()
    known_at = models.DateTimeField()
    owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="verdicts"
    )  # whose credit it is
    restated_of = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="restated_by")
    given_by_id = models.CharField(max_length=ID_LENGTH, null=True)
    reason = models.CharField(max_length=400, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    whose = models.CharField(max_length=10, blank=True)
    caused_by_id = models.BigIntegerField(null=True)  # the ledger entry that decided it; None where time did

    anchor_path: ClassVar[str] = "opening__account"

    class Meta:
        indexes = [models.Index(fields=["known_at"]), models.Index(fields=["verdict", "happened_at"])]


def record_opening(kind: str, opening: Opening, happened_at: datetime | None = None, /, **data: Any) -> None:
    """Record a fact about a promise in the running transaction."""
    record(kind, opening, account_id=opening.account_id, happened_at=happened_at, owner=opening.owner_id, **data)


@operation("commitment.pause", label="Pause a promise", undo="commitment.resume")
def pause_commitment(opening: Opening, *, reason: str, cause: str = "other", actor: Actor) -> Opening:
    """Stop the clock of a promise while it waits for what is not ours; its time is given back on resuming."""
    if opening.status not in (Opening.Status.RUNNING, Opening.Status.WARNED):
        raise Refused("not_running", f"This promise is {opening.get_status_display().lower()}.")
    if not reason.strip():
        raise Refused("no_reason", "Say what it waits for.", field="reason")
    _check_cause(cause)
    opening.status, opening.paused_since = Opening.Status.PAUSED, clock.now()
    opening.pause_reason = reason.strip()[:400]
    opening.save(update_fields=["status", "paused_since", "pause_reason"])
    record_opening("commitment.paused", opening, cause=cause)
    return opening


@operation("commitment.resume", label="Resume a promise")
def resume_commitment(opening: Opening, *, actor: Actor) -> Opening:
    """Let a paused promise run again; the pipeline moves its due time by the pause."""
    if opening.status != Opening.Status.PAUSED:
        raise Refused("not_paused", f"This promise is {opening.get_status_display().lower()}.")
    opening.status, opening.paused_since, opening.pause_reason = Opening.Status.RUNNING, None, ""
    opening.save(update_fields=["status", "paused_since", "pause_reason"])
    record_opening("commitment.resumed", opening)
    return opening


@operation("commitment.explain", label="Say why a promise was missed")
def explain_miss(
    opening: Opening, *, cause: str, whose: Literal["us", "client", "other"], note: str = "", actor: Actor
) -> Opening:
    """Give a miss its cause and say whose it was; the verdict itself stays."""
    if opening.status != Opening.Status.MISSED:
        raise Refused("not_missed", f"This promise is {opening.get_status_display().lower()}; only a miss has a cause.")
    _check_cause(cause)
    opening.cause, opening.whose, opening.cause_note = cause, whose, note.strip()[:400]
    opening.save(update_fields=["cause", "whose", "cause_note"])
    record_opening("commitment.explained", opening, verdict=opening.status, cause=cause, whose=whose)
    return opening


def _check_cause(cause: str) -> None:
    if cause not in CAUSES:
        raise Refused("unknown_cause", f"A cause is one of {', '.join(CAUSES)}.", field="cause")


@operation("commitment.correct", label="Correct a verdict")
def correct_verdict(
    opening: Opening, *, verdict: Literal["met", "missed", "cancelled"], reason: str, actor: Actor
) -> Opening:
    """Give a promise another verdict than it got, with the reason; the pipeline adds it beside the earlier one."""
    if opening.is_open:
        raise Refused("no_verdict", "This promise has no verdict yet; it is still open.")
    if opening.status == verdict:
        raise Refused("same", f"The verdict is “{opening.get_status_display()}” already.", field="verdict")
    if not reason.strip():
        raise Refused("no_reason", "Say why the verdict was wrong.", field="reason")
    opening.status, opening.is_corrected, opening.cause_note = Opening.Status(verdict), True, reason.strip()[:400]
    opening.save(update_fields=["status", "is_corrected", "cause_note"])
    record_opening("commitment.judged", opening, verdict=verdict)
    return opening
