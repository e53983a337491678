"""A copy of a scenario's client: its account, people, contract and what was written, as the blueprint tells it.

Every copy is laid out in the same way, counted in days before the one on which it is made, so that two people who
practise weeks apart find the same client.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tenure.base.registry import Registry
from tenure.blueprint.model import PracticeClient, Scenario
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.account import Account, create_account
from tenure.records.contact import Contact, add_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.message import log_message
from tenure.records.note import log_note

# Who hands the client's figures over; the rooms above know the way to the lake.
FIGURES: Registry[Callable[[Account, PracticeClient, date], None]] = Registry("figures of a made-up client")
MORNING, NOON = time(9, 30), time(13)


def lay_out(key: str, scenario: Scenario, person: Person, actor: Actor) -> Account:
    """Make a copy of a scenario's client, for one person to carry."""
    client, day = scenario.client, actor.day
    zone = ZoneInfo(client.zone or actor.model.company.zone)

    def ago(days: int, at: time = MORNING) -> datetime:
        return datetime.combine(day - timedelta(days=days), at, zone)

    begun = client.contract.began if client.contract else 1
    account = create_account(
        name=client.name,
        tier=client.tier,
        industry=client.industry,
        country=client.country,
        zone=client.zone or "",
        summary=client.summary,
        source="practice",
        started_on=day - timedelta(days=begun),
        owner=person.pk,
        role=scenario.role,
        at=ago(max(begun, 1)),
        actor=actor,
    )
    people = _people(account, client, ago(max(begun, 1)), actor)
    if client.contract is not None:
        start_contract(
            account,
            amount=client.contract.amount,
            starts_on=day - timedelta(days=begun),
            term_months=client.contract.months,
            at=ago(max(begun, 1), NOON),
            actor=actor,
        )
    _writings(account, client, people, ago, actor)
    for work in client.work:
        made = plan_deliverable(account, type=work.type, title=work.title, at=ago(work.days_ago), actor=actor)
        deliver_deliverable(made, at=ago(work.days_ago, NOON), actor=actor)
    for name in FIGURES:
        FIGURES[name](account, client, day)
    return account


def _people(account: Account, client: PracticeClient, at: datetime, actor: Actor) -> dict[str, Contact]:
    host = "".join(sign for sign in client.name.lower() if sign.isalnum())[:40] or "client"
    return {
        key: add_contact(
            account,
            name=each.name,
            email=f"{key}@{host}.example",
            title=each.title,
            role=each.role,
            is_primary=number == 0,
            mail_consent=True,
            actor=actor,
        )
        for number, (key, each) in enumerate(client.people.items())
    }


def _writings(
    account: Account,
    client: PracticeClient,
    people: dict[str, Contact],
    ago: Callable[[int], datetime],
    actor: Actor,
) -> None:
    """What was written down, and the messages in their order; what is ours answers what waited before it."""
    first = next(iter(people.values()))
    for text in client.notes:
        log_note(account, text=text, pinned=True, actor=actor)
    for each in sorted(client.messages, key=lambda message: -message.days_ago):
        contact = people[each.by] if each.by else first
        waiting = account.messages.filter(direction="in", answered_at=None).order_by("at").last()
        log_message(
            account,
            direction="out" if each.ours else "in",
            contact=contact.pk,
            subject=each.subject,
            body=each.text,
            answers=waiting.pk if each.ours and waiting else None,
            at=ago(each.days_ago),
            actor=actor,
        )
