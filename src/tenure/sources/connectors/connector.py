"""A connector of this home: which kind, with which settings, how far it has read, and how it fares."""

from __future__ import annotations

import secrets as randomness
from datetime import timedelta
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import Any, ClassVar

from django.db import models

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.blueprint.meanings import Key
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation, record, view
from tenure.identity.people import Person
from tenure.records.checks import Short
from tenure.records.row import UNSET
from tenure.sources.connectors.manifest import ADDRESS, TOOL, Manifest, manifest_of
from tenure.sources.connectors.vault import seal, unseal
from tenure.sources.keys import digest_of

FIELDS = {"manifest": "text", "source": "text", "status": "text"}
declare("connector.added", "Connector added", internal=True, **FIELDS)
declare("connector.changed", "Connector changed", internal=True, **FIELDS, changed="list")
declare("connector.paused", "Connector paused", internal=True, **FIELDS)
declare("connector.resumed", "Connector resumed", internal=True, **FIELDS)
declare("connector.removed", "Connector removed", internal=True, **FIELDS)
declare("connector.readdressed", "Connector's address renewed", internal=True, **FIELDS)

view("connector.view", "See connectors, how they fare and what waits for somebody")


class Connector(models.Model):
    """One connector that runs in this home. What it is stands in the manifest of its kind."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Runs"
        PAUSED = "paused", "Paused"
        REMOVED = "removed", "Removed"

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    kind = models.CharField(max_length=80)
    label = models.CharField(max_length=80)
    source = models.CharField(max_length=60)  # what it is called in commitments, coverage and external keys
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)  # of the key in its address, where others send to it
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ACTIVE)
    cursor = models.JSONField(default=dict)
    next_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    good_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=400, blank=True)
    failures = models.PositiveIntegerField(default=0)
    read_through = models.DateTimeField(null=True)  # everything up to here has been fetched
    told_through = models.DateTimeField(null=True)  # and up to here it is taken in and said so
    created_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField()

    ledger_fields: ClassVar[tuple[str, ...]] = ("source",)
    secret: str = ""  # the key of its address, in the hands of whoever has just made it

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(status="active"), name="connectors_due"),
            models.Index(fields=["digest"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=~models.Q(status="removed"), name="one_connector_per_source"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @cached_property
    def manifest(self) -> Manifest:
        """What its kind says of itself; of a tool that the blueprint has no longer, that there is nothing to set."""
        try:
            return manifest_of(self.kind)
        except Refused:
            if not self.is_sending:
                raise
            about = "The blueprint has no such tool any more; nothing is sent."
            return Manifest(label=self.kind.removeprefix(TOOL), about=about, way="sends", what=(), settings={})

    @property
    def is_reading(self) -> bool:
        return not self.is_sending and self.manifest.way == "reads"

    @property
    def is_sending(self) -> bool:
        return self.kind.startswith(TOOL)

    @property
    def tool(self) -> str:
        """The key of the blueprint's tool that this is a connection to; empty where it brings something in."""
        return self.kind.removeprefix(TOOL) if self.is_sending else ""

    @property
    def address(self) -> str:
        """Where a tool takes calls."""
        return str(self.settings.get(ADDRESS, "")).rstrip("/")

    @property
    def secrets(self) -> dict[str, str]:
        return unseal(self.sealed)

    def part(self, name: str) -> ModuleType:
        """A module of the kind's own folder: ``reading`` or ``door``. All tools of the blueprint share one."""
        return import_module(f"{__package__}.{'tool' if self.is_sending else self.kind}.{name}")

    def due_after(self) -> timedelta:
        """How long to wait before the next reading: longer after each failure, an hour at most."""
        return timedelta(minutes=min(self.manifest.every_minutes * 2 ** min(self.failures, 6), 60))


def _record(what: str, connector: Connector, **data: Any) -> None:
    record(f"connector.{what}", connector, manifest=connector.kind, status=connector.status, **data)


def _check_source(source: str, but: str = "") -> None:
    taken = Connector.objects.filter(source=source).exclude(status=Connector.Status.REMOVED).exclude(pk=but)
    if taken.exists():
        raise Refused(
            "taken", f"Another connector reads “{source}” already; call this one differently.", field="source"
        )


def _check_there(connector: Connector) -> None:
    if connector.status == Connector.Status.REMOVED:
        raise Refused("removed", "This connector was removed; add it anew.")


def _readdress(connector: Connector) -> None:
    connector.secret = randomness.token_urlsafe(24)
    connector.digest = digest_of(connector.secret)


@operation("connector.add", label="Add a connector")
def add_connector(
    *,
    kind: str,
    label: Short,
    source: Key,
    settings: dict[str, Any] | None = None,
    secrets: dict[str, str] | None = None,
    actor: Actor,
) -> Connector:
    """Connect a source. Where others send to it, the returned row's `secret` is the key of its address, shown once."""
    manifest = manifest_of(kind)
    if not label.strip():
        raise Refused("nameless", "Say what it is called here.", field="label")
    _check_source(source)
    now = clock.now()
    connector = Connector(
        kind=kind,
        label=label.strip()[:80],
        source=source,
        settings=manifest.plain(settings or {}, {}),
        sealed=seal(manifest.secrets(secrets or {}, {})),
        next_at=now if manifest.way == "reads" else None,
        created_by=actor.person,
        created_at=now,
    )
    connector.part("door").check(connector.settings, actor)
    if manifest.way == "receives":
        _readdress(connector)
    connector.save(force_insert=True)
    _record("added", connector)
    return connector


@operation("connector.change", label="Change a connector")
def change_connector(
    connector: Connector,
    *,
    label: Short = UNSET,
    settings: dict[str, Any] = UNSET,
    secrets: dict[str, str] = UNSET,
    actor: Actor,
) -> Connector:
    """Change what is given and leave the rest; a secret that is left empty stays. It is tried again at once."""
    _check_there(connector)
    manifest, changed = connector.manifest, []
    if label is not UNSET and label.strip() and label.strip() != connector.label:
        connector.label = label.strip()[:80]
        changed.append("label")
    typed = {} if secrets is UNSET else {name: value for name, value in secrets.items() if value}
    if settings is not UNSET:
        after = manifest.plain(settings, connector.settings)
        moved = [name for name, value in after.items() if value != connector.settings.get(name)]
        if any(manifest.settings[name].binds for name in moved):
            _check_retyped(manifest, typed)
            connector.cursor, connector.read_through, connector.told_through = {}, None, None
        connector.settings = after
        changed += moved
    if typed:
        connector.sealed = seal(manifest.secrets(typed, _held(connector)))
        changed.append("secrets")
    if not changed:
        return connector
    connector.part("door").check(connector.settings, actor)
    connector.error, connector.failures = "", 0
    connector.next_at = clock.now() if connector.is_reading else None
    connector.save()
    _record("changed", connector, changed=changed)
    return connector


def _held(connector: Connector) -> dict[str, str]:
    """The secrets as they are kept; none where the home's key has changed, so that they can be typed anew."""
    try:
        return connector.secrets
    except Refused:
        return {}


def _check_retyped(manifest: Manifest, typed: dict[str, str]) -> None:
    for name, setting in manifest.settings.items():
        if setting.type == "secret" and setting.required and name not in typed:
            words = f"{setting.label}: type it again, since it would go to another place than before."
            raise Refused("retype", words, field=name)


@operation("connector.pause", label="Pause a connector", undo="connector.resume")
def pause_connector(connector: Connector, *, actor: Actor) -> Connector:
    """Read nothing, and turn deliveries away, until it is resumed. Misses that wait for its source go on waiting."""
    _check_there(connector)
    if connector.status == Connector.Status.PAUSED:
        raise Refused("paused", "This connector is paused already.")
    connector.status = Connector.Status.PAUSED
    connector.save(update_fields=["status"])
    _record("paused", connector)
    return connector


@operation("connector.resume", label="Resume a connector")
def resume_connector(connector: Connector, *, actor: Actor) -> Connector:
    """Go on where it was paused, or read at once what would be read only later."""
    _check_there(connector)
    was_paused = connector.status == Connector.Status.PAUSED
    connector.status = Connector.Status.ACTIVE
    connector.next_at = clock.now() if connector.is_reading else None
    connector.save(update_fields=["status", "next_at"])
    if was_paused:
        _record("resumed", connector)
    return connector


@operation("connector.remove", label="Remove a connector")
def remove_connector(connector: Connector, *, actor: Actor) -> Connector:
    """Stop for good: its secrets are forgotten, its address answers no more. What it brought stays."""
    _check_there(connector)
    connector.status, connector.sealed, connector.digest, connector.next_at = Connector.Status.REMOVED, "", "", None
    connector.save(update_fields=["status", "sealed", "digest", "next_at"])
    _record("removed", connector)
    return connector


@operation("connector.readdress", label="Give a connector a new address")
def readdress_connector(connector: Connector, *, actor: Actor) -> Connector:
    """Make a new key for the address that others send to; the old one is turned away from now on."""
    _check_there(connector)
    if connector.manifest.way != "receives":
        raise Refused("no_address", "Nobody sends to this connector.")
    _readdress(connector)
    connector.save(update_fields=["digest"])
    _record("readdressed", connector)
    return connector


def find_receiver(key: str) -> Connector | None:
    """The connector whose address ends in a key; None where there is none, or it is removed."""
    if not key:
        return None
    held = Connector.objects.filter(digest=digest_of(key)).exclude(status=Connector.Status.REMOVED)
    return held.first()
