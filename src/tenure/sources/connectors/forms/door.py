"""The door of forms: a submission becomes whatever act its mapping names, on the account that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Q

from tenure.base.errors import Refused
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import OPERATIONS, Operation, perform
from tenure.records.account import Account
from tenure.records.deliverable import Deliverable
from tenure.sources.connectors.arrival import Arrival
from tenure.sources.connectors.connector import Connector
from tenure.sources.connectors.forms.files import FETCHED, addresses, fetch, fetched
from tenure.sources.connectors.forms.mapping import (
    ContactAt,
    DeliverableCalled,
    FormMapping,
    read_form_mapping,
    said,
    value_of,
)
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
    if mapping.files and "file" not in fields:
        raise Refused("no_files", f"files: “{operation.name}” takes no file; upload.receive does.", field="mapping")
    if mapping.files and not mapping.hosts:
        raise Refused("no_hosts", "hosts: say from where files may be fetched, such as jotform.com.", field="mapping")
    for name, field in fields.items():
        if field.is_required() and name not in mapping.arguments and not (name == "file" and mapping.files):
            raise Refused("missing_argument", f"arguments.{name}: “{operation.name}” needs it.", field="mapping")


def _operation(mapping: FormMapping) -> Operation[Any, Any]:
    operation = OPERATIONS.get(mapping.do)
    model = operation.subject_model if operation else None
    if operation is None or model is None or not issubclass(Account, model):
        near = sorted(name for name, each in OPERATIONS.items() if each.subject_model in (Account, AccountAnchor))
        raise Refused("unknown_operation", f"do: name an act on an account: {', '.join(near)}."[:400], field="mapping")
    return operation


def wants_files(arrival: Arrival, connector: Connector) -> bool:
    """Whether files have to be fetched before a submission can be taken in; whose it is must be known first."""
    mapping = read_form_mapping(connector.settings["mapping"])
    wanted = addresses(mapping, arrival.values)
    if not wanted or len(fetched(arrival.values)) == len(wanted):
        return False
    try:
        _check_form(mapping, arrival.values)
        _whose(arrival, connector, mapping)
    except Unmatched:
        return False  # taking it in says so
    return True


def fetch_files(arrival: Arrival, connector: Connector, actor: Actor, allowed: Sequence[str]) -> dict[str, Any]:
    """Fetch the files of a submission, outside any transaction; what it then holds. Raises Refused where one fails."""
    mapping = read_form_mapping(connector.settings["mapping"])
    key = connector.secrets.get("files_key", "")
    return {**arrival.payload, FETCHED: fetch(mapping, addresses(mapping, arrival.values), key, allowed, actor)}


def take(arrival: Arrival, connector: Connector, actor: Actor) -> models.Model | str:
    """Do what the mapping says. Raises Unmatched where nobody knows whose it is, and Refused as the act does."""
    mapping, answers = read_form_mapping(connector.settings["mapping"]), arrival.values
    _check_form(mapping, answers)
    account = Account.objects.get(pk=_whose(arrival, connector, mapping))
    operation = _operation(mapping)
    arguments = {name: _argument(take, answers, account) for name, take in mapping.arguments.items()}
    arguments = {name: value for name, value in arguments.items() if value not in (None, "", [])}
    if "at" in operation.arguments.model_fields:
        arguments.setdefault("at", arrival.happened_at)
    if not mapping.files:
        made = perform(operation.name, account, arguments, actor)
        return made if isinstance(made, models.Model) else account
    files = fetched(answers)
    if not files:
        return "No file came with it."
    every = [perform(operation.name, account, {**arguments, "file": each.token}, actor) for each in files]
    return every[0] if isinstance(every[0], models.Model) else account


def _check_form(mapping: FormMapping, answers: dict[str, Any]) -> None:
    form = said(answers.get(mapping.form_in))
    if mapping.form and form != mapping.form:
        raise Unmatched("other_form", f"This comes from the form “{form[:60]}”, not from {mapping.form[:60]}.")


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
    if isinstance(take, DeliverableCalled):
        called = said(answers.get(take.deliverable)).strip()
        open_ = Deliverable.objects.filter(account=account, status=Deliverable.Status.PLANNED)
        named = open_.filter(Q(pk=called) | Q(title__iexact=called)).order_by("due_on", "pk").first()
        return named.pk if called and named else None
    return value_of(take, answers)
