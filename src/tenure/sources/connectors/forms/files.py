"""Files that a submission names by their addresses: fetched before it is taken in, looked at as every upload is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from django.conf import settings

from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.records.upload import MEGABYTE, Taken, place, take_in
from tenure.sources.connectors import wire
from tenure.sources.connectors.forms.mapping import FormMapping
from tenure.sources.connectors.items import Failed

FETCHED = "files fetched"  # where a submission keeps what was fetched for it; no field of a form has such a name
MOST = 20  # files of a submission
DEADLINE = 120.0  # seconds for one file


def addresses(mapping: FormMapping, answers: dict[str, object]) -> list[str]:
    """The addresses of a submission's files, in their order."""
    found = answers.get(mapping.files) if mapping.files else None
    given = found if isinstance(found, list) else str(found or "").split()
    return [each.strip() for each in map(str, given) if each.strip()]


def is_from(address: str, hosts: Iterable[str]) -> bool:
    """Whether an address is one of the form service's own."""
    host = (urlsplit(address).hostname or "").lower()
    return any(host == each.lower() or host.endswith(f".{each.lower()}") for each in hosts)


def fetched(answers: dict[str, object]) -> list[Taken]:
    """What was fetched for a submission and lies on the disk still; nothing where any of it is gone."""
    held = answers.get(FETCHED)
    every = [Taken(*each) for each in held] if isinstance(held, list) else []
    folders = (place(), place("quarantined"))
    return every if all(any((folder / each.id).exists() for folder in folders) for each in every) else []


def fetch(mapping: FormMapping, wanted: Sequence[str], key: str, allowed: Sequence[str], actor: Actor) -> list[object]:
    """Fetch the files of a submission. Raises Refused where one of them is not the service's, or is not taken."""
    if len(wanted) > MOST:
        raise Refused("too_many", f"This submission names {len(wanted)} files; at most {MOST} are fetched.")
    made: list[object] = []
    for address in wanted:
        if not is_from(address, mapping.hosts):
            host = (urlsplit(address).hostname or address)[:80]
            raise Refused("other_host", f"A file lies at “{host}”, which the mapping does not name in `hosts`.")
        try:
            chunks = wire.download(
                _with_key(address, mapping.key_in, key),
                allowed,
                most=settings.UPLOAD_MOST + MEGABYTE,  # a little more, so that the upload's own words refuse it
                deadline=DEADLINE,
                may_follow=lambda other: is_from(other, mapping.hosts),
            )
            made.append(list(astuple(take_in(chunks, unquote(urlsplit(address).path), actor))))
        except Failed as error:
            raise Refused("not_fetched", f"A file could not be fetched: {error.message}") from error
    return made


def _with_key(address: str, name: str, key: str) -> str:
    if not name or not key:
        return address
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode([*parse_qsl(parts.query), (name, key)])))
