"""The people of a demo, whom a visitor can step into, and what the demo has lived through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from tenure.base import clock
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import company_day
from tenure.identity.blueprints import in_force
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Membership, Person, current

PER_ROLE = 2
CLIENTS = 1


@dataclass(frozen=True)
class Persona:
    id: str
    name: str
    role: str
    note: str


@dataclass(frozen=True)
class Story:
    """How long the demo has run: its first day, days until now, and accounts."""

    since: date
    days: int
    accounts: int

    @property
    def length(self) -> int:
        """The days that the rule is long: a little further than today, in whole quarters."""
        return (self.days // 90 + 1) * 90

    @property
    def first_words(self) -> str:
        return f"{self.since.day} {self.since:%b} {self.since.year}"

    @property
    def now_words(self) -> str:
        return f"day {self.days}"


def list_personas() -> Sequence[Persona]:
    """A few people per role of the blueprint, colleagues first."""
    model, day = in_force(), company_day()
    held = Membership.objects.filter(current(day), person__is_demo=True, person__is_active=True, role__in=model.roles)
    rows = list(held.select_related("person").order_by("person__joined_on", "person__name"))
    found: list[Persona] = []
    for key, role in sorted(model.roles.items(), key=lambda pair: pair[1].portal):
        own = [row.person for row in rows if row.role == key][: CLIENTS if role.portal else PER_ROLE]
        found += [Persona(person.id, person.name, role.label, _note(person, role.reach, day)) for person in own]
    return found


def _note(person: Person, reach: str, day: date) -> str:
    """How much of the company a persona sees."""
    if reach == "all":
        return "all accounts"
    if reach == "own":
        return "own account"
    count = Assignment.objects.filter(current(day), person=person).values("account").distinct().count()
    return (
        f"{count} account{'' if count == 1 else 's'}"
        if count
        else {"team": "the team", "pod": "the pod"}.get(reach, "no accounts yet")
    )


def story() -> Story | None:
    """What the demo has lived through; None before its first fact."""
    first = LedgerEntry.objects.order_by("id").values_list("happened_at", flat=True).first()
    if first is None:
        return None
    return Story(first.date(), (clock.now() - first).days, AccountAnchor.objects.count())
