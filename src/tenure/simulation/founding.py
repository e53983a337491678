"""The company's first morning: teams, pods and people; and later each account as it is taken on."""

from __future__ import annotations

import re
from datetime import timedelta

from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.identity.staff import create_pod, create_team, invite_person
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.contract import last_day
from tenure.simulation.doors import MACHINE
from tenure.simulation.office import Case, Office
from tenure.simulation.plans import Friend

INVITED = "portal.invited"
BEEN_HERE = timedelta(days=500)  # how long the company's people have been with it when it begins
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def found_company(office: Office) -> None:
    """Let everybody in who works here."""
    plan, doors, actor = office.plan, office.doors, Actor.machine(MACHINE)
    teams = {name: create_team(name=name, actor=actor).pk for name in _names(worker.team for worker in plan.workers)}
    pods = {
        name: create_pod(name=name, actor=actor).pk
        for name in _names([*(worker.pod for worker in plan.workers), *(client.pod for client in plan.clients)])
    }
    taken: set[str] = set()
    for number, worker in enumerate(plan.workers):
        doors.people[worker.key] = invite_person(
            name=worker.name,
            email=_address(worker.name, "team.example", taken),
            role=worker.role,
            level=worker.level,
            team=teams.get(worker.team),
            pod=pods.get(worker.pod),
            joined_on=plan.first_day - (BEEN_HERE - timedelta(days=23 * (number % 17))),
            is_demo=worker.is_demo,
            actor=actor,
        )
        doors.later(20)
    office.pods = pods


def _names(given: object) -> list[str]:
    return sorted({str(name) for name in given if name})  # type: ignore[attr-defined]


def _address(name: str, host: str, taken: set[str]) -> str:
    """An address that nobody has, at a host that can never exist."""
    plain = re.sub(r"[^a-z]+", ".", name.lower()).strip(".")
    address, number = f"{plain}@{host}", 1
    while address in taken:
        number += 1
        address = f"{plain}{number}@{host}"
    taken.add(address)
    return address


def take_on(office: Office, case: Case) -> None:
    """Make an account of a client: its people, who carries it, its contract."""
    client, doors = case.client, office.doors
    weekday, at = client.slot
    head = doors.able("account.assign", "", case.carriers) or ""
    account: Account | None = doors.do(
        head,
        "account.create",
        None,
        office.day,
        case.carriers,
        name=client.name,
        tier=client.tier,
        industry=client.trade.label,
        country=office.scene.country,
        source=client.source,
        seats=client.seats,
        zone=client.zone,
        preferred_slot={"weekday": _WEEKDAYS[weekday], "time": at.strftime("%H:%M"), "zone": client.zone},
        started_on=client.since,
        pod=office.pods.get(client.pod),
        owner=office.person(office.carrier(case)),
        role=office.plan.main_role,
    )
    if account is None:
        raise RuntimeError(f"nobody may take accounts on: {dict(doors.refusals)}")
    case.account = account
    office.cases[account.pk] = case
    for role, key in case.carriers.items():
        if role != office.plan.main_role:
            office.do(head, "account.assign", case, person=office.person(key), role=role)
    for friend in client.friends:
        add_friend(office, case, friend)
    _sign(office, case)
    if not _is_an_item(office):
        let_client_in(office, case)


def add_friend(office: Office, case: Case, friend: Friend) -> Contact | None:
    """Add somebody on the client's side."""
    host = re.sub(r"[^a-z0-9]+", "", case.client.short.lower())[:24]
    contact: Contact | None = office.do(
        office.carrier(case),
        "contact.add",
        case,
        name=friend.name,
        email=_address(friend.name, f"{host}.example", case.addresses),
        title=friend.title,
        role=friend.role,
        influence=friend.influence,
        strength=friend.strength,
        is_primary=friend.is_primary,
        mail_consent=True,
    )
    if contact is not None:
        case.contacts[friend.name] = contact
    return contact


def let_client_in(office: Office, case: Case) -> bool:
    """Invite the first contact to the portal; whether they have a place there."""
    friend, doors, role = case.client.primary, office.doors, office.plan.client_role
    if case.portal is not None or not role:
        return case.portal is not None
    person: Person | None = doors.do(
        doors.able("account.assign", "", case.carriers) or "",
        "person.invite",
        None,
        office.day,
        name=friend.name,
        email=case.contacts[friend.name].email,
        role=role,
        zone=case.client.zone,
        is_demo=case.client.is_demo,
    )
    if person is None:
        return False
    contact = office.do(office.carrier(case), "portal.invite", case, case.contacts[friend.name], role=role)
    if contact is None:
        return False
    case.contacts[friend.name] = contact
    doors.people[f"client:{case.client.key}"] = case.portal = person
    return True


def _is_an_item(office: Office) -> bool:
    """Whether a journey has an item that ends when the client is invited: then that is done in its turn."""
    stages = (stage for journey in office.model.journeys.values() for stage in journey.stages.values())
    return any(item.done_by and item.done_by.on == INVITED for stage in stages for item in stage.items.values())


def _sign(office: Office, case: Case) -> None:
    client = case.client
    starts, ends = client.since, last_day(client.since, client.months)
    while ends <= office.day:
        starts, ends = ends + timedelta(days=1), last_day(ends + timedelta(days=1), client.months)
    seller = next((case.carriers[role] for role in office.doors.doers("contract.start") if role in case.carriers), "")
    case.contract = office.do(
        seller,
        "contract.start",
        case,
        amount=client.amount,
        starts_on=starts,
        ends_on=ends,
        seats=client.seats,
        auto_renew=client.auto_renews,
        notice_days=office.scene.notice_days,
        billing="monthly" if client.amount < 20_000 else "yearly",
        tier=client.tier,
    )
    case.ends_on = ends
