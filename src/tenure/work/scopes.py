"""Whose numbers: the company's, a team's, a pod's or somebody's own, as of a day, and who may read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tenure.base.errors import Forbidden
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.operations import view
from tenure.identity.people import Membership, Person, Pod, Team, current

VIEW = view("kpi.view", "See one's own numbers")
TEAM = view("kpi.team", "See the team's numbers")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose figures: the company's, or those of some people's books, or of the accounts of a pod.

    A promise belongs to whose credit it is, so to whoever covered when it was judged; an account belongs to who held it
    on the day, leave aside.
    """

    kind: Literal["company", "team", "pod", "person"]
    id: str
    name: str
    people: frozenset[str] | None = None
    pod: str = ""

    @property
    def key(self) -> str:
        """What the edition keeps it under, such as ``team:01h…``; ``company`` for all."""
        return f"{self.kind}:{self.id}" if self.id else self.kind

    def has(self, person: str | None, pod: str | None) -> bool:
        """Whether something belongs here that is to this person's credit, on an account of this pod."""
        if self.people is not None:
            return person in self.people
        return not self.pod or pod == self.pod


def scopes_on(model: Model, day: date) -> list[Scope]:
    """The company, every team and pod, and everybody who has a book, as they were on a day."""
    held = Membership.objects.filter(current(day)).exclude(person__kind=Person.Kind.CLIENT)
    rows = list(held.values_list("person_id", "role", "team_id"))
    teams: dict[str, set[str]] = defaultdict(set)
    for person, _, team in rows:
        if team:
            teams[team].add(person)
    with_book = {person for person, role, _ in rows if role in model.roles and model.roles[role].reach == "book"}
    people = Person.objects.filter(pk__in=with_book).order_by("name").values_list("pk", "name")
    return [
        company(model),
        *(Scope("team", pk, name, frozenset(teams[pk])) for pk, name in _named(Team) if pk in teams),
        *(Scope("pod", pk, name, pod=pk) for pk, name in _named(Pod)),
        *(Scope("person", pk, name, frozenset({pk})) for pk, name in people),
    ]


def _named(model: type[Team] | type[Pod]) -> Iterable[tuple[str, str]]:
    return model.objects.order_by("name").values_list("pk", "name")


def company(model: Model) -> Scope:
    return Scope("company", "", model.company.name)


def scope_of(person: Person, model: Model, day: date) -> tuple[Membership | None, Scope]:
    """The role that somebody is measured in on a day, and the accounts and promises that its numbers are over.

    Of several roles it is the first that names numbers. They are over its reach: a book, a pod, a team, or everything.
    """
    held = list(person.memberships.filter(current(day)).select_related("team", "pod").order_by("from_day", "id"))
    known = [each for each in held if each.role in model.roles]
    measured = next((each for each in known if model.roles[each.role].measured_by), next(iter(known), None))
    own = Scope("person", person.pk, person.name, frozenset({person.pk}))
    if measured is None:
        return None, own
    match model.roles[measured.role].reach:
        case "all":
            return measured, company(model)
        case "team" if measured.team is not None:
            return measured, Scope("team", measured.team.pk, measured.team.name, _members([measured.team.pk], day))
        case "pod" if measured.pod is not None:
            return measured, Scope("pod", measured.pod.pk, measured.pod.name, pod=measured.pod.pk)
        case _:
            return measured, own


def _members(teams: Iterable[str | None], day: date) -> frozenset[str]:
    held = Membership.objects.filter(current(day), team_id__in=[team for team in teams if team])
    return frozenset(held.values_list("person_id", flat=True))


def led(actor: Actor) -> list[Scope]:
    """The scopes whose numbers an actor may read: teams that they lead, or the company and all its teams and pods.

    Raises Forbidden where they lead nobody.
    """
    access.require(actor, TEAM)
    memberships = access.may(actor, TEAM)
    every = [scope for scope in scopes_on(actor.model, actor.day) if scope.kind != "person"]
    if actor.is_system or any(actor.model.roles[each.role].reach == "all" for each in memberships):
        return every
    return [scope for scope in every if scope.kind == "team" and scope.id in {each.team_id for each in memberships}]


def access_person(actor: Actor, person_id: str) -> Person:
    """Somebody whose numbers an actor may read: themselves, of their own team, or anybody's where they reach all.

    A colleague's numbers look like absent ones. Raises Forbidden.
    """
    access.require(actor, VIEW)
    found = Person.objects.filter(pk=person_id, kind=Person.Kind.STAFF).first()
    if found is not None and (found.pk == actor.id or _leads(actor, found.pk)):
        return found
    raise Forbidden(VIEW, "There is nobody here whose numbers you may read.", hidden=True)


def access_scope(actor: Actor, key: str) -> Scope:
    """A scope by its key whose numbers an actor may read; their own where none is named. Raises Forbidden, hidden."""
    access.require(actor, VIEW)
    kind, _, name = key.partition(":")
    if actor.person is not None:
        own = scope_of(actor.person, actor.model, actor.day)[1]
        if key in ("", own.key):
            return own
    if kind == "person":
        person = access_person(actor, name)
        return Scope("person", person.pk, person.name, frozenset({person.pk}))
    if access.may(actor, TEAM) or actor.is_system:
        for scope in led(actor):
            if scope.key == key:
                return scope
    raise Forbidden(VIEW, "There is nobody here whose numbers you may read.", hidden=True)


def _leads(actor: Actor, person_id: str) -> bool:
    if actor.is_system:
        return True
    memberships = access.may(actor, TEAM)
    if any(actor.model.roles[each.role].reach == "all" for each in memberships):
        return True
    return person_id in _members((each.team_id for each in memberships), actor.day)
