"""The standing of accounts: a row per account with all that lists sort, filter and show. The pipeline writes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from tenure.base.errors import Refused
from tenure.blueprint.expressions import ExpressionError
from tenure.blueprint.model import Model
from tenure.identity import access
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.work.filters import to_q
from tenure.work.names import names_of

SPARK_WEEKS = 12
UNKNOWN_RANK = Decimal(2)  # unknown asks for work: after yellow (1 to under 2), before green (3 to under 4)
TONE_RANKS = {"red": Decimal(0), "yellow": Decimal(1), "green": Decimal(3)}


class Standing(models.Model):
    """How one account stands. Null in `score` is unknown; big JSON columns come last and lists leave them unread."""

    account = models.OneToOneField(AccountAnchor, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    name = models.CharField(max_length=200)
    status = models.CharField(max_length=20, default="active")
    tier = models.CharField(max_length=60, blank=True)
    industry = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    owner_name = models.CharField(max_length=120, blank=True)
    pod_id = models.CharField(max_length=26, blank=True)
    pod_name = models.CharField(max_length=120, blank=True)
    segments = models.CharField(max_length=1000, blank=True)  # keys between spaces: " at_risk renewing "

    score = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    health_rank = models.DecimalField(max_digits=6, decimal_places=5, default=UNKNOWN_RANK)  # what "by health" sorts by
    band = models.CharField(max_length=60, default="unknown")
    band_tone = models.CharField(max_length=10, default="unknown")
    band_since = models.DateField(null=True)
    previous_band = models.CharField(max_length=60, blank=True)
    previous_score = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    coverage = models.DecimalField(max_digits=5, decimal_places=4, null=True)
    score_day = models.DateField(null=True)  # the company day that the score is of
    reason = models.CharField(max_length=400, blank=True)

    next_step = models.CharField(max_length=240, blank=True)
    next_step_owner = models.CharField(max_length=120, blank=True)
    next_step_on = models.DateTimeField(null=True)
    next_touch_at = models.DateTimeField(null=True)
    last_touch_at = models.DateTimeField(null=True)
    renewal_on = models.DateField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # yearly value of running contracts
    currency = models.CharField(max_length=3, blank=True)
    signals_open = models.PositiveIntegerField(default=0)
    signals_snoozed = models.PositiveIntegerField(default=0)
    worst_signal = models.CharField(max_length=10, blank=True)
    signals_rank = models.PositiveIntegerField(default=0)  # what "by signals" sorts by: red before yellow before number
    commitments_open = models.PositiveIntegerField(default=0)
    commitments_overdue = models.PositiveIntegerField(default=0)
    fresh_at = models.DateTimeField(null=True)  # up to when the data behind the score was read
    refreshed_at = models.DateTimeField(null=True)

    spark = models.JSONField(default=list)  # the last 12 weekly scores, oldest first, null where unknown
    spark_week = models.DateField(null=True)  # the Monday of the last of them
    parts = models.JSONField(default=list)  # [{key, label, level 0 to 5 or null}]
    fields = models.JSONField(default=dict)  # the account's fields as expressions name them
    metrics = models.JSONField(default=dict)  # measures by `Column.key`, from the latest edition
    explanation = models.JSONField(default=dict)

    anchor_path: ClassVar[str] = "account"

    class Meta:
        indexes = [
            models.Index(fields=["name", "account"]),
            models.Index(fields=["health_rank", "account"]),
            models.Index(fields=["score", "account"]),
            models.Index(fields=["renewal_on", "account"]),
            models.Index(fields=["amount", "account"]),
            models.Index(fields=["next_touch_at", "account"]),
            models.Index(fields=["last_touch_at", "account"]),
            models.Index(fields=["next_step_on", "account"]),
            models.Index(fields=["signals_rank", "account"]),
            models.Index(fields=["band_since", "account"]),
            models.Index(fields=["owner_name", "account"]),
            models.Index(fields=["tier", "account"]),
            models.Index(fields=["stage", "account"]),
            models.Index(fields=["status", "health_rank"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def segment_keys(self) -> tuple[str, ...]:
        return tuple(self.segments.split())

    @property
    def values(self) -> dict[str, Any]:
        """What expressions over this account read: measures of the latest edition, and the fields as they are now."""
        return {**self.metrics, **self.fields, "day": self.score_day, **self.score_values(self.score_day)}

    def score_values(self, day: date | None) -> dict[str, Any]:
        """The two measures that come from the score itself, which no edition holds: its value and its days in band."""
        known = self.score is not None and self.band_since is not None and day is not None
        days = (day - self.band_since).days if known and day and self.band_since else None
        return {"score": self.score, "score_days_in_band": days}


HEAVY = ("fields", "metrics", "explanation")  # what no list shows


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of accounts is narrowed by; everything that is given must hold."""

    text: str = ""
    status: tuple[str, ...] = ("active", "prospect")
    bands: tuple[str, ...] = ()
    tones: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    segment: str = ""
    where: str = ""  # an expression of the blueprint's language
    with_signals: bool = False
    renewing_by: date | None = None


def filtered(rows: QuerySet[Standing], filters: Filters, model: Model) -> QuerySet[Standing]:
    """The rows that a filter leaves. Raises Refused where its expression cannot be read."""
    wanted = Q()
    if filters.text:
        wanted &= Q(name__icontains=filters.text.strip())
    lists = {
        "status": filters.status,
        "band": filters.bands,
        "band_tone": filters.tones,
        "tier": filters.tiers,
        "stage": filters.stages,
        "owner": filters.owners,
        "pod_id": filters.pods,
    }
    for column, chosen in lists.items():
        if chosen:
            wanted &= Q(**{f"{column}__in": chosen})
    if filters.segment:
        wanted &= Q(segments__contains=f" {filters.segment} ")
    if filters.with_signals:
        wanted &= Q(signals_open__gt=0)
    if filters.renewing_by:
        wanted &= Q(renewal_on__lte=filters.renewing_by)
    if filters.where:
        try:
            names = names_of(model)
            wanted &= to_q(names.parse(filters.where), names.fields)
        except ExpressionError as error:
            raise Refused("expression", f"The filter cannot be read: {error}", field="where") from error
    return rows.filter(wanted)


def standings(actor: Actor, filters: Filters | None = None) -> QuerySet[Standing]:
    """The standing of the accounts within an actor's reach, for counting and for bulk acts."""
    return filtered(access.reach(Standing.objects.all(), actor, "account.list"), filters or Filters(), actor.model)


def advance_spark(
    spark: list[Any], week: date | None, day: date, score: Decimal | None
) -> tuple[list[float | None], date]:
    """The last twelve weekly scores with the one of `day` in its week, and that week's Monday; gaps are null."""
    monday = day - timedelta(days=day.weekday())
    values: list[float | None] = list(spark)
    gone = 0 if week is None else (monday - week).days // 7
    if week is None or gone > 0:
        values += [None] * (gone if week else 1)
    elif gone < 0:
        return values, week  # an older day never overwrites a newer week
    values[-1] = None if score is None else float(score)
    return values[-SPARK_WEEKS:], monday


def health_rank(tone: str, score: Decimal | None, low: Decimal, high: Decimal) -> Decimal:
    """Where an account stands "by health": by tone, within it by score; unknown between yellow and green."""
    if tone not in TONE_RANKS:
        return UNKNOWN_RANK
    share = Decimal(0) if score is None or high == low else (score - low) / (high - low)
    return (TONE_RANKS[tone] + min(max(share, Decimal(0)), Decimal("0.9999"))).quantize(Decimal("0.00001"))


def is_stale(row: Standing, now: datetime, after: timedelta = timedelta(hours=36)) -> bool:
    """Whether the score behind a row is older than a night may be late."""
    return row.fresh_at is None or now - row.fresh_at > after
