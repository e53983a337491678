"""The actor behind a request: the person signed in, with the roles of today, read once per request."""

from typing import cast

from django.http import HttpRequest

from tenure.identity.actor import Actor
from tenure.identity.people import Person


class SignedIn(HttpRequest):
    """A request behind the sign-in page."""

    user: Person


def actor_of(request: HttpRequest) -> Actor:
    """The actor who made a request. Raises NoBlueprint before the first blueprint is applied."""
    if not hasattr(request, "_actor"):
        request._actor = Actor.of(cast(Person, request.user))  # type: ignore[attr-defined]
    return cast(Actor, request._actor)  # type: ignore[attr-defined]


def zone_of(actor: Actor) -> str:
    """The zone in which an actor reads times: their own, else the company's."""
    return (actor.person.zone if actor.person else "") or actor.model.company.zone
