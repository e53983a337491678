"""The door of a mailbox: letters become messages of the account whose contact wrote or got them."""

from __future__ import annotations

from typing import Any

from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.doubles import double_of, merge_message
from tenure.records.message import Message, log_message
from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import Connector
from tenure.sources.connectors.items import Unmatched
from tenure.sources.whose import contacts_at, our_addresses


def check(settings: dict[str, Any], actor: Actor) -> None:
    """Nothing that the manifest does not say already."""


def take(arrival: Arrival, connector: Connector, actor: Actor) -> Message | str:
    """Log a letter as a message; a text says why nothing is made of it. Raises Unmatched where nobody knows whose.

    One that we send to contacts of several accounts is logged on each.
    """
    letter = arrival.values
    was_sent = letter["folder"] == "sent" or _is_ours(letter["from"], connector)
    others = [address for address in letter["to"] if not _is_ours(address, connector)] if was_sent else [letter["from"]]
    assigned = arrival.account_id
    if not assigned and not any(others):
        return "From us to us: no client had a part in it."
    if not assigned and _is_ignored(arrival, others):
        return "Somebody dismissed whatever comes from this address."
    earlier = _earlier(arrival)
    whose = _whose(arrival, others, earlier, was_sent)
    if not whose:
        return "A machine wrote this, and nobody knows its address."
    made = [_log(arrival, account, contact, earlier, was_sent, actor) for account, contact in whose.items()]
    for message in made:
        logged = double_of(message)
        if logged is not None:
            merge_message(logged, into=message.pk, actor=actor)
    return made[0]


def _is_ours(address: str, connector: Connector) -> bool:
    named = str(connector.settings.get("own") or "").lower().split()
    ours = {*named, str(connector.settings.get("user") or "").lower()}
    return address in ours or address.rpartition("@")[2] in ours or address in our_addresses()


def _is_ignored(arrival: Arrival, others: list[str]) -> bool:
    alike = Arrival.objects.filter(connector_id=arrival.connector_id, ignores_address=True, address__in=others)
    return alike.exclude(pk=arrival.pk).exists()


def _earlier(arrival: Arrival) -> Message | None:
    """The message that a letter answers, else any of the same conversation."""
    taken = Arrival.objects.filter(connector_id=arrival.connector_id).exclude(made_id="").exclude(pk=arrival.pk)
    named = arrival.values.get("answers")
    parent = taken.filter(name=named).first() if named else None
    if parent is None:
        parent = (
            taken.filter(thread=arrival.thread, happened_at__lte=arrival.happened_at)
            .order_by("-happened_at", "pk")
            .first()
            or taken.filter(thread=arrival.thread).order_by("happened_at", "pk").first()
        )
    return Message.objects.filter(pk=parent.made_id).first() if parent else None


def _whose(arrival: Arrival, others: list[str], earlier: Message | None, was_sent: bool) -> dict[str, Contact | None]:
    """The accounts that a letter belongs to, with the contact of each; none where a machine of nobody's wrote it."""
    known: dict[str, Contact | None] = dict(contacts_at(others))
    if arrival.account_id:
        return {arrival.account_id: known.get(arrival.account_id)}
    if earlier is not None and (earlier.account_id in known or not known):
        first = {earlier.account_id: known.get(earlier.account_id)}
        return first | known if was_sent else first
    if not known:
        if arrival.values["automatic"] and not was_sent:
            return {}
        what = ("unknown_receiver", "sent to") if was_sent else ("unknown_sender", "from")
        raise Unmatched(what[0], f"No contact has the address that this is {what[1]}.")
    if len(known) > 1 and not was_sent:
        raise Unmatched("several_accounts", "Contacts of several accounts have this address; say which it is about.")
    return known


def _log(
    arrival: Arrival, account_id: str, contact: Contact | None, earlier: Message | None, was_sent: bool, actor: Actor
) -> Message:
    letter = arrival.values
    within = earlier is not None and earlier.account_id == account_id
    answered = within and earlier is not None and earlier.direction != ("out" if was_sent else "in")
    writer = Person.objects.filter(email__iexact=letter["from"], is_active=True).exclude(kind=Person.Kind.CLIENT)
    return log_message(
        Account.objects.get(pk=account_id),
        direction="out" if was_sent else "in",
        channel="email",
        contact=contact.pk if contact else None,
        subject=str(letter["subject"])[:200],
        body=letter["body"],
        answers=earlier.pk if answered and earlier else None,
        thread=earlier.pk if within and earlier and not answered else None,
        by=writer.values_list("pk", flat=True).first() if was_sent else None,
        is_automatic=bool(letter["automatic"]),
        read_from=arrival.connector.source,
        at=arrival.happened_at,
        actor=actor,
    )
