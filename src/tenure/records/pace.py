"""The pace: how many of a kind of thing go out to a client each week, as it was agreed with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, ClassVar

from django.db import models
from django.db.models import Q
from pydantic import Field

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.operations import operation
from tenure.identity.rows import rows_by
from tenure.records.account import Account
from tenure.records.checks import check_word
from tenure.records.row import AccountRow, Moment, fact, when

FIELDS = {"type": "text", "per_week": "number"}
declare("pace.set", "Rhythm agreed", internal=False, **FIELDS)
declare("pace.withdrawn", "Rhythm taken back", internal=True, **FIELDS, fact="text")

PerWeek = Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)]


class Pace(AccountRow):
    """The rhythm of one kind of deliverable for one client."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="paces")
    type = models.CharField(max_length=60)
    per_week = models.DecimalField(max_digits=5, decimal_places=2)

    noun: ClassVar[str] = "pace"
    ledger_fields: ClassVar[tuple[str, ...]] = ("type", "per_week")
    client_sees: ClassVar[Q | None] = Q()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "type"], name="one_pace_per_kind")]

    def __str__(self) -> str:
        return f"{self.per_week.normalize():f} a week"


def pace_of(account_id: str, type: str, model: Model) -> Decimal | None:
    """How many a week go out to a client: as agreed with them, else as the kind says; None where neither is said."""
    agreed = next(iter(rows_by(Pace, account_id=account_id, type=type)), None)
    kind = model.deliverables.get(type)
    return agreed.per_week if agreed else kind.per_week if kind else None


@operation("pace.set", label="Agree on a rhythm")
def set_pace(
    account: Account,
    *,
    type: str,
    per_week: PerWeek,
    at: Moment | None = None,
    known_at: Moment | None = None,
    actor: Actor,
) -> Pace:
    """Agree with a client on how many of a kind go out each week; the same again changes nothing."""
    kind = actor.model.deliverables.get(check_word("deliverable", type, actor.model.deliverables, "type"))
    if kind is None or not kind.states:
        raise Refused(
            "no_states", "A rhythm is kept of work that goes through states; choose such a kind.", field="type"
        )
    times = when(actor, at, known_at)
    held = Pace.objects.filter(account=account, type=type).first()
    if held is not None and held.per_week == per_week:
        return held
    pace, _ = Pace.objects.update_or_create(account=account, type=type, defaults={"per_week": per_week})
    fact("pace.set", pace, times)
    return pace
