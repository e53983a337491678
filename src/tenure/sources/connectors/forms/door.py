"""The door of forms: a submission becomes whatever act its mapping names, on the account that it is about."""

from __future__ import annotations

from typing import Any

from django.db import models

from tenure.base.errors import Refused
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS, Operation, perform
from tenure.records.account import Account
from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import Connector
from tenure.sources.connectors.forms.mapping import ContactAt, FormMapping, read_form_mapping, said, value_of
from tenure.sources.connectors.items import Unmatched
from tenure.sources.whose import account_called, contacts_at


def check(settings: dict[str, Any], actor: Actor) -> None:
    """Refuse a mapping that names no act on an account, or one that whoever writes it may not do themselves."""
    mapping = read_form_mapping(settings["mapping"])
    operation = _operation(mapping)
    if not actor.is_system and not access.may(actor, operation.name):
        words = f"You may not do “{operation.label}” yourself, so no form may do it for you."
        raise Refused("not_yours", words, field="mapping")
    if mapping.account is None and mapping.contact is None:
        raise Refused("no_account", "Say by `account` or by `contact` whose a submission is.", field="mapping")
    fields = operation.arguments.model_fields
    for name in mapping.arguments:
        if name not in fields:
            words = f"arguments.{name}: “{operation.name}” takes {', '.join(sorted(fields))}."
            raise Refused("unknown_argument", words, field="mapping")
    for name, field in fields.items():
        if field.is_required() and name not in mapping.arguments:
            raise Refused("missing_argument", f"arguments.{name}: “{operation.name}” needs it.", field="mapping")


def _operation(mapping: FormMapping) -> Operation[Any, Any]:
    operation = OPERATIONS.get(mapping.do)
    model = operation.subject_model if operation else None
    if operation is None or model is None or not issubclass(Account, model):
        near = sorted(name for name, each in OPERATIONS.items() if each.subject_model in (Account, AccountAnchor))
        raise Refused("unknown_operation", f"do: name an act on an account: {', '.join(near)}."[:400], field="mapping")
    return operation


def take(arrival: Arrival, connector: Connector, actor: Actor) -> models.Model | str:
    """Do what the mapping says. Raises Unmatched where nobody knows whose it is, and Refused as the act does."""
    mapping, answers = read_form_mapping(connector.settings["mapping"]), arrival.values
    form = said(answers.get(mapping.form_in))
    if mapping.form and form != mapping.form:
        raise Unmatched("other_form", f"This comes from the form “{form[:60]}”, not from {mapping.form[:60]}.")
    account = Account.objects.get(pk=_whose(arrival, connector, mapping))
    operation = _operation(mapping)
    arguments = {name: _argument(take, answers, account) for name, take in mapping.arguments.items()}
    arguments = {name: value for name, value in arguments.items() if value not in (None, "", [])}
    if "at" in operation.arguments.model_fields:
        arguments.setdefault("at", arrival.happened_at)
    made = perform(operation.name, account, arguments, actor)
    return made if isinstance(made, models.Model) else account


def _whose(arrival: Arrival, connector: Connector, mapping: FormMapping) -> str:
    if arrival.account_id:
        return arrival.account_id
    called = said(arrival.values.get(mapping.account)) if mapping.account else ""
    found = account_called(connector.source, called)
    if found:
        return found
    address = said(arrival.values.get(mapping.contact)).strip().lower() if mapping.contact else ""
    known = list(contacts_at([address]))
    if len(known) == 1:
        return known[0]
    if known:
        raise Unmatched("several_accounts", "Contacts of several accounts have this address; say which it is about.")
    if called:
        raise Unmatched(
            "no_account", f"No account, or more than one, is called “{called[:60]}”; correct it, or assign it."
        )
    raise Unmatched("unknown_sender", "No contact has the address that this is from.")


def _argument(take: Any, answers: dict[str, Any], account: Account) -> Any:
    if isinstance(take, ContactAt):
        address = said(answers.get(take.contact)).strip().lower()
        contact = contacts_at([address]).get(account.pk)
        return contact.pk if contact else None
    return value_of(take, answers)
