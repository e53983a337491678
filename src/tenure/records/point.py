"""The metric point: one figure of one day that a person enters; what comes in bulk lives in the lake alone."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

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
from tenure.records.row import AccountRow, Moment, fact, when
from tenure.records.withdrawal import last_entry, undo

Figure = Annotated[Decimal, Field(max_digits=20, decimal_places=6)]
FIELDS = {"metric": "text", "value": "number", "day": "day", "attribution": "text"}
declare("point.entered", "Figure entered", internal=True, **FIELDS)
declare("point.withdrawn", "Figure taken back", internal=True, **FIELDS, fact="text")


class MetricPoint(AccountRow):
    """The value of a metric on a company day; of what is counted, also only what one thing brought of it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="points")
    metric = models.CharField(max_length=60)
    day = models.DateField()
    value = models.DecimalField(max_digits=20, decimal_places=6)
    attribution = models.CharField(max_length=60, blank=True)  # what brought it, as the metric names it
    entered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    correction = models.CharField(max_length=200, blank=True)  # why the value is not the first one entered

    noun: ClassVar[str] = "point"
    ledger_fields: ClassVar[tuple[str, ...]] = ("metric", "value", "day", "attribution")
    client_sees: ClassVar[Q | None] = None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "metric", "day", "attribution"], name="one_point_per_metric_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.metric} on {self.day.isoformat()}"


def start_of(day: date, zone: str) -> datetime:
    """The moment at which a day begins in a zone: when a figure of that day is said to have happened."""
    return datetime.combine(day, time(), ZoneInfo(zone))


@operation("point.enter", label="Enter a figure", undo="point.withdraw")
def enter_point(
    account: Account,
    *,
    metric: str,
    day: date,
    value: Figure,
    attribution: str = "",
    known_at: Moment | None = None,
    actor: Actor,
) -> MetricPoint:
    """Enter a metric's value of one day, or what one thing brought of it. Entering the same again changes nothing;
    another value is a correction."""
    if not metric:
        raise Refused("no_metric", "Choose the metric.", field="metric")
    check_word("metric", metric, actor.model.metrics, "metric")
    check_word("attribution", attribution, actor.model.metrics[metric].attribution, "attribution")
    if day > actor.day:
        raise Refused("in_the_future", "This day has not begun yet.", field="day")
    times = when(actor, start_of(day, actor.model.company.zone), known_at)
    standing = MetricPoint.objects.filter(account=account, metric=metric, day=day, attribution=attribution).first()
    if standing is not None:
        if standing.value != value:
            mend = "correct it, with a reason"
            raise Refused(
                "entered", f"This day has a value already ({standing.value.normalize():f}); {mend}.", field="value"
            )
        return standing
    point = MetricPoint.objects.create(
        account=account, metric=metric, day=day, value=value, attribution=attribution, entered_by=actor.person
    )
    fact("point.entered", point, times)
    return point


@operation("point.correct", label="Correct a figure")
def correct_point(
    point: MetricPoint, *, value: Figure, reason: Short, known_at: Moment | None = None, actor: Actor
) -> MetricPoint:
    """Replace a value that was wrong, with the reason; both stay in the ledger."""
    if point.value == value:
        return point
    entry = last_entry(point, "point.entered")
    point.value, point.correction, point.entered_by = value, reason.strip(), actor.person
    point.save(update_fields=["value", "correction", "entered_by"])
    fact("point.entered", point, when(actor, entry.happened_at, known_at), corrects=entry.id)
    return point


@operation("point.withdraw", label="Undo a figure")
def withdraw_point(point: MetricPoint, *, actor: Actor) -> None:
    """Take back a figure that was just entered."""
    undo(point, actor)
