"""Tools: recipes whose places exist, whose calls have something that asks for them, and that show no secret."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from tenure.blueprint.model import Model
from tenure.blueprint.problems import Problem, nearest
from tenure.blueprint.schema.tools import FORMS, Provision, Tool, ToolCall, Write, places
from tenure.blueprint.sources import Sources, Way
from tenure.blueprint.vocabulary import TOOL_WORDS

LONGEST_KEY = 50
_LOOKS_LIKE_A_PLACE = re.compile(r"\{(?=[A-Za-z])([^{}\s]+)\}")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")


def tools_are_recipes(model: Model, sources: Sources) -> Iterator[Problem]:
    for key, tool in model.tools.items():
        way: Way = ("tools", key)
        if len(key) > LONGEST_KEY:
            yield sources.problem(way, f"this key has {len(key)} characters", expected="50 at most", at_key=True)
        for name in tool.provisions.keys() & tool.writes.keys():
            yield sources.problem((*way, "writes", name), f"“{name}” is set up too; call it otherwise", at_key=True)
        yield from _head(tool, way, sources)
        for name, provision in tool.provisions.items():
            yield from _call(model, tool, name, provision, (*way, "provisions", name), sources)
        for name, write in tool.writes.items():
            yield from _call(model, tool, name, write, (*way, "writes", name), sources)


def _head(tool: Tool, way: Way, sources: Sources) -> Iterator[Problem]:
    """The address, the headers and the secrets of a tool."""
    secrets = {f"secret.{key}" for key, setting in tool.settings.items() if setting.secret}
    settings = {f"setting.{key}" for key, setting in tool.settings.items() if not setting.secret}
    for where, address in (("address", tool.address), ("renews", tool.renews.address if tool.renews else "")):
        if address and (urlsplit(address).scheme != "https" or not urlsplit(address).hostname):
            at = (*way, where) if where == "address" else (*way, "renews", "address")
            yield sources.problem(at, "this is no address that a secret may go to", expected="https://…")
    for name, text in tool.headers.items():
        if not _HEADER.fullmatch(name):
            yield sources.problem((*way, "headers", name), f"“{name}” is no name of a header", at_key=True)
        more = {"token"} if tool.renews else set()
        yield from _places(text, (*way, "headers", name), {*secrets, *settings, *more}, sources)
    if tool.renews:
        for name, text in tool.renews.form.items():
            yield from _places(text, (*way, "renews", "form", name), secrets | settings, sources)
    if tool.idempotency and not _HEADER.fullmatch(tool.idempotency):
        yield sources.problem((*way, "idempotency"), f"“{tool.idempotency}” is no name of a header")
    if tool.signs and f"secret.{tool.signs}" not in secrets:
        yield sources.problem((*way, "signs"), f"there is no secret “{tool.signs}” among the settings")


def _call(model: Model, tool: Tool, name: str, call: ToolCall, way: Way, sources: Sources) -> Iterator[Problem]:
    if not call.path.startswith("/"):
        yield sources.problem((*way, "path"), "a path begins with a stroke", expected="/…")
    known = {*TOOL_WORDS, *call.values}
    known |= {f"setting.{key}" for key, setting in tool.settings.items() if not setting.secret}
    known |= {f"verdict.{key}" for key in model.commitments}
    kept = {f"kept.{other}.{each}" for other, part in tool.provisions.items() for each in part.keep}
    own = {each for each in kept if each.startswith(f"kept.{name}.")}
    sent = {"path": call.path, "query": call.query, "body": call.body}
    extra: set[str] = set()
    if isinstance(call, Write):
        if not call.on and not call.nightly:
            yield sources.problem(way, "nothing asks for this call", expected="on, or nightly: true", at_key=True)
        if call.per == "fact" and call.nightly:
            yield sources.problem((*way, "nightly"), "no fact stands behind a night", expected="per: account")
        names = [set(each) for each in call.each.values()]
        extra = {f"each.{each}" for each in set.intersection(*names)} if names else set()
        for key, given in call.each.items():
            yield from _places(given, (*way, "each", key), known | kept, sources)
    if isinstance(call, Provision):
        if call.lookup:
            yield from _places(call.lookup.model_dump(), (*way, "lookup"), known | kept - own, sources)
            if not call.lookup.where:
                yield sources.problem((*way, "lookup"), "nothing says which entry is meant", expected="where")
            for each in call.lookup.keep.keys() - call.keep.keys():
                yield sources.problem((*way, "lookup", "keep", each), f"“{each}” is not kept of the answer")
        if call.link:
            yield from _places(call.link.model_dump(), (*way, "link"), known | kept, sources)
    for field, value in sent.items():
        yield from _places(value, (*way, field), known | extra | (kept - own), sources, facts=bool(call.on))


def _places(value: Any, way: Way, known: set[str], sources: Sources, *, facts: bool = False) -> Iterator[Problem]:
    """Places that name nothing, each where it stands."""
    match value:
        case dict():
            for key, each in value.items():
                yield from _places(each, (*way, key), known, sources, facts=facts)
        case list() | tuple():
            for index, each in enumerate(value):
                yield from _places(each, (*way, index), known, sources, facts=facts)
        case str():
            sound = {f"{name}:{form}" if form else name for name, form in places(value)}
            for name, form in places(value):
                if name not in known and not (facts and name.startswith("fact.")):
                    yield sources.problem(way, f"“{{{name}}}” stands for nothing here", nearest=nearest(name, known))
                if form and form not in FORMS:
                    yield sources.problem(way, f"there is no form “{form}”", expected=", ".join(sorted(FORMS)))
            for found in _LOOKS_LIKE_A_PLACE.finditer(value):
                if found[1] not in sound:
                    yield sources.problem(
                        way, f"“{found[0]}” stands for nothing here", nearest=nearest(found[1], known)
                    )


RULES: tuple[Callable[[Model, Sources], Iterator[Problem]], ...] = (tools_are_recipes,)
