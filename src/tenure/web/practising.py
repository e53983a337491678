"""A home to practise in, on the web: pages that only it has, and pages that a candidate has no business on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.practice import Attempt, is_candidate

Page = Callable[..., HttpResponse]
# The script and the rubric stand in the blueprint; who else practises, and how they do, stands on the others.
CLOSED = frozenset(
    f"tenure.web.views.{name}"
    for name in ("blueprint", "people", "team", "numbers", "ledger", "imports", "import_rows", "connectors", "arrivals")
)
CLOSED_PLACES = frozenset(("blueprint", "people", "team", "numbers", "ledger", "imports", "connectors", "arrivals"))


def is_practice() -> bool:
    """Whether this home is one to practise in."""
    return bool(settings.PRACTICE)


def in_practice(page: Page) -> Page:
    """Mark a page that is nowhere but in a home to practise in."""

    @wraps(page)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.PRACTICE:
            raise Http404
        return page(request, *args, **kwargs)

    return shown


def is_closed_to(actor: Actor, page: Callable[..., Any]) -> bool:
    """Whether a page is closed to somebody because they are here to practise."""
    return settings.PRACTICE and page.__module__ in CLOSED and is_candidate(actor)


def named_to(actor: Actor, people: QuerySet[Person]) -> QuerySet[Person]:
    """Of some people those who may be named to an actor: a candidate learns of nobody else who practises."""
    if not is_candidate(actor):
        return people
    return people.exclude(pk__in=Attempt.objects.exclude(person_id=actor.id).values("person_id"))
