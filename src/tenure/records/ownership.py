"""Who owns a new account: whoever is named, else whoever takes it on and carries a book."""

from __future__ import annotations

from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import Actor
from tenure.identity.operations import record
from tenure.identity.people import Membership, Person, current
from tenure.records.checks import check_word
from tenure.records.row import colleague


def give_owner(account: AccountAnchor, owner: str | None, role: str | None, actor: Actor) -> None:
    """Assign the first owner; naming somebody else is an assignment and follows its rule."""
    if owner is None:
        held = next((m.role for m in actor.memberships if _carries_book(actor.model, m.role)), None)
        if actor.person is None or held is None:
            return
        person, role = actor.person, held
    else:
        if not actor.is_system and owner != actor.id and not access.may(actor, "account.assign"):
            rule = access.explain(actor.model, "account.assign")
            raise Forbidden("account.assign", rule, access.who_may(actor.model, "account.assign"))
        found = colleague(owner)
        if found is None:
            return
        person, role = found, role or _book_role_of(found, actor)
        check_word("role", role, actor.model.roles, "role")
    made = Assignment.objects.create(account_id=account.pk, person=person, role=role, from_day=actor.day)
    record("assignment.started", made, account_id=account.pk)


def _carries_book(model: Model, role: str) -> bool:
    return role in model.roles and model.roles[role].reach == "book"


def _book_role_of(person: Person, actor: Actor) -> str:
    """The role in which somebody carries accounts."""
    held = Membership.objects.filter(current(actor.day), person=person).order_by("from_day", "id")
    roles = [role for role in held.values_list("role", flat=True) if _carries_book(actor.model, role)]
    if not roles:
        mend = "say in which role they own this one"
        raise Refused("no_book", f"{person.name} carries no accounts; {mend}.", field="role")
    return roles[0]
