"""Who acts: a person with the roles they hold today, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity import blueprints
from tenure.identity.people import Company, Membership, Person, covered_by, current


def company_day() -> date:
    """The day that it is for the company."""
    return clock.today(company_zone())


def company_zone() -> str:
    """The company's zone, fixed when the home was initialised; UTC before that."""
    return _zone_of(Company.objects.first())


def _zone_of(company: Company | None) -> str:
    return company.zone if company else "UTC"


@dataclass(frozen=True)
class Actor:
    """The one who acts, the day on which, and the blueprint under which.

    `person` is None for the system: automation that runs what a rule already decided.
    """

    person: Person | None
    model: Model
    day: date
    memberships: tuple[Membership, ...] = ()
    system: str = ""
    approvals: frozenset[tuple[str, str]] = field(default=frozenset())  # (operation, subject id) that were consulted
    company: Company | None = None  # as it was read for the day; None before the home is initialised

    @classmethod
    def of(cls, person: Person) -> Actor:
        """The actor that a person is today."""
        company = Company.objects.first()
        day = clock.today(_zone_of(company))
        memberships = tuple(person.memberships.filter(current(day)).select_related("pod")) if person.is_active else ()
        return cls(person, blueprints.in_force(), day, memberships, company=company)

    @classmethod
    def machine(cls, name: str) -> Actor:
        """The system acting under a name, such as ``pipeline``."""
        return cls(None, blueprints.in_force(), company_day(), (), name)

    @property
    def id(self) -> str | None:
        return self.person.id if self.person else None

    @property
    def zone(self) -> str:
        """The company's zone."""
        return _zone_of(self.company)

    @property
    def is_system(self) -> bool:
        return self.person is None

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(membership.role for membership in self.memberships if membership.role in self.model.roles)

    @cached_property
    def people(self) -> frozenset[str]:
        """The actor's own id and those of everyone they cover for today."""
        return (
            frozenset() if self.person is None else frozenset({self.person.id, *covered_by(self.person.id, self.day)})
        )

    def rank(self, role: str) -> int | None:
        """The rank of the highest level that the actor holds in a role; None without the role or a level."""
        levels = self.model.roles[role].levels if role in self.model.roles else {}
        ranks = [levels[m.level].rank for m in self.memberships if m.role == role and m.level in levels]
        return max(ranks, default=None)
