"""The inbox of the event intake: every message that was accepted, once, until the lake has it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from tenure.base import fault
from tenure.sources.keys import WriteKey
from tenure.sources.messages import Message
from tenure.sources.parcels import Parcel
from tenure.sources.users import SourceUser

USED = timedelta(minutes=1)  # how exactly the last use of a key is known


class Spooled(models.Model):
    """One message. It waits until it is read; it is held where nobody knows yet whose account it belongs to."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waits"
        HELD = "held", "Held: no account yet"
        TAKEN = "taken", "Taken in"

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(WriteKey, on_delete=models.CASCADE, related_name="messages")
    message_id = models.CharField(max_length=200)
    type = models.CharField(max_length=10)
    user_key = models.CharField(max_length=200, blank=True)
    anonymous_key = models.CharField(max_length=200, blank=True)
    group_key = models.CharField(max_length=200, blank=True)
    payload = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    user = models.ForeignKey(SourceUser, on_delete=models.SET_NULL, null=True, related_name="messages")
    tried_at = models.DateTimeField(null=True)
    parcel = models.ForeignKey(Parcel, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "message_id"], name="one_message_per_key_and_id")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(status="waiting"), name="messages_waiting"),
            models.Index(fields=["tried_at", "id"], condition=models.Q(status="held"), name="messages_held"),
            models.Index(fields=["user", "status"]),
        ]


def spool(key: WriteKey, messages: Iterable[Message], received_at: datetime) -> int:
    """Store messages so that they outlive a crash; returns how many were new. Those that are there already stay."""
    rows = [_row(key, message, received_at) for message in messages]
    be_durable()
    with transaction.atomic():
        before = Spooled.objects.filter(key=key, message_id__in=[row.message_id for row in rows][:400]).count()
        Spooled.objects.bulk_create(rows, batch_size=400, ignore_conflicts=True)
        if key.last_used_at is None or received_at - key.last_used_at > USED:
            WriteKey.objects.filter(pk=key.pk).update(last_used_at=received_at)
        fault.point("intake.spooling")
    fault.point("intake.spooled")
    return max(0, len({row.message_id for row in rows}) - before)


def be_durable() -> None:
    """Have SQLite wait for the disk at each commit of this connection: what is answered for outlives a power cut."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")


def _row(key: WriteKey, message: Message, received_at: datetime) -> Spooled:
    return Spooled(
        key=key,
        message_id=message.id,
        type=message.type,
        user_key=message.user,
        anonymous_key=message.anonymous,
        group_key=message.group,
        payload=_storable(message.payload),
        happened_at=message.happened_at,
        received_at=received_at,
    )


def _storable(value: Any) -> Any:
    """JSON that PostgreSQL takes: it refuses the character nought in a text."""
    match value:
        case str():
            return value.replace("\x00", "") if "\x00" in value else value
        case dict():
            return {_storable(name): _storable(each) for name, each in value.items()}
        case list():
            return [_storable(each) for each in value]
        case _:
            return value
