"""Rows by their model and id, within the reader's reach, and the page on which each stands."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model as Row
from django.urls import NoReverseMatch, reverse

from tenure.base.errors import Forbidden
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.row import AccountRow
from tenure.records.timeline import words_of
from tenure.records.visibility import seen_by
from tenure.web import wording

R = TypeVar("R", bound=Row)

LONGEST = 90


def fetch(model: type[R], actor: Actor, pk: str, operation: str) -> R:
    """A row on which the actor may do `operation`. Raises Forbidden, hidden where it is absent or out of reach."""
    concrete: Any = Account if model is AccountAnchor else model
    rows = concrete._default_manager.filter(pk=pk)
    if issubclass(concrete, AccountRow):
        rows = seen_by(rows, actor)
    row = rows.first()
    if row is None:
        raise Forbidden(operation, "There is no such thing within your reach.", hidden=True)
    access.require(actor, operation, row)
    found: R = row
    return found


def name_of(row: Row | None, operation: str, model: Model) -> str:
    """What the row of an act is called: its own name, else as the timeline words it; empty where neither is known."""
    if row is None or type(row).__str__ is not Row.__str__:
        return str(row or "")
    return wording.cut(words_of(operation.partition(".")[0], str(row.pk), model), LONGEST)


def address_of_noun(noun: str, pk: str, account_id: str) -> str:
    """The page on which a row stands that is known by its noun and id: its own, else its account's."""
    try:
        return reverse(noun, args=[pk])
    except NoReverseMatch:
        return reverse("account", args=[account_id])


def address_of(row: Row | None) -> str:
    """The page that a row stands on: its own, else its account's; the home page where it has neither."""
    if row is None:
        return reverse("home")
    name = row._meta.model_name or ""
    try:
        return reverse(name, args=[row.pk])
    except NoReverseMatch:
        anchor = access.anchor_of(row)
        return reverse("account", args=[anchor.pk]) if anchor is not None else reverse("home")
