"""Asking tools: what facts, nights and people want of them becomes calls, by the recipes of the blueprint.

Nothing here reaches the network; `tenure.outlets.calling` makes the calls that are due.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.model import Provision, Tool, ToolCall, Write
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import operation
from tenure.records.account import Account
from tenure.records.delivery import AFTER_UNDO
from tenure.sources.connectors.connector import Connector
from tenure.sources.connectors.manifest import TOOL
from tenure.sources.tools.call import Call, record_call, stop
from tenure.sources.tools.filling import ABSENT, Values, fill, path, plain, text
from tenure.sources.tools.words import Words, of_fact
from tenure.work.going import fits

NEWS_FOR = timedelta(days=30)  # what happened earlier, as in an import of years, sets nothing up
ASKED_BY_HAND = "The tool was asked for this already; see Outbox, where it can be tried again."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call as it would be made: which recipe, which of its parts, and what is sent."""

    connector: Connector
    key: str
    recipe: ToolCall
    part: str
    sent: dict[str, Any]

    @property
    def digest(self) -> str:
        return hashlib.sha256(json.dumps(self.sent, sort_keys=True).encode()).hexdigest()


def connections(actor: Actor) -> list[tuple[Connector, Tool]]:
    """The connections to tools that run, with what the blueprint says of each tool."""
    rows = Connector.objects.filter(status=Connector.Status.ACTIVE, kind__startswith=TOOL).order_by("created_at", "pk")
    return [(row, actor.model.tools[row.tool]) for row in rows if row.tool in actor.model.tools]


def askable(actor: Actor) -> list[tuple[str, str]]:
    """What the connected tools can be asked to set up: names as `ask_tool` takes them, and what they are called."""
    running = connections(actor)
    return [
        (f"{row.tool}.{key}", f"{recipe.label} ({row.label})")
        for row, tool in running
        for key, recipe in tool.provisions.items()
    ]


def tool_links(account_id: str) -> dict[str, Any]:
    """What a page of an account shows of tools: whether any is connected, and what was asked of one and will be a link,
    or could not be made, oldest first.
    """
    rows = Connector.objects.filter(kind__startswith=TOOL).exclude(status=Connector.Status.REMOVED)
    connected = {row.pk: row for row in rows}
    waiting = (Call.Status.WAITING, Call.Status.SENDING, Call.Status.FAILED)
    calls = Call.objects.filter(account_id=account_id, makes_link=True, status__in=waiting, connector__in=connected)
    asked = [(call, connected[call.connector_id]) for call in calls.order_by("queued_at")] if connected else []
    return {"links_asked": asked, "tools_connected": bool(connected)}


def ask_for(entries: Sequence[LedgerEntry], actor: Actor) -> int:
    """Queue what these facts ask of tools; returns how many calls. Called in a batch, with facts in their order."""
    running = connections(actor)
    if not running:
        return 0
    _take_back(entries)
    asked = list(_asked(entries, running))
    words = Words(actor.model, {entry.account_id for entry, *_ in asked if entry.account_id})
    done: set[tuple[str, str, str]] = set()
    queued = 0
    for entry, connector, key, recipe in asked:
        account = entry.account_id or ""
        place = (connector.pk, key, account)
        # Figures are told once however many facts changed them; what is told of each fact is told of each.
        if place in done and not _is_per_fact(recipe):
            continue
        done.add(place)
        queued += _queue(words, connector, key, recipe, account, entry, actor)
    return queued


def _is_per_fact(recipe: ToolCall) -> bool:
    return isinstance(recipe, Write) and recipe.per == "fact"


def _asked(
    entries: Sequence[LedgerEntry], running: Sequence[tuple[Connector, Tool]]
) -> Iterator[tuple[LedgerEntry, Connector, str, ToolCall]]:
    """Which recipes the facts ask for: what was recorded since the tool was connected, and happened lately."""
    since = clock.now() - NEWS_FOR
    for entry in entries:
        if entry.account_id is None or entry.retracts is not None or entry.happened_at < since:
            continue
        for connector, tool in running:
            if entry.recorded_at < connector.created_at:
                continue
            for key, recipe in tool.calls.items():
                if any(fits(trigger, entry) for trigger in recipe.on):
                    yield entry, connector, key, recipe


def _take_back(entries: Sequence[LedgerEntry]) -> None:
    """What a fact asked for that was taken back is asked for no more, while it waits."""
    gone = [entry.retracts for entry in entries if entry.retracts is not None]
    if gone:
        for call in Call.objects.filter(status=Call.Status.WAITING, cause__in=gone):
            stop(call, "What asked for it was taken back.")


def tell_nightly(accounts: Iterable[str], actor: Actor) -> int:
    """Queue the figures that tools are told each night; returns how many calls. Called in a batch."""
    nightly = [
        (connector, key, recipe)
        for connector, tool in connections(actor)
        for key, recipe in tool.writes.items()
        if recipe.nightly
    ]
    ids = list(accounts) if nightly else []
    words = Words(actor.model, ids) if ids else None
    return sum(
        _queue(words, connector, key, recipe, account, None, actor)
        for account in ids
        for connector, key, recipe in nightly
        if words is not None
    )


def _queue(
    words: Words,
    connector: Connector,
    key: str,
    recipe: ToolCall,
    account: str,
    entry: LedgerEntry | None,
    actor: Actor,
) -> int:
    """Queue the calls of one recipe on one account; returns how many are new."""
    found = words.accounts.get(account)
    if found is None or found.is_closed or not words.applies(recipe, account):
        return 0
    return sum(_put(wanted, found, entry, actor) for wanted in composed(words, connector, key, recipe, account, entry))


def composed(
    words: Words, connector: Connector, key: str, recipe: ToolCall, account: str, entry: LedgerEntry | None
) -> Iterator[Wanted]:
    """The calls of a recipe with all their places filled; none where what its path needs is not known."""
    values = {**words.of(connector, account), **words.figures(recipe, account), **of_fact(entry)}
    if not isinstance(recipe, Write) or not recipe.each:
        yield from _filled(connector, key, recipe, "", values)
        return
    for part, given in recipe.each.items():
        own = {f"each.{name}": _known(fill(each, values, "null")) for name, each in given.items()}
        yield from _filled(connector, key, recipe, part, {**values, **own})


def _known(value: Any) -> Any:
    return None if value is ABSENT else value


def _filled(connector: Connector, key: str, recipe: ToolCall, part: str, values: Values) -> Iterator[Wanted]:
    unknown = recipe.unknown if isinstance(recipe, Write) else "left_out"
    way, body = path(recipe.path, values), fill(recipe.body, values, unknown)
    if way is None or body is ABSENT:
        return
    query = _known(fill(recipe.query, values)) or {}
    lookup: dict[str, Any] = {}
    if isinstance(recipe, Provision) and recipe.lookup:
        looked = path(recipe.lookup.path, values)
        if looked is not None:
            lookup = {"path": looked, "within": recipe.lookup.within}
            lookup |= {"body": _known(fill(recipe.lookup.body, values)) or {}}
            lookup |= {"query": {name: text(each, values) for name, each in recipe.lookup.query.items()}}
            lookup |= {"where": {name: text(each, values) for name, each in recipe.lookup.where.items()}}
    sent = {"method": recipe.method, "path": way, "query": query, "body": body, "lookup": lookup}
    yield Wanted(connector, key, recipe, part, _json(sent))


def _json(value: Any) -> Any:
    """Plain JSON: moments and exact numbers as tools read them."""
    if isinstance(value, dict):
        return {name: _json(each) for name, each in value.items()}
    return [_json(each) for each in value] if isinstance(value, list) else plain(value)


def _put(wanted: Wanted, account: Account, entry: LedgerEntry | None, actor: Actor) -> int:
    """Put a call into the outbox, unless it is there already, or the same figures stand in the tool."""
    place = Call.objects.filter(
        connector=wanted.connector, account=account, call=wanted.key, part=wanted.part
    ).order_by("-queued_at", "-pk")
    if isinstance(wanted.recipe, Provision):
        key = f"{wanted.connector.pk}:{wanted.key}:{account.pk}"
    elif _is_per_fact(wanted.recipe):
        key = f"{wanted.connector.pk}:{wanted.key}:{wanted.part}:{entry.id if entry else clock.now().isoformat()}"
    else:
        last = place.first()
        if last is not None and last.digest == wanted.digest and last.status != Call.Status.STOPPED:
            return 0
        if last is not None and last.status == Call.Status.WAITING:
            _say_anew(last, wanted, entry)
            return 0
        _give_up_older(place)
        key = f"{wanted.connector.pk}:{wanted.key}:{wanted.part}:{account.pk}:{clock.now().isoformat()}"
    if Call.objects.filter(key=key).exists():
        return 0
    _add(key, wanted, account, entry, actor)
    return 1


def _give_up_older(place: Any) -> None:
    """Figures that could not be told are told no more once there are newer ones."""
    for older in place.filter(status=Call.Status.FAILED):
        stop(older, f"Newer figures follow. {older.last_error}")


def _say_anew(call: Call, wanted: Wanted, entry: LedgerEntry | None) -> None:
    """What waits tells the figures of now."""
    for name, value in wanted.sent.items():
        setattr(call, name, value)
    call.digest, call.cause = wanted.digest, entry.id if entry else call.cause
    call.save(update_fields=[*wanted.sent, "digest", "cause"])


def _add(key: str, wanted: Wanted, account: Account, entry: LedgerEntry | None, actor: Actor) -> Call:
    now = clock.now()
    due = now + AFTER_UNDO
    recipe = wanted.recipe
    call = Call(
        connector=wanted.connector,
        account=account,
        tool=wanted.connector.tool,
        call=wanted.key,
        part=wanted.part,
        label=recipe.label,
        is_provision=isinstance(recipe, Provision),
        makes_link=isinstance(recipe, Provision) and recipe.link is not None,
        key=key,
        cause=entry.id if entry else None,
        asked_by=actor.person,
        digest=wanted.digest,
        queued_at=now,
        not_before=due,
        next_try_at=due,
        **wanted.sent,
    )
    call.save(force_insert=True)
    record_call("tool_call.queued", call)
    return call


@operation("tool_call.ask", label="Set up in a tool")
def ask_tool(account: Account, *, call: str, actor: Actor) -> Call:
    """Ask a tool for what its recipe sets up, as for a client from before it was connected; ``tool.call`` names it."""
    if account.is_closed:
        raise Refused("closed", "This account is closed; nothing goes out for it.")
    tool, _, key = call.partition(".")
    found = next((row for row, _ in connections(actor) if row.tool == tool), None)
    recipe = actor.model.tools[tool].provisions.get(key) if found else None
    if found is None or recipe is None:
        raise Refused("not_connected", "No tool that is connected sets this up.", field="call")
    if Call.objects.filter(connector=found, call=key, account=account).exists():
        raise Refused("asked", ASKED_BY_HAND, field="call")
    words = Words(actor.model, [account.pk])
    wanted = next(composed(words, found, key, recipe, account.pk, None), None)
    if wanted is None:
        raise Refused("incomplete", "What this needs first is not there yet: another call, or a setting.", field="call")
    return _add(f"{found.pk}:{key}:{account.pk}", wanted, account, None, actor)


@operation("tool_call.retry", label="Make a call to a tool again")
def retry_call(call: Call, *, actor: Actor) -> Call:
    """Let a call be made that failed or was stopped, as its recipe and the connection's settings now say."""
    if call.status not in (Call.Status.FAILED, Call.Status.STOPPED):
        raise Refused("not_failed", "Only what failed, or was stopped, is made again.")
    if call.account.is_closed:
        raise Refused("closed", "This account is closed; nothing goes out for it.")
    wanted = _again(call, actor)
    if wanted is None:
        words = "The blueprint has this recipe no more, the tool is not connected, or what it needs first is missing."
        raise Refused("no_recipe", words)
    _say_anew(call, wanted, None)
    call.status, call.tries, call.last_error = Call.Status.WAITING, 0, ""
    call.next_try_at = max(call.not_before, clock.now())
    call.save(update_fields=["status", "tries", "last_error", "next_try_at"])
    record_call("tool_call.retried", call)
    return call


def _again(call: Call, actor: Actor) -> Wanted | None:
    """What a call would say now."""
    tool = next((tool for row, tool in connections(actor) if row.pk == call.connector_id), None)
    recipe = tool.calls.get(call.call) if tool else None
    if recipe is None:
        return None
    entry = LedgerEntry.objects.filter(pk=call.cause).first() if call.cause else None
    every = composed(Words(actor.model, [call.account_id]), call.connector, call.call, recipe, call.account_id, entry)
    return next((wanted for wanted in every if wanted.part == call.part), None)


def put_off(connector: Connector, until: datetime) -> None:
    """Let all that waits for a tool wait until a moment."""
    waiting = Call.objects.filter(connector=connector, status=Call.Status.WAITING, next_try_at__lt=until)
    waiting.update(next_try_at=until)
