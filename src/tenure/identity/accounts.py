"""The anchor of an account, and who works for it from when until when."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q

from tenure.base.ids import ID_LENGTH, new_id
from tenure.identity.people import Person, Pod, acting_for, current


class AccountAnchor(models.Model):
    """What access needs to know of an account: that it is, whose child it is, which pod serves it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    pod = models.ForeignKey(Pod, on_delete=models.PROTECT, null=True, blank=True, related_name="accounts")

    anchor_path: ClassVar[str] = ""


class Assignment(models.Model):
    """Somebody has a role on an account from one day to another; a client's people have theirs on their own account."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account = models.ForeignKey(AccountAnchor, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=60)
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)

    anchor_path: ClassVar[str] = "account"
    ledger_fields: ClassVar[tuple[str, ...]] = ("person_id", "role", "from_day", "until_day")

    class Meta:
        indexes = [
            models.Index(fields=["person", "from_day", "account"]),
            models.Index(fields=["account", "role", "from_day"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_day__isnull=True) | Q(until_day__gte=models.F("from_day")),
                name="assignment_runs_forward",
            )
        ]

    def holds_on(self, day: date) -> bool:
        """What `current` asks in a query."""
        return self.from_day <= day and (self.until_day is None or day <= self.until_day)


def holder(account_id: str, role: str, day: date) -> str | None:
    """The id of the person who holds `role` on the account on a day, leave aside; None where nobody does."""
    return (
        Assignment.objects.filter(current(day), account_id=account_id, role=role)
        .order_by("-from_day", "-id")
        .values_list("person_id", flat=True)
        .first()
    )


def owner(account_id: str, role: str, day: date) -> str | None:
    """The id of who acts in `role` for the account on a day: the holder, or who covers for them."""
    held = holder(account_id, role, day)
    return None if held is None else acting_for(held, day)
