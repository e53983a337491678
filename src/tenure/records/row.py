"""What every record has in common: it belongs to an account, its facts have their times, its changes are named."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from pydantic import AwareDatetime
from pydantic_core import core_schema

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.base.ids import ID_LENGTH, new_id
from tenure.identity import access
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import record, view
from tenure.identity.people import Person
from tenure.identity.rows import row_by_key

Moment = AwareDatetime  # the type of an operation's `at` and `known_at`; a moment without a zone is refused

BACKDATE = view("record.backdate", "Say when something became known, as an import does")


class AccountRow(models.Model):
    """A row of the system of record. Its model has a foreign key ``account``.

    `noun` is the subject of its facts, `ledger_fields` their after-values, `client_sees` which rows a client may read.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_id, editable=False)
    account_id: str

    anchor_path: ClassVar[str] = "account"
    noun: ClassVar[str]
    ledger_fields: ClassVar[tuple[str, ...]] = ()
    client_sees: ClassVar[Q | None] = None

    class Meta:
        abstract = True


R = TypeVar("R", bound=AccountRow)


class _Unset:
    """Stands where an argument was not given, so that None can clear a value."""

    def __repr__(self) -> str:
        return "UNSET"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        # In a JSON schema the default reads null.
        as_null = core_schema.plain_serializer_function_ser_schema(lambda _: None)
        return core_schema.is_instance_schema(cls, serialization=as_null)


UNSET: Any = _Unset()


def set_fields(row: models.Model, **values: Any) -> list[str]:
    """Set those of `values` that were given and differ; returns their names in order, for saving and for the fact."""
    changed = [name for name, value in values.items() if value is not UNSET and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return sorted(changed)


@dataclass(frozen=True, slots=True)
class When:
    """The two times of a fact as its teller gives them; None is now."""

    happened_at: datetime | None = None
    known_at: datetime | None = None

    @property
    def moment(self) -> datetime:
        """When it happened."""
        return self.happened_at or clock.now()


NOW = When()


def when(actor: Actor, at: datetime | None, known_at: datetime | None = None) -> When:
    """The times of a fact that somebody tells; without any it happens now, at one moment for the row and the fact.

    Anyone may say that a thing happened earlier; only the system, and roles that may `record.backdate`, say that it was
    known earlier. Raises Refused for the future and for what was known before it happened.
    """
    now = clock.now()
    if at is None and known_at is None:
        return When(now)
    if at is not None and at > now:
        raise Refused("in_the_future", "This lies in the future; give the moment at which it happened.", field="at")
    if known_at is not None:
        if not actor.is_system and not access.may(actor, BACKDATE):
            rule = access.explain(actor.model, BACKDATE)
            raise Forbidden(BACKDATE, rule, access.who_may(actor.model, BACKDATE))
        if known_at > now:
            raise Refused("in_the_future", "It cannot be known only in the future.", field="known_at")
        if known_at < (at or now):
            raise Refused("known_too_early", "It cannot be known before it happened.", field="known_at")
    return When(at, known_at)


def fact(
    kind: str,
    row: AccountRow,
    times: When = NOW,
    *,
    corrects: int | None = None,
    retracts: int | None = None,
    **data: Any,
) -> LedgerEntry:
    """Record a fact about a row on its account, at its times."""
    return record(
        kind,
        row,
        happened_at=times.happened_at,
        known_at=times.known_at,
        corrects=corrects,
        retracts=retracts,
        account_id=row.account_id,
        **data,
    )


def day_in(moment: datetime, zone: str) -> date:
    """The day of a moment in a zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def related(model: type[R], pk: str | None, account_id: str, field: str) -> R | None:
    """A row that an argument names by its id; it must be of the same account. None stays None."""
    if not pk:
        return None
    found = row_by_key(model, pk)
    if found is None or found.account_id != account_id:
        raise Refused(
            f"unknown_{model.noun}",
            f"This account has no such {model._meta.verbose_name}; choose one of its own.",
            field=field,
        )
    return found


def colleague(pk: str | None, field: str = "owner") -> Person | None:
    """Somebody of ours whom an argument names by their id, and who is still here. None stays None."""
    if not pk:
        return None
    found = row_by_key(Person, pk)
    if found is None or not found.is_active or found.kind == Person.Kind.CLIENT:
        raise Refused(
            "unknown_person", "Nobody here has this id; choose a colleague who still works here.", field=field
        )
    return found


def teller(actor: Actor, by: str | None) -> Person | None:
    """Whose act it was: the actor's own, or another's where an import says so."""
    if by is None or by == actor.id:
        return actor.person
    if not actor.is_system and not access.may(actor, BACKDATE):
        raise Refused("not_yours", "Only your own acts can be logged here.", field="by")
    return colleague(by, "by")


def said(text: str, field: str, what: str) -> str:
    """A text without its outer blanks. Raises Refused where nothing is left."""
    stripped = text.strip()
    if not stripped:
        raise Refused("empty", f"Write {what} first.", field=field)
    return stripped
