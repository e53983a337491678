"""The blueprint in force, and every one that was in force before it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenure.blueprint.diff import from_json
from tenure.blueprint.model import Model


class BlueprintVersion(models.Model):
    """One applied blueprint. The newest row is in force; rows are never changed, a rollback appends."""

    digest = models.CharField(max_length=64)
    model = models.TextField()  # text, because a database may reorder the keys of JSON, and their order means something
    files = models.JSONField(default=dict)
    folder = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=400, blank=True)
    applied_at = models.DateTimeField()
    applied_by_id = models.CharField(max_length=26, null=True)
    retermed = models.BooleanField(default=False)
    rolled_back_to = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    ledger_fields: ClassVar[tuple[str, ...]] = ("digest", "retermed")


class NoBlueprint(LookupError):
    """No blueprint was applied yet."""


_read: dict[tuple[int, str], Model] = {}


def in_force() -> Model:
    """The operating model that holds now. Raises `NoBlueprint` before the first is applied."""
    return version_in_force()[1]


def version_in_force() -> tuple[int, Model]:
    """The number of the version that holds now, and its model. One indexed query; the parsed model is kept."""
    newest = BlueprintVersion.objects.order_by("-id").values_list("id", "digest").first()
    if newest is None:
        raise NoBlueprint("No blueprint is applied yet; `tenure blueprint apply FOLDER` applies one.")
    return newest[0], at(newest[0], newest[1])


def at(version: int, digest: str | None = None) -> Model:
    """The model of one version. The digest is part of the key, so that a test's second database reads its own."""
    if digest is None:
        digest = BlueprintVersion.objects.values_list("digest", flat=True).get(id=version)
    key = (version, digest)
    if key not in _read:
        if len(_read) > 16:
            _read.clear()
        _read[key] = from_json(BlueprintVersion.objects.values_list("model", flat=True).get(id=version))
    return _read[key]
