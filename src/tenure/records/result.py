"""The result of a deliverable: a figure of what one thing did once it was out, with what shows it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar

from django.db import models
from django.db.models import Q
from pydantic import Field

from tenure.base.errors import Refused
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.checks import Short, check_word
from tenure.records.deliverable import Deliverable
from tenure.records.row import AccountRow, Moment, fact, when
from tenure.records.withdrawal import undo

Figure = Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
FIELDS = {"deliverable": "id", "metric": "text", "value": "number", "day": "day"}
declare("result.added", "Result noted", internal=False, **FIELDS)
declare("result.withdrawn", "Result taken back", internal=True, **FIELDS, fact="text")


class Result(AccountRow):
    """A metric's value for one deliverable, as it stood on a day; a later day's stands for an earlier one's."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="results")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="results")
    metric = models.CharField(max_length=60)
    day = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=6)
    evidence = models.CharField(max_length=200, blank=True)
    added_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")

    noun: ClassVar[str] = "result"
    ledger_fields: ClassVar[tuple[str, ...]] = ("metric", "value", "day")
    client_sees: ClassVar[Q | None] = Q(deliverable__client_visible=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["deliverable", "metric", "day"], name="one_result_per_metric_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.metric} on {self.day.isoformat()}"


@operation("result.add", label="Note a result", undo="result.withdraw")
def add_result(
    deliverable: Deliverable,
    *,
    metric: str,
    value: Figure,
    day: date | None = None,
    evidence: Short = "",
    known_at: Moment | None = None,
    actor: Actor,
) -> Result:
    """Note what a thing did that is out: a figure, the day on which it was read, and what shows it."""
    if deliverable.status not in (Deliverable.Status.DELIVERED, Deliverable.Status.ACCEPTED):
        raise Refused("not_out", "It is not out yet; note what it did afterwards.")
    if not metric:
        raise Refused("no_metric", "Choose the metric.", field="metric")
    check_word("metric", metric, actor.model.metrics, "metric")
    day = day or actor.day
    if day > actor.day:
        raise Refused("in_the_future", "This day has not begun yet.", field="day")
    if Result.objects.filter(deliverable=deliverable, metric=metric, day=day).exists():
        raise Refused("noted", "This day has a figure already; note another day’s.", field="day")
    result = Result.objects.create(
        account_id=deliverable.account_id,
        deliverable=deliverable,
        metric=metric,
        day=day,
        value=value,
        evidence=evidence.strip(),
        added_by=actor.person,
    )
    fact("result.added", result, when(actor, None, known_at), deliverable=deliverable.pk)
    return result


@operation("result.withdraw", label="Undo a result")
def withdraw_result(result: Result, *, actor: Actor) -> None:
    """Take back a figure that was just noted."""
    undo(result, actor)
