"""An arrival: one thing that a connector brought, stored before anything is made of it, once however often it comes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Literal

from django.db import models

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.facts.contract import declare
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.operations import attempt, operation, record
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Short
from tenure.records.contact import Contact, add_contact
from tenure.sources.connectors.connector import Connector
from tenure.sources.connectors.items import Item

FIELDS = {"status": "text", "source": "text"}
declare("arrival.assigned", "Arrival assigned to an account", internal=True, **FIELDS)
declare("arrival.corrected", "Arrival corrected", internal=True, **FIELDS, changed="list")
declare("arrival.retried", "Arrival tried again", internal=True, **FIELDS)
declare("arrival.dismissed", "Arrival dismissed", internal=True, **FIELDS, whole_address="boolean")


class Arrival(models.Model):
    """One thing that came in. What it says is kept here only until it is taken in, or somebody dismisses it."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        TAKEN = "taken", "Taken in"
        ASIDE = "aside", "Set aside"
        LEFT_OUT = "left_out", "Left out"
        DISMISSED = "dismissed", "Dismissed"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    connector = models.ForeignKey(Connector, on_delete=models.CASCADE, related_name="arrivals")
    key = models.CharField(max_length=200)
    name = models.CharField(max_length=64, blank=True)
    thread = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=254, blank=True)
    payload = models.JSONField(default=dict)
    corrected = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.WAITING)
    code = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=400, blank=True)  # why it is set aside, or was left out or dismissed
    account = models.ForeignKey(AccountAnchor, on_delete=models.SET_NULL, null=True, related_name="+")  # as assigned
    made_id = models.CharField(max_length=ID_LENGTH, blank=True)  # the row that it became
    ignores_address = models.BooleanField(default=False)  # whatever else comes from its address is left out
    settled_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ("status",)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connector", "key"], name="one_arrival_per_key")]
        indexes = [
            models.Index(fields=["happened_at", "id"], condition=models.Q(status="waiting"), name="arrivals_waiting"),
            models.Index(fields=["status", "-happened_at"]),
            models.Index(fields=["connector", "name"]),
            models.Index(fields=["connector", "thread"]),
            models.Index(fields=["address"]),
        ]

    def __str__(self) -> str:
        return self.address or self.key[:12]

    @property
    def values(self) -> dict[str, Any]:
        """What it says, with what a person made of it."""
        values: dict[str, Any] = self.payload | self.corrected
        return values

    @property
    def title(self) -> str:
        """What it is called in a list: its subject, or the form that it comes from."""
        values = self.values
        return str(values.get("subject") or values.get("formTitle") or "Without a subject")

    @property
    def is_open(self) -> bool:
        """Whether somebody can still make something of it."""
        return self.status in (Arrival.Status.ASIDE, Arrival.Status.LEFT_OUT)


def store(connector: Connector, items: Iterable[Item]) -> int:
    """Store what came in, inside the caller's transaction; what is there already stays as it is. Returns how many
    items there were."""
    now = clock.now()
    rows = [
        Arrival(
            connector=connector,
            key=item.key,
            name=item.name,
            thread=item.thread,
            address=item.address[:254],
            payload=storable(dict(item.payload)),
            happened_at=min(item.happened_at, now),
            received_at=now,
        )
        for item in items
    ]
    Arrival.objects.bulk_create(rows, batch_size=200, ignore_conflicts=True)
    return len(rows)


def storable(value: Any) -> Any:
    """JSON that every database takes: no character nought, and no half of a surrogate pair."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
        case dict():
            return {storable(str(name)): storable(each) for name, each in value.items()}
        case list() | tuple():
            return [storable(each) for each in value]
        case _:
            return value


def taker(connector: Connector) -> Actor:
    """As whom a connector acts."""
    return Actor.machine(f"connector {connector.source}"[:60])


def wants_files(arrival: Arrival) -> bool:
    """Whether files that it names have to be fetched before it is taken in; a door that knows of files says so."""
    asked = getattr(arrival.connector.part("door"), "wants_files", None)
    return bool(asked and asked(arrival, arrival.connector))


def take(arrival: Arrival) -> None:
    """Make of an arrival what its connector's door makes of it, inside a running operation or batch.

    Raises Refused where a person has to look at it.
    """
    connector = arrival.connector
    if wants_files(arrival):
        # They come over the network, which no operation reaches: the pipeline fetches them and takes it in then.
        arrival.status, arrival.reason, arrival.code = Arrival.Status.WAITING, "", ""
        arrival.save()
        return
    made = connector.part("door").take(arrival, connector, taker(connector))
    if isinstance(made, str):
        arrival.status, arrival.reason = Arrival.Status.LEFT_OUT, made[:400]
    else:
        arrival.status, arrival.made_id, arrival.reason, arrival.code = Arrival.Status.TAKEN, str(made.pk), "", ""
        # What it said stands in the rows that were made of it; here only what tells it apart stays.
        arrival.payload, arrival.corrected = {}, {}
    arrival.save()


def _check_open(arrival: Arrival) -> None:
    if not arrival.is_open:
        raise Refused("settled", f"This was settled already: {arrival.get_status_display().lower()}.")


def _try(arrival: Arrival, actor: Actor) -> None:
    """Take an arrival in, or keep why it still cannot be."""
    try:
        with attempt():
            take(arrival)
    except Refused as refusal:
        arrival.status, arrival.code, arrival.reason = Arrival.Status.ASIDE, refusal.code[:60], refusal.message[:400]
        arrival.save()
        return
    if arrival.status == Arrival.Status.TAKEN:
        arrival.settled_by, arrival.settled_at = actor.person, clock.now()
        arrival.save(update_fields=["settled_by", "settled_at"])


def _record(what: str, arrival: Arrival, **data: Any) -> None:
    record(f"arrival.{what}", arrival, source=arrival.connector.source, **data)


Knows = Literal["nobody", "new_contact"]


@operation("arrival.assign", label="Assign to an account")
def assign_arrival(
    arrival: Arrival, *, account: str, whose: Knows = "nobody", name: Short = "", actor: Actor
) -> Arrival:
    """Say to which account something belongs; it is taken in. With `new_contact` whoever it is from becomes a contact
    of that account, so that whatever else comes from them finds its way by itself.
    """
    _check_open(arrival)
    found = Account.objects.filter(pk=account).first()
    if found is None or not access.reaches(actor, "arrival.assign", found):
        raise Refused("unknown_account", "There is no such account within your reach.", field="account")
    if whose == "new_contact":
        if not arrival.address:
            raise Refused("no_email", "No address is known of whoever sent this.", field="whose")
        if not Contact.objects.filter(account_id=found.pk, email=arrival.address).exists():
            called = name.strip() or str(arrival.values.get("from_name") or "") or arrival.address.partition("@")[0]
            add_contact(found, name=called[:200], email=arrival.address, actor=actor)
    arrival.account_id = found.pk
    take(arrival)
    arrival.settled_by, arrival.settled_at = actor.person, clock.now()
    arrival.save(update_fields=["settled_by", "settled_at"])
    _record("assigned", arrival)
    return arrival


@operation("arrival.correct", label="Correct what came in")
def correct_arrival(arrival: Arrival, *, values: dict[str, str], actor: Actor) -> Arrival:
    """Correct values of what came in and try it again. What came stays beside what was made of it."""
    _check_open(arrival)
    known = {name: value for name, value in values.items() if isinstance(arrival.payload.get(name, ""), str)}
    changed = {name: storable(value) for name, value in known.items() if arrival.values.get(name, "") != value}
    arrival.corrected = arrival.corrected | changed
    _try(arrival, actor)
    _record("corrected", arrival, changed=sorted(name[:60] for name in changed))
    return arrival


@operation("arrival.retry", label="Try again")
def retry_arrival(arrival: Arrival, *, actor: Actor) -> Arrival:
    """Try again what was set aside, once its cause is mended: a contact, an account's key, a mapping."""
    _check_open(arrival)
    _try(arrival, actor)
    _record("retried", arrival)
    return arrival


@operation("arrival.dismiss", label="Dismiss")
def dismiss_arrival(arrival: Arrival, *, reason: Short, whole_address: bool = False, actor: Actor) -> Arrival:
    """Say that nothing is to be made of it, and why; on wish of nothing else that comes from its address either."""
    _check_open(arrival)
    if not reason.strip():
        raise Refused("no_reason", "Say why; others will read it.", field="reason")
    now = clock.now()
    alike = Arrival.objects.filter(pk=arrival.pk)
    if whole_address and arrival.address:
        arrival.ignores_address = True
        alike |= Arrival.objects.filter(
            connector_id=arrival.connector_id, address=arrival.address, status=Arrival.Status.ASIDE
        )
    arrival.status = Arrival.Status.DISMISSED
    arrival.save(update_fields=["ignores_address"])
    alike.update(status=Arrival.Status.DISMISSED, reason=reason.strip()[:400], settled_by=actor.person, settled_at=now)
    _record("dismissed", arrival, whole_address=arrival.ignores_address)
    return arrival
