"""The actor behind a request: the person signed in, with the roles of today, read once per request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from django.http import HttpRequest

from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS
from tenure.identity.people import Membership, Person
from tenure.web import turned_back


class SignedIn(HttpRequest):
    """A request behind the sign-in page."""

    user: Person


@dataclass(frozen=True)
class Reader(Actor):
    """An actor who reads pages; `as_of` is the day to which they turned them back, None for today."""

    as_of: date | None = None


def actor_of(request: HttpRequest) -> Reader:
    """The actor who made a request. Raises NoBlueprint before the first blueprint is applied."""
    if not hasattr(request, "_actor"):
        reader = Reader.of(cast(Person, request.user))
        made = replace(cast(Reader, reader), as_of=turned_back.day_of(request))
        request._actor = made  # type: ignore[attr-defined]
    return cast(Reader, request._actor)  # type: ignore[attr-defined]


def may(actor: Actor, name: str) -> tuple[Membership, ...]:
    """Under which memberships the actor may do something; no act is open while the pages show an earlier day."""
    if name in OPERATIONS and getattr(actor, "as_of", None) is not None:
        return ()
    return access.may(actor, name)


def zone_of(actor: Actor) -> str:
    """The zone in which an actor reads times: their own, else the company's."""
    return (actor.person.zone if actor.person else "") or actor.model.company.zone
