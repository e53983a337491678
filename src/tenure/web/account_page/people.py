"""The people of an account: who they are, and how long nobody has heard of them; the terms that one looks up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenure.base import clock
from tenure.identity.accounts import Assignment
from tenure.identity.actor import Actor
from tenure.identity.hours import hours_for, hours_words
from tenure.identity.people import current
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.lookup import list_contacts, list_contracts, with_last_touch
from tenure.web import times, wording
from tenure.web.actors import may, zone_of
from tenure.work.standing import Standing

DAY = timedelta(days=1)


@dataclass(frozen=True)
class PersonShown:
    """A contact with what one wants to know before calling."""

    contact: Contact
    why: str
    silent_days: int | None


def people(account: Account, actor: Actor) -> list[PersonShown]:
    """The contacts who are still there, with how long ago each was last in touch; two queries."""
    rows = with_last_touch(list_contacts(actor, account).filter(left_on=None, erased_at=None))
    shown = []
    for contact in rows[:30]:
        last: datetime | None = contact.last_touch  # type: ignore[attr-defined]
        days = (clock.now() - last).days if last else None
        words = [contact.title or contact.get_role_display()]
        if contact.strength:
            words.append({1: "hardly known", 2: "weak", 3: "fair", 4: "good", 5: "strong"}[contact.strength])
        words.append("not in touch yet" if days is None else "in touch today" if days == 0 else f"{days} d ago")
        shown.append(PersonShown(contact, " · ".join(words), days))
    return shown


def terms(account: Account, standing: Standing, actor: Actor) -> list[tuple[str, SafeString | str]]:
    """The facts one looks up: contract, notice, who works for the account, when they like to meet."""
    zone = zone_of(actor)
    found: list[tuple[str, SafeString | str]] = []
    for contract in list_contracts(actor, account).filter(status="active")[:2]:
        worth = wording.money(contract.amount, contract.currency)
        end = format_html(", ends {}", times.tag(contract.ends_on, zone, "told")) if contract.ends_on else ", no end"
        found.append(("Contract", format_html("{} a year{}", worth, end)))
        if contract.ends_on and contract.notice_days is not None:
            notice = times.tag(contract.ends_on - contract.notice_days * DAY, zone, "day")
            by_itself = ", renews by itself" if contract.auto_renew else ""
            found.append(("Notice by", format_html("{}{}", notice, by_itself)))
    roles = {key: role for key, role in actor.model.roles.items() if not role.portal}
    held = Assignment.objects.filter(current(actor.day), account_id=account.pk, role__in=roles)
    for assignment in held.select_related("person").order_by("role", "from_day"):
        since = times.tag(assignment.from_day, zone, "told")
        found.append((roles[assignment.role].label, format_html("{}, since {}", assignment.person.name, since)))
    found += _meeting_habits(account, actor)
    found += [
        (actor.model.fields[key].label, str(value))
        for key, value in account.custom.items()
        if key in actor.model.fields
    ]
    if standing.coverage is not None:
        found.append(("Score covers", f"{wording.percent(standing.coverage)} of its weight"))
    if standing.fresh_at:
        found.append(("Data to", times.tag(standing.fresh_at, zone)))
    return found


def _meeting_habits(account: Account, actor: Actor) -> list[tuple[str, SafeString | str]]:
    """When the client likes to meet, and in whose hours promises to them are counted."""
    said = wording.slot(account.preferred_slot) if account.preferred_slot else "not known"
    if may(actor, "account.set_slot"):
        href = reverse("act", args=["account.set_slot", account.pk])
        slot = format_html('<a href="{}" data-dialog="act">{}</a>', href, said)
    else:
        slot = format_html("{}", said)
    hours = hours_words(*hours_for(account.pod, account.zone, account.calendar), actor.model)
    return [("Preferred slot", slot), ("Their hours", hours)]
