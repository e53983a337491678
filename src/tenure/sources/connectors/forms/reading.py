"""Reading one delivery of a form service: fields of a web form, the answers packed as JSON in one of them. No Django.

Jotform sends ``multipart/form-data``: formID, submissionID, formTitle, and in rawRequest the answers by the names of
their fields (``q3_howOften``), uploaded files as lists of addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tenure.sources.connectors.forms.mapping import read_form_mapping, said
from tenure.sources.connectors.items import Delivery, Item, digest

MOST_ANSWERS = 500
LONGEST_ANSWER = 20_000
DEEPEST = 4
# What a form service tells of the browser and of itself; nobody answered it, and some of it is personal.
ITS_OWN = frozenset(
    [
        "ip",
        "jsExecutionTracker",
        "submitSource",
        "buildDate",
        "uploadServerUrl",
        "eventObserver",
        "event_id",
        "slug",
        "timeToSubmit",
        "temp_upload",
        "file_server",
        "validatedNewRequiredFieldIDs",
        "path",
        "webhookURL",
        "pretty",
        "website",
        "simple_spc",
        "rawRequest",
    ]
)


def receive(settings: Mapping[str, Any], delivery: Delivery, now: datetime) -> Item:
    """The submission that a delivery holds. The same one sent again has the same key."""
    mapping = read_form_mapping(settings["mapping"])
    answers = dict(_answers(delivery.fields, mapping.answers_in))
    told = answers.get(mapping.id_in) or delivery.headers.get("webhook-id", "")
    key = f"{said(answers.get(mapping.form_in))}/{said(told)}" if told else json.dumps(answers, sort_keys=True)
    address = said(answers.get(mapping.contact)).strip().lower() if mapping.contact else ""
    return Item(
        key=digest(key),
        happened_at=now,
        payload=answers,
        address=address if "@" in address and len(address) <= 254 else "",
    )


def _answers(fields: Mapping[str, Any], packed: str) -> Iterator[tuple[str, str | list[str]]]:
    """The answers by name: those that stand in the fields, and those that are packed in one of them."""
    inner: Any = fields.get(packed)
    if isinstance(inner, str):
        try:
            inner = json.loads(inner)
        except (ValueError, RecursionError):
            inner = None
    both = {**fields, **(inner if isinstance(inner, dict) else {})}
    for number, (name, value) in enumerate(_flat(both, "", 0)):
        if number >= MOST_ANSWERS:
            return
        yield name, value


def _flat(values: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, str | list[str]]]:
    """Nested answers by dotted names, such as ``q5_name.first``; empty ones are left out."""
    for name, value in values.items():
        if name in ITS_OWN and not before:
            continue
        called = f"{before}{name}"[:200]
        match value:
            case dict():
                if depth < DEEPEST:
                    yield from _flat(value, f"{called}.", depth + 1)
            case list():
                found = [str(each)[:LONGEST_ANSWER] for each in value[:100] if isinstance(each, str | int | float)]
                if found:
                    yield called, found
            case str() | int() | float() if value != "":
                yield called, str(value)[:LONGEST_ANSWER]
