"""Retention at night: personal data that was kept for long enough goes, one row and one short transaction at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import InterfaceError, OperationalError

from tenure.base import fault
from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.identity import blueprints
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch, record
from tenure.pipeline.lease import LeaseLost
from tenure.pipeline.schedule import day_due, nights_due
from tenure.records.retention import RULES, Rule

logger = logging.getLogger(__name__)
MOST = 200  # of each kind in a night, so that a rule that is new does not hold up the morning


@dataclass(frozen=True, slots=True)
class Ending:
    """What a night would end under one rule, and how much is left to the nights after it."""

    rule: Rule
    tonight: int
    later: int

    @property
    def words(self) -> str:
        """What stands behind the number of this night."""
        more = f", {self.later:,} more in the nights after it" if self.later else ""
        return f"{self.rule.named(self.tonight)} to be {self.rule.goes} in the coming night{more}"

    def __str__(self) -> str:
        return f"{self.tonight:,} {self.words}"


@dataclass(frozen=True, slots=True)
class Overdue:
    """What is past its time by the last night: how much of it waits, how much could not go, and why that was."""

    rule: Rule
    waiting: int
    failed: int
    reasons: tuple[str, ...]


def coming(model: Model, now: datetime) -> Iterator[Ending]:
    """What the next night would end under a model, for each kind of data that it has a rule for."""
    day = day_due(now) if nights_due(now) else day_due(now) + timedelta(days=1)
    for rule in RULES:
        if rule.days(model) is not None:
            due = rule.due(model, day).count()
            yield Ending(rule, min(due, MOST), max(due - MOST, 0))


def overdue(model: Model, day: date) -> Iterator[Overdue]:
    """What should have gone by the night of a day and is still here, for each kind of data that has a rule."""
    for rule in RULES:
        if rule.days(model) is not None:
            due = rule.due(model, day)
            told = LedgerEntry.objects.filter(kind=rule.failed, subject_id__in=due.values("pk"))
            failed = due.filter(pk__in=told.values("subject_id")).count()
            reasons = sorted(set(told.values_list("data__reason", flat=True)))
            yield Overdue(rule, due.count() - failed, failed, tuple(reasons))


def end_what_is_due(day: date, guard: Callable[[], None]) -> int:
    """End what the blueprint in force keeps no longer on a day; returns how much went.

    What went is no longer due, so a night that was killed goes on with the rest. What could not go before comes last,
    so that it keeps nobody else waiting.
    """
    gone = 0
    for rule in RULES:
        due = rule.due(blueprints.in_force(), day).values_list("pk", flat=True)
        failed = LedgerEntry.objects.filter(kind=rule.failed).values("subject_id")
        chosen = list(due.exclude(pk__in=failed)[:MOST])
        chosen += due.filter(pk__in=failed)[: MOST - len(chosen)]
        gone += sum(_ends(rule, pk, day, guard) for pk in chosen)
    return gone


def _ends(rule: Rule, pk: str, day: date, guard: Callable[[], None]) -> bool:
    """End one row, unless the rule or what is known of it changed meanwhile; whether it went."""
    actor = Actor.machine("retention")
    try:
        with batch(actor):
            guard()
            row = rule.due(blueprints.in_force(), day).filter(pk=pk).first()
            if row is not None:
                rule.end(row, actor)
    except (OperationalError, InterfaceError, LeaseLost):
        raise  # nobody's data is at fault: the night stops here and goes on later
    except Exception as error:
        _tell(rule, pk, day, error, guard)
        return False
    fault.point("retention.ended")
    return row is not None


def _tell(rule: Rule, pk: str, day: date, error: Exception, guard: Callable[[], None]) -> None:
    """Put down why something could not go, once for each reason. The ledger gets no words: they may name somebody."""
    reason = error.code if isinstance(error, Refused) else type(error).__name__
    # A refusal says all by its code, and its sentence may hold a name. A bug is found by its traceback alone.
    cause = None if isinstance(error, Refused) else error
    logger.error("retention: the %s %s could not be %s: %s", rule.one, pk, rule.goes, reason, exc_info=cause)
    with batch(Actor.machine("retention")):
        guard()
        row = rule.due(blueprints.in_force(), day).filter(pk=pk).first()
        last = LedgerEntry.objects.filter(kind=rule.failed, subject_id=pk).order_by("-id").first()
        if row is not None and (last is None or last.data["reason"] != reason):
            record(rule.failed, row, reason=reason)
