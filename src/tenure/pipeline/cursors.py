"""What the pipeline remembers of itself: how far each reader is, what was set aside, which steps of a run are done."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.base.ids import ID_LENGTH, new_id


class Cursor(models.Model):
    """How far a reader of the ledger has come; it moves in the transaction of the reader's own effects.

    `intent` is the end of a batch that is on its way to a store outside the database: after a kill the very same batch
    goes again, under the same key.
    """

    reader = models.CharField(primary_key=True, max_length=40)
    position = models.BigIntegerField(default=0)
    intent = models.BigIntegerField(null=True)
    moved_at = models.DateTimeField(null=True)


class SetAside(models.Model):
    """An entry that a reader could not digest, or one of the same account that waits behind it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    reader = models.CharField(max_length=40)
    entry_id = models.BigIntegerField()
    account_id = models.CharField(max_length=ID_LENGTH, null=True)
    kind = models.CharField(max_length=80)
    error = models.TextField(blank=True)  # empty where the entry only waits behind another
    tries = models.PositiveSmallIntegerField(default=1)
    set_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    ledger_fields: ClassVar[tuple[str, ...]] = ()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reader", "entry_id"], name="set_aside_once")]
        indexes = [
            models.Index(
                fields=["reader", "account_id", "entry_id"], condition=Q(settled_at__isnull=True), name="aside_now"
            )
        ]


class FillState(models.Model):
    """A step of a run that is done, so that a killed run goes on where it stood."""

    id = models.BigAutoField(primary_key=True)
    run = models.CharField(max_length=60)
    step = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)
    finished_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="step_done_once")]


class Run(models.Model):
    """One pass of measuring, scoring and watching: a night for a day that is over, or a look at the day that runs."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    id = models.CharField(primary_key=True, max_length=60)  # "night:2026-11-20", "look:2026-11-21:…"
    day = models.DateField()
    is_night = models.BooleanField(default=True)
    known_through = models.DateTimeField()
    blueprint_version = models.BigIntegerField()
    ledger_through = models.BigIntegerField(default=0)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    edition = models.CharField(max_length=80, blank=True)
    accounts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)

    class Meta:
        indexes = [models.Index(fields=["is_night", "-day"]), models.Index(fields=["status", "-day"])]
