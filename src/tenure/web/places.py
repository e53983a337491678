"""The places of the side bar. A page's module in `views` names its own as ``PLACE``; `urls.PAGES` says the order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tenure.identity.access import may
from tenure.identity.actor import Actor
from tenure.records.practice import is_candidate
from tenure.web.practising import CLOSED_PLACES


@dataclass(frozen=True)
class Place:
    """Where one can go from anywhere.

    `url` is a URL name without arguments. `permission` is the operation that the actor must be allowed; without one
    everyone who signs in may go. `key` is the letter after G. `phone` puts it among the four at the foot of a phone.
    `count` says how many things wait there; it runs on every page, so it is one indexed query. None or 0 shows nothing.
    `group` 1 is daily work, 2 is the company's. `exists` says whether this home has the place at all.
    """

    label: str
    icon: str
    url: str
    permission: str = ""
    key: str = ""
    group: int = 1
    phone: bool = False
    count: Callable[[Actor], int | None] | None = None
    exists: Callable[[], bool] | None = None

    def is_open_to(self, actor: Actor) -> bool:
        if self.exists is not None and not self.exists():
            return False
        return not self.permission or bool(may(actor, self.permission))


@cache
def every_place() -> tuple[Place, ...]:
    """All places, in the order of `urls.PAGES`. Raises RuntimeError where two claim one key."""
    from tenure.web.urls import PAGES  # the pages import this module

    found = [place for name in PAGES if (place := getattr(import_module(name), "PLACE", None))]
    keys = [place.key for place in found if place.key]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise RuntimeError(f"two places share a key: {', '.join(sorted(twice))}")
    return tuple(found)


def places_of(actor: Actor) -> tuple[Place, ...]:
    """The places that are open to an actor."""
    closed = CLOSED_PLACES if is_candidate(actor) else ()
    return tuple(place for place in every_place() if place.url not in closed and place.is_open_to(actor))
