"""Write keys: what an application shows when it sends events, kept as a digest alone."""

from __future__ import annotations

import hashlib
import secrets
from typing import ClassVar

from django.db import models

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.meanings import Key
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record
from tenure.identity.people import Person

declare("source.key_created", "Write key created", internal=True, source="text")
declare("source.key_revoked", "Write key revoked", internal=True, source="text")


class WriteKey(models.Model):
    """One key of one source of events. The key itself is shown once, by whoever made it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    source = models.CharField(max_length=60)
    label = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    begins = models.CharField(max_length=8)
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ("source",)
    secret: str = ""  # the key itself, in the hands of whoever has just made it

    def __str__(self) -> str:
        return self.label


def digest_of(key: str) -> str:
    """A key has 32 random bytes, so a plain digest of it tells nobody anything."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def find_key(key: str) -> WriteKey | None:
    """The write key that somebody shows; None where there is none, or it was revoked."""
    return WriteKey.objects.filter(digest=digest_of(key), revoked_at=None).first() if key else None


@operation("source.create_key", label="Create a write key")
def create_key(*, label: str, source: Key, actor: Actor) -> WriteKey:
    """Let an application send events. The returned row's `secret` is the key; it cannot be shown again."""
    if not label.strip():
        raise Refused("nameless", "Say what will use this key.", field="label")
    secret = secrets.token_urlsafe(24)
    key = WriteKey.objects.create(
        source=source,
        label=label.strip()[:80],
        digest=digest_of(secret),
        begins=secret[:6],
        created_by=actor.person,
        created_at=clock.now(),
    )
    key.secret = secret
    record("source.key_created", key)
    return key


@operation("source.revoke_key", label="Revoke a write key")
def revoke_key(key: WriteKey, *, actor: Actor) -> WriteKey:
    """Turn an application away from now on; what it has sent stays."""
    if key.revoked_at is not None:
        raise Refused("revoked", "This key is revoked already.")
    key.revoked_at = clock.now()
    key.save(update_fields=["revoked_at"])
    record("source.key_revoked", key)
    return key
