"""A call to a tool: asked for by a fact, a night or a person, made by the pipeline once undo has expired.

What it says lives in this row alone and is emptied after some weeks; the ledger keeps which call it was and how it
went.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from tenure.base.errors import Forbidden, Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record, view
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.delivery import one_line
from tenure.records.link import Link
from tenure.sources.connectors.connector import Connector

FIELDS = {"tool": "text", "call": "text", "part": "text", "status": "text", "tries": "integer", "cause": "integer"}
declare("tool_call.queued", "Call to a tool queued", internal=True, **FIELDS)
declare("tool_call.done", "Call to a tool made", internal=True, **FIELDS)
declare("tool_call.failed", "Call to a tool failed", internal=True, **FIELDS)
declare("tool_call.stopped", "Call to a tool stopped", internal=True, **FIELDS)
declare("tool_call.retried", "Call to a tool tried again", internal=True, **FIELDS)

VIEW = view("tool_call.view", "See what is asked of tools")
SAYS_FOR = timedelta(days=30)  # so long what a call said is kept once it is over
KEPT_FOR = timedelta(days=180)  # and so long one of figures that later ones have followed


class Call(models.Model):
    """One call. `path`, `query` and `body` are filled; headers, with their secrets, are made when it goes out."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        SENDING = "sending", "Is being made"
        DONE = "done", "Made"
        FAILED = "failed", "Failed"
        STOPPED = "stopped", "Stopped"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="calls")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tool_calls")
    tool = models.CharField(max_length=60)
    call = models.CharField(max_length=60)  # the recipe's key among those of the tool
    part = models.CharField(max_length=60, blank=True)  # which of the recipe's `each`
    label = models.CharField(max_length=160)
    is_provision = models.BooleanField(default=False)
    makes_link = models.BooleanField(default=False)
    key = models.CharField(max_length=200, unique=True)
    cause = models.BigIntegerField(
        null=True
    )  # the ledger's entry that asked for it; none where a night or a person did
    asked_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    method = models.CharField(max_length=6)
    path = models.CharField(max_length=2000)
    query = models.JSONField(default=dict)
    body = models.JSONField(default=dict)
    lookup = models.JSONField(default=dict)  # how one finds what is there already, filled
    digest = models.CharField(max_length=64)  # of all that is sent: figures that stand there already go out no more
    queued_at = models.DateTimeField()
    not_before = models.DateTimeField()
    next_try_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    doubts = models.PositiveSmallIntegerField(default=0)  # how often nobody could know whether it had been made
    last_error = models.CharField(max_length=400, blank=True)
    was_there = models.BooleanField(default=False)  # it was found, not made
    done_at = models.DateTimeField(null=True)
    kept = models.JSONField(default=dict)  # what of the answer later calls need
    link = models.ForeignKey(Link, on_delete=models.SET_NULL, null=True, related_name="+")

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("tool", "call", "part", "status", "tries", "cause")

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(status="waiting"), name="tool_calls_due"),
            models.Index(fields=["status", "-queued_at"]),
            models.Index(fields=["account", "is_provision", "status"]),
            models.Index(fields=["account", "connector", "call", "part", "-queued_at"], name="tool_calls_of_a_place"),
            models.Index(fields=["cause"], condition=Q(status="waiting"), name="tool_calls_by_cause"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_open(self) -> bool:
        return self.status in (Call.Status.WAITING, Call.Status.SENDING)


def why_kept() -> str:
    """Why this home calls no tool, as a sentence; empty where it does."""
    return "A demonstration calls no tool." if settings.KEEPS_MAIL else ""


def record_call(kind: str, call: Call) -> None:
    """Record a fact about a call in the running transaction. That figures were told is no news of an account; that they
    could not be is.
    """
    if not call.is_provision and kind in ("tool_call.queued", "tool_call.done"):
        return
    record(kind, call, account_id=call.account_id)


def list_calls(actor: Actor, name: str = VIEW) -> QuerySet[Call]:
    """The calls about accounts within reach."""
    return access.reach(Call.objects.all(), actor, name)


def access_call(actor: Actor, pk: str, name: str = VIEW) -> Call:
    """A call that the actor may do something with. Raises Forbidden, hidden where it is absent or out of reach."""
    found = list_calls(actor, "account.view").filter(pk=pk).select_related("account", "connector", "asked_by").first()
    if found is None:
        raise Forbidden(name, "There is no such call within your reach.", hidden=True)
    access.require(actor, name, found)
    return found


def stop(call: Call, reason: str = "") -> None:
    """Keep a call from being made; called in an operation or a batch."""
    call.status, call.last_error = Call.Status.STOPPED, one_line(reason, 400) or call.last_error
    call.save(update_fields=["status", "last_error"])
    record_call("tool_call.stopped", call)


@operation("tool_call.stop", label="Stop a call to a tool", undo="tool_call.retry")
def stop_call(call: Call, *, actor: Actor) -> Call:
    """Keep a call from being made that waits or that failed."""
    if call.status not in (Call.Status.WAITING, Call.Status.FAILED):
        raise Refused("not_waiting", f"This call {call.get_status_display().lower()} already.")
    stop(call)
    return call


def tidy(now: datetime) -> int:
    """Empty what calls said long ago, and remove figures that later ones have followed; returns how many went."""
    over = Call.objects.filter(status__in=(Call.Status.DONE, Call.Status.STOPPED))
    emptied = over.filter(queued_at__lt=now - SAYS_FOR).exclude(body={}).update(body={}, query={}, lookup={})
    later = Call.objects.filter(
        account=OuterRef("account"),
        connector=OuterRef("connector"),
        call=OuterRef("call"),
        part=OuterRef("part"),
        queued_at__gt=OuterRef("queued_at"),
    )
    old = over.filter(is_provision=False, queued_at__lt=now - KEPT_FOR).filter(Exists(later))
    return int(emptied) + int(old.delete()[0])
