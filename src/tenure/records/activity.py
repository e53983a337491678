"""The activity: a call, an e-mail, a visit, a chat or time spent on an account."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from django.db import models
from django.db.models import Q
from pydantic import Field

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Code, Text
from tenure.records.contact import Contact
from tenure.records.row import AccountRow, Moment, fact, related, teller, when
from tenure.records.withdrawal import undo

Direction = Literal["", "in", "out"]
FIELDS = {
    "type": "text",
    "minutes": "number",
    "direction": "text",
    "billable": "boolean",
    "contact": "id",
    "by": "id",
}
declare("activity.logged", "Activity", internal=True, **FIELDS)
declare("activity.withdrawn", "Activity taken back", internal=True, **FIELDS, fact="text")


class Activity(AccountRow):
    """What somebody did for an account, and how long it took."""

    class Type(models.TextChoices):
        """What is offered; a company may log others under words of its own, such as shadowing."""

        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        VISIT = "visit", "Visit"
        CHAT = "chat", "Chat"
        TIME = "time", "Time"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="activities")
    type = models.CharField(max_length=60)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    billable = models.BooleanField(default=False)
    direction = models.CharField(max_length=3, blank=True)  # in: the client began; out: we did
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, related_name="activities")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="activities")
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    noun: ClassVar[str] = "activity"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "minutes", "direction", "billable")
    client_sees: ClassVar[Q | None] = None

    class Meta:
        indexes = [models.Index(fields=["account", "-at"]), models.Index(fields=["person", "-at"])]
        verbose_name_plural = "activities"

    def __str__(self) -> str:
        return dict(Activity.Type.choices).get(self.type) or self.type.replace("_", " ").capitalize()


@operation("activity.log", label="Log an activity", undo="activity.withdraw")
def log_activity(
    account: Account,
    *,
    type: Code,
    minutes: Annotated[int, Field(ge=0, le=100_000)] | None = None,
    direction: Direction = "",
    billable: bool = False,
    contact: str | None = None,
    text: Text = "",
    by: str | None = None,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Activity:
    """Log what was done for an account; time spent wants its minutes."""
    times = when(actor, at, known_at)
    if type == "time" and not minutes:
        raise Refused("no_minutes", "Say how many minutes it took.", field="minutes")
    activity = Activity.objects.create(
        account=account,
        type=type,
        minutes=minutes,
        direction=direction,
        billable=billable,
        contact=related(Contact, contact, account.pk, "contact"),
        person=teller(actor, by),
        text=text.strip(),
        at=times.moment,
    )
    fact("activity.logged", activity, times, contact=activity.contact_id, by=activity.person_id)
    return activity


@operation("activity.withdraw", label="Undo an activity")
def withdraw_activity(activity: Activity, *, actor: Actor) -> None:
    """Take back an activity that was just logged."""
    undo(activity, actor)
