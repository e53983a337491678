"""The client's side: whoever holds no role but a portal's sees the pages that are marked for them, and no other."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest

from tenure.identity.blueprints import NoBlueprint
from tenure.records.visibility import is_client
from tenure.web.actors import actor_of

View = TypeVar("View", bound=Callable[..., object])
OWN_PERSON = "allauth."  # pages about one's own password, second step and sessions


def open_to_clients(view: View) -> View:
    """Mark a view that shows nothing internal, whoever asks."""
    view.open_to_clients = True  # type: ignore[attr-defined]
    return view


def is_open_to_clients(view: Callable[..., object]) -> bool:
    return getattr(view, "open_to_clients", False) or view.__module__.startswith(OWN_PERSON)


def is_of_client(request: HttpRequest) -> bool:
    """Whether the person signed in stands on the client's side, or holds no role at all."""
    try:
        return is_client(actor_of(request))
    except NoBlueprint:
        return False
