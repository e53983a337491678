"""The win: a result worth telling, with the evidence behind it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Text, check_word
from tenure.records.goal import Goal
from tenure.records.row import AccountRow, fact, related, said
from tenure.records.withdrawal import undo

FIELDS = {"metric": "text", "goal": "id", "happened_on": "day", "by": "id"}
declare("win.recorded", "Win recorded", internal=False, **FIELDS)
declare("win.withdrawn", "Win taken back", internal=True, **FIELDS, fact="text")


class Win(AccountRow):
    """What came about for a client, in a sentence, and what shows it. Both are for the client to read."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="wins")
    text = models.TextField()
    evidence = models.TextField()
    metric = models.CharField(max_length=60, blank=True)
    goal = models.ForeignKey(Goal, on_delete=models.SET_NULL, null=True, related_name="wins")
    happened_on = models.DateField()
    recorded_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    noun: ClassVar[str] = "win"
    ledger_fields: ClassVar[tuple[str, ...]] = ("metric", "happened_on")
    client_sees: ClassVar[Q | None] = Q()

    class Meta:
        indexes = [models.Index(fields=["account", "-happened_on"])]

    def __str__(self) -> str:
        return self.text[:80]


@operation("win.record", label="Record a win", undo="win.withdraw")
def record_win(
    account: Account,
    *,
    text: Text,
    evidence: Text = "",
    metric: Code | None = None,
    goal: str | None = None,
    on: date | None = None,
    actor: Actor,
) -> Win:
    """Record a result together with what shows it: a figure and where it stands, a link, the client's own words.

    Raises Refused without evidence; a win that nothing shows is a hope.
    """
    if not evidence.strip():
        raise Refused("no_evidence", "Say what shows it: the figure and where it stands, or a link.", field="evidence")
    if on is not None and on > actor.day:
        raise Refused("in_the_future", "This day has not begun yet.", field="on")
    win = Win(
        account=account,
        text=said(text, "text", "what was won"),
        evidence=evidence.strip(),
        metric=check_word("metric", metric or "", actor.model.metrics, "metric"),
        goal=related(Goal, goal, account.pk, "goal"),
        happened_on=on or actor.day,
        recorded_by=actor.person,
    )
    win.save(force_insert=True)
    fact("win.recorded", win, goal=win.goal_id, by=win.recorded_by_id)
    return win


@operation("win.withdraw", label="Undo a win")
def withdraw_win(win: Win, *, actor: Actor) -> None:
    """Take back a win that was just recorded."""
    undo(win, actor)
