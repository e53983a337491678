"""Who does what falls to a role on an account: its holder or their cover, else a member with the role, else a lead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cached_property

from tenure.blueprint.model import Model
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.people import Leave, Membership, current


class Staffing:
    """Assignments, memberships and leave of one day, each read once when it is first asked for, so that many accounts
    cost a few queries in all."""

    def __init__(self, model: Model, day: date, accounts: Iterable[str] | None = None) -> None:
        self.model = model
        self.day = day
        self._accounts = None if accounts is None else list(accounts)

    @cached_property
    def _held(self) -> dict[str, dict[str, str]]:
        rows = Assignment.objects.filter(current(self.day))
        rows = rows if self._accounts is None else rows.filter(account_id__in=self._accounts)
        held: dict[str, dict[str, str]] = defaultdict(dict)
        for account, role, person in rows.order_by("from_day", "id").values_list("account_id", "role", "person_id"):
            held[account][role] = person  # the latest to begin wins, as in `identity.accounts.holder`
        return held

    @cached_property
    def _pods(self) -> dict[str, str]:
        anchors = AccountAnchor.objects.exclude(pod=None)
        anchors = anchors if self._accounts is None else anchors.filter(pk__in=self._accounts)
        return dict(anchors.values_list("pk", "pod_id"))

    @cached_property
    def _members(self) -> dict[str, list[tuple[str, str | None]]]:
        members: dict[str, list[tuple[str, str | None]]] = defaultdict(list)
        rows = Membership.objects.filter(current(self.day), person__is_active=True).order_by("from_day", "id")
        for role, person, pod in rows.values_list("role", "person_id", "pod_id"):
            members[role].append((person, pod))
        return members

    @cached_property
    def _leave(self) -> dict[str, str]:
        rows = Leave.objects.filter(current(self.day)).order_by("from_day", "id")
        return dict(rows.values_list("person_id", "cover_id"))

    def acting_for(self, person: str) -> str:
        """The person, or whoever covers for them today, followed while the cover is away too."""
        seen, acting = {person}, person
        while acting in self._leave and self._leave[acting] not in seen:
            acting = self._leave[acting]
            seen.add(acting)
        return acting

    def holder(self, account: str, role: str) -> str | None:
        """Who holds the role on the account, leave aside."""
        return self._held.get(account, {}).get(role)

    def people(self, account: str) -> dict[str, str]:
        """Role to holder for one account."""
        return dict(self._held.get(account, {}))

    def everyone(self) -> set[str]:
        """Everybody who holds a role on any of the accounts."""
        return {person for held in self._held.values() for person in held.values()}

    def responsible(self, account: str, role: str) -> str | None:
        """Whose the role is: its holder, else a member of the account's pod, else any member, else a lead.

        Leave changes nothing here: what is theirs stays theirs, and whoever covers sees and does it.
        """
        found = self.holder(account, role) or self._member(role, self._pods.get(account))
        return found or next((held for lead in self._leads() if (held := self._member(lead, None))), None)

    def owner(self, account: str, role: str) -> str | None:
        """Who acts in the role today: whose it is, or whoever covers for them."""
        person = self.responsible(account, role)
        return None if person is None else self.acting_for(person)

    def _member(self, role: str, pod: str | None) -> str | None:
        members = self._members.get(role, [])
        in_pod = [person for person, theirs in members if pod is not None and theirs == pod]
        return in_pod[0] if in_pod else members[0][0] if members else None

    def _leads(self) -> list[str]:
        """Roles that reach a team, then those that reach everything: whom an absent role passes to."""
        roles = self.model.roles.items()
        return [key for reach in ("team", "all") for key, role in roles if role.reach == reach and not role.portal]


def responsible(account: str, role: str, model: Model, day: date) -> str | None:
    """Whose a role is on one account on a day; None where the company has nobody at all."""
    return Staffing(model, day, [account]).responsible(account, role)


def main_role(model: Model) -> str | None:
    """The role whose holder is an account's owner: the first one that has a book, else the first that serves a pod."""
    staff = [(key, role.reach) for key, role in model.roles.items() if not role.portal]
    return next((key for wanted in ("book", "pod") for key, reach in staff if reach == wanted), None)
