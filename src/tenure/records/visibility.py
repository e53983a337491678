"""What a client may read: nothing but what a row says is theirs to see."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model as Row
from django.db.models import Q, QuerySet

from tenure.identity.actor import Actor

R = TypeVar("R", bound=Row)


def is_client(actor: Actor) -> bool:
    """Whether somebody acts from the client's side: they hold no role but a portal's."""
    if actor.is_system:
        return False
    return all(actor.model.roles[role].portal for role in actor.roles)


def seen_by(queryset: QuerySet[R], actor: Actor) -> QuerySet[R]:
    """Of the rows within reach, those that the actor may read: a client reads what the model's `client_sees` lets."""
    if not is_client(actor):
        return queryset
    allowed: Q | None = getattr(queryset.model, "client_sees", None)
    return queryset.none() if allowed is None else queryset.filter(allowed)
