"""Calls that are played: the lines of both sides, and behind them how the client felt, which only an assessor reads."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.model import PracticeCall as Script
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.records.account import Account
from tenure.records.checks import Text, check_word
from tenure.records.practice import Attempt, check_own, scenario_of
from tenure.records.row import AccountRow, fact, said
from tenure.watch import script
from tenure.watch.script import Talk

FIELDS = {"call": "text", "turns": "integer"}
declare("practice_call.begun", "Practice call begun", internal=True, **FIELDS)
declare("practice_call.said", "Said in a practice call", internal=True, **FIELDS)
declare("practice_call.ended", "Practice call ended", internal=True, **FIELDS)
declare("practice_call.noted", "Notes of a practice call", internal=True, **FIELDS)

LONGEST = 1000  # letters of one line


class PracticeCall(AccountRow):
    """One call of an attempt. `state` is hidden from whoever plays it; `ending` is the end that the script came to."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="practice_calls")
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="calls")
    call = models.CharField(max_length=60)
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=60, blank=True)
    parting = models.TextField(blank=True)  # what the client says to a call that is ended by hand
    state = models.JSONField(default=dict)
    turns = models.PositiveSmallIntegerField(default=0)
    notes = models.TextField(blank=True)

    noun: ClassVar[str] = "practice_call"
    ledger_fields: ClassVar[tuple[str, ...]] = ("call", "turns")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "call"], name="one_call_of_a_kind")]

    @property
    def talk(self) -> Talk:
        held: dict[str, Any] = self.state
        return Talk(
            held["levels"], tuple(held["told"]), tuple(held["given"]), held["turn"], held["missed"], held["ended"]
        )

    def keep(self, talk: Talk) -> None:
        self.state = {
            "levels": dict(talk.levels),
            "told": list(talk.told),
            "given": list(talk.given),
            "turn": talk.turn,
            "missed": talk.missed,
            "ended": talk.ended,
        }
        self.turns = talk.turn


class PracticeTurn(models.Model):
    """One line and its answer. `behind` is what it did to the client: what was heard, what moved, what was told."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    call = models.ForeignKey(PracticeCall, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    said = models.TextField()
    says = models.TextField()
    behind = models.JSONField(default=dict)
    at = models.DateTimeField()

    anchor_path: ClassVar[str] = "call__account"

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "number"], name="one_line_of_a_number")]


def script_of(call: PracticeCall, actor: Actor) -> Script:
    """The script by which a call is played. Raises Refused where the blueprint has it no longer."""
    found = scenario_of(call.attempt, actor).calls.get(call.call)
    if found is None:
        raise Refused("unknown_call", f"The blueprint has no call “{call.call}” any more.")
    return found


@operation("practice_call.begin", label="Begin a call")
def begin_call(attempt: Attempt, *, call: str, actor: Actor) -> PracticeCall:
    """Pick up the telephone. A call is played once; who starts the attempt again plays it again."""
    check_own(attempt, actor, Attempt.Status.RUNNING)
    scenario = scenario_of(attempt, actor)
    check_word("call", call, scenario.calls, "call")
    if attempt.calls.filter(call=call).exists():
        raise Refused("played", "This call was played already.", field="call")
    made = PracticeCall(account_id=attempt.account_id, attempt=attempt, call=call, begun_at=clock.now())
    made.keep(script.begin(scenario.calls[call]))
    made.save(force_insert=True)
    fact("practice_call.begun", made)
    return made


@operation("practice_call.say", label="Say something in a call")
def say(call: PracticeCall, *, line: Text, actor: Actor) -> PracticeTurn:
    """Say a line; the client answers by the script, and may end the call."""
    _check_running(call, actor)
    line = said(line, "line", "what you say")
    if len(line) > LONGEST:
        raise Refused("too_long", f"Nobody listens that long: at most {LONGEST:,} letters at a time.", field="line")
    talk, reply = script.advance(script_of(call, actor), call.talk, line)
    now = clock.now()
    behind: dict[str, Any] = {"heard": reply.heard, "reactions": reply.reactions, "answers": reply.answers}
    behind |= {"reveals": reply.reveals, "moved": dict(reply.moved), "levels": dict(talk.levels)}
    turn = PracticeTurn.objects.create(call=call, number=talk.turn, said=line, says=reply.says, behind=behind, at=now)
    call.keep(talk)
    if talk.ended:
        call.ending, call.ended_at = talk.ended, now
    call.save()
    fact("practice_call.said", call)
    if talk.ended:
        fact("practice_call.ended", call)
    return turn


@operation("practice_call.end", label="End a call")
def end_call(call: PracticeCall, *, actor: Actor) -> PracticeCall:
    """Say goodbye and hang up."""
    _check_running(call, actor)
    if not call.turns:
        raise Refused("nothing_said", "Say something before you hang up.")
    talk, call.parting = script.hang_up(script_of(call, actor), call.talk)
    call.keep(talk)
    call.ending, call.ended_at = talk.ended, clock.now()
    call.save()
    fact("practice_call.ended", call)
    return call


@operation("practice_call.note", label="Keep the notes of a call")
def note_call(call: PracticeCall, *, notes: Text, actor: Actor) -> PracticeCall:
    """Keep what was noted, during the call or after it."""
    check_own(call.attempt, actor, Attempt.Status.RUNNING)
    if call.notes != notes.strip():
        call.notes = notes.strip()
        call.save(update_fields=["notes"])
        fact("practice_call.noted", call)
    return call


def _check_running(call: PracticeCall, actor: Actor) -> None:
    check_own(call.attempt, actor, Attempt.Status.RUNNING)
    if call.ended_at is not None:
        raise Refused("ended", "This call has ended.")
