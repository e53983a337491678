"""An account with everything about it, as plain data: what is looked through when a client asks what is kept."""

from __future__ import annotations

from typing import Any

from django.db.models import Model as Row
from django.db.models import QuerySet

from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry, plain
from tenure.records import models
from tenure.records.account import Account
from tenure.records.row import AccountRow
from tenure.records.withdrawal import standing

# What is hidden in a played call, and what is thought of whoever played it, is no made-up client's to take along.
OF_PRACTICE = {"Assessment", "Attempt", "CriterionScore", "PracticeCall", "PracticeTurn"}


def everything_about(account: Account, actor: Actor) -> dict[str, Any]:
    """Every row and every standing fact of an account, by noun, internal notes and all: for us, not for its client."""
    access.require(actor, "contact.export", account)
    found: dict[str, Any] = {"account": _row(account)}
    for name in (each for each in models.__all__ if each not in OF_PRACTICE):
        model = getattr(models, name)
        if issubclass(model, AccountRow):
            found[model.noun] = _rows(model._default_manager.filter(account_id=account.pk))
        elif model is not Account:
            found[model._meta.model_name] = _rows(model._default_manager.filter(**{model.anchor_path: account.pk}))
    entries = standing(LedgerEntry.objects.filter(account_id=account.pk).order_by("id"))
    found["facts"] = [_row(entry) for entry in entries]
    return found


def _rows(rows: QuerySet[Any]) -> list[dict[str, Any]]:
    return [_row(row) for row in rows.order_by("pk")]


def _row(row: Row) -> dict[str, Any]:
    return {field.attname: plain(getattr(row, field.attname)) for field in row._meta.concrete_fields}
