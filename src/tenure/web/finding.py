"""What the command palette finds. A page's module in `views` says it as ``FINDERS`` and ``ACTS``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from django.urls import reverse

from tenure.identity.actor import Actor
from tenure.web.actors import may
from tenure.web.places import places_of
from tenure.web.practising import is_closed_to

PER_GROUP = 6


@dataclass(frozen=True)
class Found:
    """One line of the palette. In front stands a band, a face (somebody's name) or an icon."""

    label: str
    href: str
    note: str = ""
    icon: str = ""
    band: str = ""
    face: str = ""
    key: str = ""


@dataclass(frozen=True)
class Act:
    """Something one can start from anywhere. `dialog` names the dialog that it opens where scripts run."""

    label: str
    icon: str
    url: str
    permission: str = ""
    key: str = ""
    dialog: str = ""


@dataclass(frozen=True)
class Group:
    label: str
    lines: Sequence[Found]


Finder = Callable[[Actor, str], Sequence[Found]]


@cache
def every_act() -> tuple[Act, ...]:
    return tuple(act for name in _pages() for act in getattr(import_module(name), "ACTS", ()))


@cache
def every_finder() -> tuple[tuple[str, Finder], ...]:
    """Labels and finders: a finder takes the actor and the typed words, and returns only what the actor may see."""
    return tuple(pair for name in _pages() for pair in getattr(import_module(name), "FINDERS", ()))


def _pages() -> Sequence[str]:
    from tenure.web.urls import PAGES  # the pages import this module

    return PAGES


def list_acts(actor: Actor) -> list[Act]:
    return [act for act in every_act() if not act.permission or may(actor, act.permission)]


def list_found(actor: Actor, typed: str) -> list[Group]:
    """Everything that answers the typed words, in groups; ``>`` in front asks for acts alone."""
    acts_alone = typed.startswith(">")
    words = typed.removeprefix(">").strip()
    groups = (
        []
        if acts_alone or not words
        else [
            Group(label, finder(actor, words)[:PER_GROUP])
            for label, finder in every_finder()
            if not is_closed_to(actor, finder)
        ]
    )
    groups.append(Group("Do", list(_acts(actor, words))))
    if not acts_alone:
        groups.append(Group("Go to", list(_places(actor, words))))
    return [group for group in groups if group.lines]


def _acts(actor: Actor, words: str) -> Iterator[Found]:
    for act in list_acts(actor):
        if words.lower() in act.label.lower():
            yield Found(act.label, reverse(act.url), icon=act.icon, key=act.key.upper())


def _places(actor: Actor, words: str) -> Iterator[Found]:
    for place in places_of(actor):
        if words.lower() in place.label.lower():
            yield Found(
                place.label, reverse(place.url), icon=place.icon, key=f"G {place.key.upper()}" if place.key else ""
            )
