"""Undo for every act that says what takes it back: an address that works for a short while, for whoever got it."""

from typing import Any

from django.apps import apps
from django.core import signing
from django.db import models
from django.urls import reverse

from tenure.base.errors import Refused
from tenure.identity.operations import OPERATIONS

SALT = "tenure.undo"
LASTS = 60  # seconds; an operation's own limit is shorter, and its refusal says so better


def undo_address(operation: str, subject: models.Model) -> str:
    """The address that takes back what `operation` did to `subject`; empty where nothing takes it back by itself."""
    undo = OPERATIONS[operation].undo
    if undo is None or any(field.is_required() for field in OPERATIONS[undo].arguments.model_fields.values()):
        return ""
    return reverse_address(undo, subject, {})


def reverse_address(operation: str, subject: models.Model, arguments: dict[str, Any]) -> str:
    """The address that takes a change back by doing `operation` to `subject` with the values from before."""
    token = signing.dumps([operation, subject._meta.label, str(subject.pk), arguments], salt=SALT)
    return reverse("undo", args=[token])


def read_undo(token: str) -> tuple[str, models.Model, dict[str, Any]]:
    """What an address does, to which row, with what. Raises Refused where it is too old, or the row is gone already."""
    try:
        name, label, pk, arguments = signing.loads(token, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        raise Refused("too_late", "It is too late to undo this. What is wrong can be changed or corrected.") from None
    subject = apps.get_model(label)._base_manager.filter(pk=pk).first()
    if subject is None:
        raise Refused("gone", "This was taken back already.")
    return name, subject, arguments
