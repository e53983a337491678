"""One call to a tool over HTTP, and what its answer means: done, to be tried again, or failed for good."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NoReturn
from urllib.parse import urlencode

from standardwebhooks import Webhook

from tenure.base import clock
from tenure.blueprint.model import Provision, Tool
from tenure.sources.connectors.items import Failed
from tenure.sources.connectors.wire import Answer, Asked, Unsure, ask
from tenure.sources.tools.call import Call
from tenure.sources.tools.filling import part_of, text

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(hours=1)  # what a tool may ask us to wait
AWAY = timedelta(minutes=5)
REFUSED = timedelta(minutes=15)  # before a secret is tried again that was turned away
PASSING = frozenset({408, 409, 423, 425})
LONGEST_KEPT = 500
_tokens: dict[tuple[str, str], tuple[str, float]] = {}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went. `is_tools_fault`: the others that wait for the same tool would fare alike."""

    how: Literal["done", "later", "failed"]
    says: str = ""
    wait: timedelta | None = None
    is_tools_fault: bool = False
    is_doubtful: bool = False
    was_there: bool = False
    kept: Mapping[str, Any] = field(default_factory=dict)


class _NotDone(Exception):
    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.says)


def perform(call: Call, tool: Tool, allowed: Sequence[str]) -> Outcome:
    """Make a call: look for what is there already, then ask for it. Raises Refused where no secret can be read."""
    try:
        headers = _headers(call, tool, allowed)
        found = _look(call, tool, headers, allowed) if call.lookup else None
        if found is not None:
            return Outcome("done", kept=found, was_there=True)
        return _ask(call, tool, headers, allowed)
    except _NotDone as error:
        return error.outcome
    except Failed as error:
        return Outcome("later", error.message, wait=AWAY, is_tools_fault=True)


def _ask(call: Call, tool: Tool, headers: Mapping[str, str], allowed: Sequence[str]) -> Outcome:
    body = _body(call.body, tool)
    sent = {**headers, "Content-Type": _CONTENT[tool.encoding]}
    if tool.idempotency:
        sent[tool.idempotency] = call.pk
    if tool.signs:
        sent |= _signature(call, tool, body)
    try:
        answer = ask(Asked(call.method, _address(call, call.path, call.query), sent, body), allowed)
    except Unsure as error:
        return Outcome("later", f"{error} It may have been done.", is_doubtful=True)
    data = _judged(answer, tool)
    return Outcome("done", kept=_kept(call, tool, data))


def _look(call: Call, tool: Tool, headers: Mapping[str, str], allowed: Sequence[str]) -> dict[str, Any] | None:
    """What is kept of what is there already and nobody else's; None where nothing is."""
    looked = call.lookup
    address = _address(call, looked["path"], looked["query"])
    asked = Asked("GET", address, headers)
    if looked["body"]:
        asked = Asked(
            "POST", address, {**headers, "Content-Type": _CONTENT["json"]}, json.dumps(looked["body"]).encode()
        )
    try:
        answer = ask(asked, allowed)
    except Unsure as error:
        _give_up(Outcome("later", str(error)))
    data = part_of(_judged(answer, tool), looked["within"])
    for entry in data if isinstance(data, list) else [data]:
        if isinstance(entry, Mapping) and all(
            str(part_of(entry, name)) == value for name, value in looked["where"].items()
        ):
            kept = _kept(call, tool, entry, is_found=True)
            taken = Call.objects.filter(connector=call.connector_id, call=call.call, status=Call.Status.DONE, kept=kept)
            if not kept or not taken.exclude(account=call.account_id).exists():
                return kept
    return None


def _give_up(outcome: Outcome) -> NoReturn:
    raise _NotDone(outcome)


def _judged(answer: Answer, tool: Tool) -> Any:
    """The answer's data. Raises _NotDone with what is to be done where it is not a good one."""
    data = _data(answer)
    says = _says(answer, data, tool)
    status = answer.status
    if status == 401:
        says = f"The tool does not take the secret ({says}); type it again under Data, Sources."
        _give_up(Outcome("later", says, wait=REFUSED, is_tools_fault=True))
    if status == 429 or (status == 503 and "retry-after" in answer.headers):
        wait = _retry_after(answer.headers.get("retry-after", ""))
        _give_up(Outcome("later", f"The tool asks us to wait ({says}).", wait=wait, is_tools_fault=True))
    if status >= 500 or status in PASSING:
        _give_up(Outcome("later", f"The tool cannot do it now ({says})."))
    if 300 <= status < 400:
        _give_up(Outcome("failed", f"The tool sends us elsewhere ({status}); put the right address under Sources."))
    if status >= 400:
        _give_up(Outcome("failed", f"The tool refuses: {says}."))
    for name, wanted in tool.good.items():
        if part_of(data, name) != wanted:
            _give_up(Outcome("failed", f"The tool refuses: {says}."))
    return data


def _data(answer: Answer) -> Any:
    try:
        return json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        return {}


def _says(answer: Answer, data: Any, tool: Tool) -> str:
    """What the tool says is wrong, short, with its number."""
    told = part_of(data, tool.says) if tool.says else None
    words = " ".join(str(told).split())[:200].rstrip(".") if isinstance(told, str | int) else ""
    return f"{answer.status} {words}".strip()


def _retry_after(value: str) -> timedelta:
    """How long a tool asks us to wait: seconds, or a moment; a minute where it does not say."""
    text = value.strip()
    wait = timedelta(minutes=1)
    if text.isdigit() and len(text) < 9:
        wait = timedelta(seconds=int(text))
    elif text:
        try:
            wait = parsedate_to_datetime(text) - clock.now()
        except (ValueError, TypeError):
            wait = timedelta(minutes=1)
    return min(max(wait, SHORTEST), LONGEST)


def _kept(call: Call, tool: Tool, data: Any, *, is_found: bool = False) -> dict[str, Any]:
    """What later calls need of an answer, or of an entry that was found."""
    recipe = tool.provisions.get(call.call)
    if not isinstance(recipe, Provision):
        return {}
    ways = recipe.keep | (recipe.lookup.keep if is_found and recipe.lookup else {})
    found = {name: part_of(data, way) for name, way in ways.items()}
    return {name: str(value)[:LONGEST_KEPT] for name, value in found.items() if isinstance(value, str | int)}


_CONTENT = {"json": "application/json", "form": "application/x-www-form-urlencoded"}


def _body(body: Any, tool: Tool) -> bytes:
    if tool.encoding == "form":
        return urlencode({name: "" if value is None else value for name, value in body.items()}).encode()
    return json.dumps(body, ensure_ascii=False).encode()


def _address(call: Call, path: str, query: Mapping[str, Any]) -> str:
    address = call.connector.address + path
    return f"{address}?{urlencode(query)}" if query else address


def _values(call: Call) -> dict[str, Any]:
    """What headers may hold: settings and secrets."""
    connector = call.connector
    settings_ = {f"setting.{name}": value for name, value in connector.settings.items()}
    return settings_ | {f"secret.{name}": value for name, value in connector.secrets.items()}


def _headers(call: Call, tool: Tool, allowed: Sequence[str]) -> dict[str, str]:
    values = _values(call)
    if tool.renews:
        values["token"] = _token(call, tool, values, allowed)
    return {"Accept": "application/json", **{name: text(wording, values) for name, wording in tool.headers.items()}}


def _token(call: Call, tool: Tool, values: Mapping[str, Any], allowed: Sequence[str]) -> str:
    """A short-lived token for the lasting secret; kept in memory alone, until shortly before it ends."""
    assert tool.renews is not None
    key, now = (call.connector_id, call.connector.sealed), clock.now().timestamp()
    held = _tokens.get(key)
    if held and held[1] > now:
        return held[0]
    form = {name: text(wording, values) for name, wording in tool.renews.form.items()}
    headers = {"Accept": "application/json", "Content-Type": _CONTENT["form"]}
    try:
        answer = ask(Asked("POST", tool.renews.address, headers, urlencode(form).encode()), allowed)
    except Unsure as error:
        _give_up(Outcome("later", str(error), wait=AWAY, is_tools_fault=True))
    data = _data(answer)
    token = part_of(data, tool.renews.field)
    if answer.status != 200 or not isinstance(token, str):
        says = f"No token is given for the secret ({answer.status}); connect the tool again under Data, Sources."
        _give_up(Outcome("later", says, wait=REFUSED, is_tools_fault=True))
    lasts = part_of(data, "expires_in")
    _tokens.clear() if len(_tokens) > 100 else None
    _tokens[key] = str(token), now + (float(lasts) if isinstance(lasts, int | float) else 300.0) - 60
    return str(token)


def _signature(call: Call, tool: Tool, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows that a call is ours (standardwebhooks.com)."""
    try:
        signer = Webhook(call.connector.secrets.get(tool.signs, ""))
        now = clock.now()
        signature = signer.sign(call.pk, now, body.decode())
    except (ValueError, RuntimeError):
        _give_up(Outcome("failed", "The signing secret is none by the Standard Webhooks; type it again."))
    return {"webhook-id": call.pk, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
