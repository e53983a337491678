"""Drafts from the company's templates: when a fact asks for one, when a play does, or when somebody wants one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from django.db.models import Model as Row

from tenure.assist.filling import Occasion, fill
from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person, current
from tenure.identity.rows import row_by_key
from tenure.records import models as records
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.draft import Draft, make_draft
from tenure.records.row import AccountRow
from tenure.watch.terms import FactView
from tenure.work.owners import Staffing
from tenure.work.promises import predicate
from tenure.work.tasks import Task

NEWS_FOR = timedelta(days=3)  # what happened earlier, as in an import of years, is no news to write about
ASKED = "task.created"
_TABLES: dict[str, type[AccountRow]] = {
    row.noun: row for name in records.__all__ if issubclass(row := getattr(records, name), AccountRow)
}


def kinds_of(model: Model) -> frozenset[str]:
    """The facts at which a template of the blueprint asks for a draft, and the one by which a play does."""
    return frozenset(each.on for template in model.templates.values() for each in template.drafts_on) | {ASKED}


def draft_for(entries: Sequence[LedgerEntry], actor: Actor) -> int:
    """Draft what these facts ask for; returns how many drafts were made. Called in a batch."""
    since = clock.now() - NEWS_FOR
    fresh = [entry for entry in entries if entry.account_id and entry.happened_at >= since and entry.retracts is None]
    created = [entry.subject_id for entry in fresh if entry.kind == ASKED]
    tasks = Task.objects.filter(pk__in=created, effect=Task.Effect.MESSAGE) if created else Task.objects.none()
    wanted = dict(tasks.values_list("pk", "template"))
    return sum(_draft(key, entry, actor) for entry in fresh for key in _asked_by(entry, actor.model, wanted))


def _asked_by(entry: LedgerEntry, model: Model, tasks: Mapping[str, str]) -> Iterator[str]:
    """The templates that a fact asks for; `tasks` says which one a task to write something names."""
    if entry.kind == ASKED and tasks.get(entry.subject_id) in model.templates:
        yield tasks[entry.subject_id]
    view = FactView(entry.fact)
    for key, template in model.templates.items():
        for trigger in template.drafts_on:
            if trigger.on == entry.kind and (trigger.where is None or predicate(trigger.where)(view) is True):
                yield key
                break


def _draft(key: str, entry: LedgerEntry, actor: Actor) -> bool:
    account = row_by_key(Account, entry.account_id)
    if account is None:
        return False
    causes = set(Draft.objects.filter(account=account, template=key).values_list("cause", flat=True))
    if (actor.model.templates[key].once and causes) or entry.subject_id in causes:
        return False
    about = _row_of(entry)
    if about is not None and not getattr(about, "client_visible", True):
        return False  # what the client may not see is nothing to write to them about
    write(account, key, actor, about=about, cause=entry.subject_id)
    return True


def _row_of(entry: LedgerEntry) -> Row | None:
    table = _TABLES.get(entry.subject)
    return row_by_key(table, entry.subject_id) if table else None


def write(account: Account, key: str, actor: Actor, *, about: Row | None = None, cause: str = "") -> Draft:
    """Draft a template on an account for whoever carries it, to the primary contact."""
    contacts = Contact.objects.filter(account=account, left_on=None, erased_at=None)
    contact = contacts.exclude(email="").order_by("-is_primary", "name", "pk").first()
    owner = actor.person or _carrier(account, actor)
    occasion = Occasion(account, actor.model, about, contact, owner)
    subject, body = fill(actor.model.templates[key], occasion)
    return make_draft(
        account,
        template=key,
        subject=subject[:200],
        body=body,
        contact=contact.pk if contact else None,
        owner=owner.pk if owner else None,
        cause=cause,
        sources=occasion.sources,
        actor=actor,
    )


def _carrier(account: Account, actor: Actor) -> Person | None:
    """Whoever carries the account, or covers for them today."""
    books = [role for role, each in actor.model.roles.items() if each.reach == "book"]
    held = Assignment.objects.filter(current(actor.day), account_id=account.pk, role__in=books).order_by("from_day")
    first = held.first()
    if first is None:
        return None
    acting = Staffing(actor.model, actor.day, [account.pk]).acting_for(first.person_id)
    return Person.objects.filter(pk=acting).first()
