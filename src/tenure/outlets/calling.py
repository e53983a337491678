"""Making the calls to tools that are due: one at a time, marked before it is made and after.

A process that is killed leaves at most one call marked as being made. The next one makes it again, and looks first for
what it would make where the recipe says how; without that a second copy cannot be avoided, and the page says so.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from tenure.base import clock, fault
from tenure.base.errors import Refused
from tenure.blueprint.model import Model, Provision, Tool
from tenure.identity.actor import Actor
from tenure.identity.operations import attempt, batch
from tenure.outlets.tool_answers import Outcome, perform
from tenure.records.delivery import one_line
from tenure.records.link import Link, add_link
from tenure.sources.connectors.connector import Connector
from tenure.sources.tools.call import Call, record_call, stop, why_kept
from tenure.sources.tools.filling import text
from tenure.sources.tools.queueing import put_off

logger = logging.getLogger(__name__)
Guard = Callable[[], None]
AT_ONCE = 10  # calls between looks at what else there is to do
SECONDS_AT_ONCE = 10.0
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))  # before the second try, the third …
NEVER = "The tool is no longer connected."
CLOSED = "The account was closed; nothing goes out for it any more."


def call_due(guard: Guard | None = None) -> int:
    """Make the calls that are due; returns how many were tried. Nothing in a demonstration.

    `guard` is called inside each transaction and raises where this process may no longer write.
    """
    if why_kept():
        return 0
    actor = Actor.machine("outbox")
    _take_up(actor, guard)
    _drop(actor, guard)
    began, tried = time.monotonic(), 0
    for pk in _due():
        if time.monotonic() - began > SECONDS_AT_ONCE:
            break
        tried += _call(pk, actor, guard)
    return tried


def _due() -> list[str]:
    """What is due of tools that run, what is set up before what is told."""
    waiting = Call.objects.filter(
        status=Call.Status.WAITING, next_try_at__lte=clock.now(), connector__status=Connector.Status.ACTIVE
    )
    return list(waiting.order_by("-is_provision", "next_try_at", "pk").values_list("pk", flat=True)[:AT_ONCE])


def _take_up(actor: Actor, guard: Guard | None) -> None:
    """Let the call that a process that is no more was making be made again."""
    for call in Call.objects.filter(status=Call.Status.SENDING):
        with batch(actor):
            if guard:
                guard()
            call.status, call.doubts = Call.Status.WAITING, call.doubts + 1
            call.last_error = "It was cut off while it was made, and is made again."
            call.save(update_fields=["status", "doubts", "last_error"])


def _drop(actor: Actor, guard: Guard | None) -> None:
    """Stop what waits for a tool that is gone, or about an account that was closed."""
    gone = Q(connector__status=Connector.Status.REMOVED)
    waiting = Call.objects.filter(status=Call.Status.WAITING).filter(gone | Q(account__status="closed"))
    for call in list(waiting.select_related("account", "connector")[:200]):
        with batch(actor):
            if guard:
                guard()
            stop(call, CLOSED if call.account.is_closed else NEVER)


def _call(pk: str, actor: Actor, guard: Guard | None) -> int:
    """Make one call, unless somebody has stopped it meanwhile; returns 1 where it was tried."""
    with batch(actor):
        if guard:
            guard()
        call = Call.objects.select_for_update(of=("self",)).select_related("connector", "account").get(pk=pk)
        if call.status != Call.Status.WAITING or call.next_try_at > clock.now():
            return 0
        tool = actor.model.tools.get(call.tool)
        if tool is None:
            _fail(call, "The blueprint has no such tool any more.")
            return 1
        call.status, call.tries = Call.Status.SENDING, call.tries + 1
        call.save(update_fields=["status", "tries"])
    fault.point("tool_call.marked")
    outcome = _outcome(call, tool)
    fault.point("tool_call.made")
    with batch(actor):
        _note(call, outcome, actor)
    fault.point("tool_call.noted")
    return 1


def _outcome(call: Call, tool: Tool) -> Outcome:
    try:
        return perform(call, tool, settings.PRIVATE_HOSTS)
    except Refused as error:
        return Outcome("later", error.message, wait=timedelta(minutes=15), is_tools_fault=True)
    except Exception as error:
        # One call that nobody foresaw must not keep the others from being made; what it was stands in the log.
        logger.exception("call %s could not be made", call.pk)
        return Outcome("failed", f"This failed unexpectedly: {type(error).__name__}. See the log.")


def _note(call: Call, outcome: Outcome, actor: Actor) -> None:
    """Write down how a call went, and what follows for the others that wait for the same tool."""
    _note_of_tool(call.connector, outcome)
    call.doubts += outcome.is_doubtful
    match outcome.how:
        case "done":
            _done(call, outcome, actor)
        case "later":
            _later(call, outcome)
        case _:
            _fail(call, outcome.says)


def _note_of_tool(connector: Connector, outcome: Outcome) -> None:
    now = clock.now()
    values: dict[str, Any] = {"tried_at": now}
    if outcome.is_tools_fault:
        values |= {"error": one_line(outcome.says, 400), "failures": connector.failures + 1}
    elif outcome.how == "done":
        values |= {"good_at": now, "error": "", "failures": 0}
    Connector.objects.filter(pk=connector.pk).update(**values)
    if outcome.is_tools_fault and outcome.wait is not None:
        put_off(connector, now + outcome.wait)


def _later(call: Call, outcome: Outcome) -> None:
    """Try again: what is the tool's fault for as long as it takes, what is the call's own only so often."""
    if not outcome.is_tools_fault and call.tries > len(WAITS):
        _fail(call, outcome.says)
        return
    wait = outcome.wait or WAITS[min(call.tries, len(WAITS)) - 1]
    call.tries -= outcome.is_tools_fault
    call.status, call.last_error = Call.Status.WAITING, one_line(outcome.says, 400)
    call.next_try_at = clock.now() + wait
    call.save(update_fields=["status", "last_error", "next_try_at", "tries", "doubts"])


def _fail(call: Call, says: str) -> None:
    call.status, call.last_error = Call.Status.FAILED, one_line(says, 400)
    call.save(update_fields=["status", "last_error", "tries", "doubts"])
    record_call("tool_call.failed", call)


def _done(call: Call, outcome: Outcome, actor: Actor) -> None:
    call.status, call.done_at, call.last_error = Call.Status.DONE, clock.now(), ""
    call.kept, call.was_there = dict(outcome.kept), outcome.was_there
    _put_link(call, actor)
    call.save(update_fields=["status", "done_at", "last_error", "kept", "was_there", "link", "doubts"])
    record_call("tool_call.done", call)


def _put_link(call: Call, actor: Actor) -> None:
    """The live link on the account; one that somebody pasted already is taken for it."""
    recipe = _recipe(call, actor.model)
    if recipe is None or recipe.link is None:
        return
    values = {f"setting.{name}": value for name, value in call.connector.settings.items()}
    values |= {f"kept.{call.call}.{name}": value for name, value in call.kept.items()}
    values |= {"account_name": call.account.name, "account_id": call.account_id}
    address, title = text(recipe.link.url, values), text(recipe.link.title, values)[:200]
    call.link = Link.objects.filter(account_id=call.account_id, url=address).first()
    if call.link is not None:
        return
    try:
        with attempt():
            call.link = add_link(
                call.account, url=address, title=title, client_visible=recipe.link.client_visible, actor=actor
            )
    except Refused as refusal:
        call.last_error = one_line(f"It is made, but its link cannot be kept: {refusal.message}", 400)


def _recipe(call: Call, model: Model) -> Provision | None:
    tool = model.tools.get(call.tool)
    return tool.provisions.get(call.call) if tool else None


def as_sent(call: Call) -> str:
    """What a call says, as people read it."""
    return json.dumps(call.body, indent=2, ensure_ascii=False)
