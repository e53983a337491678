"""Permission: one rule of the blueprint, compiled to a filter for lists and a check for one subject.

A rule of the RACI names who may do an operation; a role's reach says to which accounts. Both `require` and `reach`
come from the same `scopes`, and a test holds them together on random companies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import TypeVar

from django.db.models import Model as Row
from django.db.models import Q, QuerySet

from tenure.base.errors import Forbidden
from tenure.blueprint.model import Model, Raci
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import Actor
from tenure.identity.people import Membership, current
from tenure.identity.rows import rows_by

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Scope:
    """Accounts that one membership reaches: all, those of a pod, or those to which any of `people` is assigned."""

    everything: bool = False
    pod: str | None = None
    people: frozenset[str] = frozenset()
    client: str | None = None  # the client role whose assignments count


_rules: dict[int, tuple[Model, dict[str, tuple[str, Raci] | None]]] = {}


def rule_for(model: Model, operation: str) -> tuple[str, Raci] | None:
    """The rule that governs an operation: its own, else the longest pattern that matches, such as ``meeting.*``."""
    if id(model) not in _rules:
        if len(_rules) > 8:
            _rules.clear()
        _rules[id(model)] = model, {}  # the model is kept, so that its identity is not given to another one
    found = _rules[id(model)][1]
    if operation not in found:
        found[operation] = _find_rule(model, operation)
    return found[operation]


def _find_rule(model: Model, operation: str) -> tuple[str, Raci] | None:
    if operation in model.raci:
        return operation, model.raci[operation]
    patterns = [name for name in model.raci if "*" in name and fnmatchcase(operation, name)]
    if not patterns:
        return None
    best = max(patterns, key=len)
    return best, model.raci[best]


def may(actor: Actor, operation: str) -> tuple[Membership, ...]:
    """The actor's memberships under which they may do the operation on subjects within reach."""
    found = rule_for(actor.model, operation)
    if found is None:
        return ()
    _, rule = found
    doers = {rule.accountable, *rule.responsible}
    return tuple(m for m in actor.memberships if m.role in doers and _level_suffices(actor.model, rule, m))


def _level_suffices(model: Model, rule: Raci, membership: Membership) -> bool:
    least = rule.limits.get(membership.role)
    if least is None:
        return True
    levels = model.roles[membership.role].levels
    return membership.level in levels and levels[membership.level].rank >= levels[least].rank


def scopes(actor: Actor, operation: str) -> tuple[Scope, ...]:
    """What the actor reaches for an operation, a scope per membership that permits it."""
    return tuple(
        _scope(actor, membership) for membership in may(actor, operation) if membership.role in actor.model.roles
    )


def _scope(actor: Actor, membership: Membership) -> Scope:
    match actor.model.roles[membership.role].reach:
        case "all":
            return Scope(everything=True)
        case "pod":
            # Somebody who serves a pod also reaches what is assigned to them by name outside it.
            return Scope(pod=membership.pod_id, people=actor.people)
        case "team":
            team = Membership.objects.filter(current(actor.day), team_id=membership.team_id).exclude(team_id=None)
            return Scope(people=actor.people | frozenset(team.values_list("person_id", flat=True)))
        case "own":
            return Scope(people=frozenset({actor.id or ""}), client=membership.role)
        case _:
            return Scope(people=actor.people)


def reach(queryset: QuerySet[R], actor: Actor, operation: str = "account.view") -> QuerySet[R]:
    """The rows of `queryset` that belong to accounts within the actor's reach for an operation.

    The model says by `anchor_path` how to come from it to its account's anchor.
    """
    path = queryset.model.anchor_path  # type: ignore[attr-defined]
    if actor.is_system:
        return queryset
    anchors = reachable(actor, operation)
    if anchors is None:
        return queryset
    return queryset.filter(**{f"{path}__in" if path else "pk__in": anchors.values("pk")})


def reachable(actor: Actor, operation: str = "account.view") -> QuerySet[AccountAnchor] | None:
    """The anchors within reach; None means every account."""
    wanted = Q(pk__in=())
    for scope in scopes(actor, operation):
        if scope.everything:
            return None
        if scope.pod:
            wanted |= Q(pod_id=scope.pod)
        if scope.people:
            assigned = Assignment.objects.filter(current(actor.day), person_id__in=scope.people)
            assigned = assigned.filter(role=scope.client) if scope.client else assigned
            wanted |= Q(pk__in=assigned.values("account_id"))
    return AccountAnchor.objects.filter(wanted)


def reaches(
    actor: Actor, operation: str, anchor: AccountAnchor, assigned: Iterable[tuple[str, str]] | None = None
) -> bool:
    """Whether one account lies within reach. `assigned` are its (person, role) pairs of today, read where not given."""
    if actor.is_system:
        return True
    pairs = None if assigned is None else set(assigned)
    for scope in scopes(actor, operation):
        if scope.everything or (scope.pod and scope.pod == anchor.pod_id):
            return True
        if scope.people:
            if pairs is None:
                pairs = _assigned(anchor.pk, actor.day)
            if any(person in scope.people and scope.client in (None, role) for person, role in pairs):
                return True
    return False


def _assigned(account: str, day: date) -> set[tuple[str, str]]:
    """The people of an account on a day, with their roles. It has few in all, so that the day is told apart here."""
    rows = rows_by(Assignment, account_id=account)
    return {(each.person_id, each.role) for each in rows if each.holds_on(day)}


def anchor_of(subject: Row | None) -> AccountAnchor | None:
    """The account that a row belongs to; None for rows of the company itself."""
    if isinstance(subject, AccountAnchor):
        return subject
    path = getattr(subject, "anchor_path", None)
    if not path:
        return None
    found: object = subject
    for step in path.split("__"):
        found = getattr(found, step)
    return found if isinstance(found, AccountAnchor) else None


def require(actor: Actor, operation: str, subject: Row | None = None) -> None:
    """Raise `Forbidden` unless the blueprint's rule lets the actor do the operation on the subject.

    Where the account is out of reach the refusal is `hidden`: it looks like an absent one.
    """
    if actor.is_system:
        return
    anchor = anchor_of(subject)
    is_reached = anchor is None or reaches(actor, operation, anchor)
    if anchor is not None and not is_reached and not reaches(actor, "account.view", anchor):
        raise Forbidden(operation, "There is no such account within your reach.", hidden=True)
    if not may(actor, operation) or not is_reached:
        raise Forbidden(operation, explain(actor.model, operation), who_may(actor.model, operation))


def who_may(model: Model, operation: str) -> tuple[str, ...]:
    """The labels of the roles that may do an operation, with the level where one is asked for."""
    found = rule_for(model, operation)
    if found is None:
        return ()
    rule = found[1]
    labels = []
    for role in dict.fromkeys((rule.accountable, *rule.responsible)):
        if role in model.roles:
            level = rule.limits.get(role)
            suffix = f" from {model.roles[role].levels[level].label}" if level else ""
            labels.append(model.roles[role].label + suffix)
    return tuple(labels)


def explain(model: Model, operation: str) -> str:
    """The rule behind a refusal, as a sentence."""
    found = rule_for(model, operation)
    if found is None:
        return f"No rule of the blueprint lets anyone do “{operation}”."
    name, rule = found
    why = f" {rule.why.rstrip('.')}." if rule.why else ""
    return f"Rule raci.{name} of the blueprint does not give you “{operation}”.{why}"
