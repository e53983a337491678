"""Connectors in the pipeline's round: read what is due, take in what came, say up to when a source has been read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tenure.base import clock, fault
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.identity.actor import Actor
from tenure.identity.operations import attempt, batch, record
from tenure.records.contact import Contact
from tenure.sources.connectors.arrival import Arrival, store, take, taker, wants_files
from tenure.sources.connectors.connector import Connector
from tenure.sources.connectors.items import Failed, Reading

logger = logging.getLogger(__name__)
AT_ONCE = 25  # arrivals taken in within one transaction
FETCHED_AT_ONCE = 3  # arrivals whose files are fetched between looks at what else there is to do
SAID_EVERY = timedelta(minutes=15)  # how often a source that brought nothing says that it was read
Guard = Callable[[], None]


def advance(guard: Guard | None = None) -> int:
    """One round; returns how much was done. Only the one process that runs the pipeline calls it."""
    if not Connector.objects.exists():
        return 0
    return _wake() + _fetch(guard) + take_in(guard) + _read_next(guard) + _tell_read(guard)


def _fetch(guard: Guard | None = None) -> int:
    """Fetch the files that the next arrivals name, before they are taken in; returns of how many arrivals."""
    waiting = Arrival.objects.filter(status=Arrival.Status.WAITING, connector__status=Connector.Status.ACTIVE)
    wanting = [each for each in _next(waiting) if wants_files(each)][:FETCHED_AT_ONCE]
    for arrival in wanting:
        connector = arrival.connector
        try:
            held = connector.part("door").fetch_files(arrival, connector, taker(connector), settings.PRIVATE_HOSTS)
            values: dict[str, Any] = {"payload": held}
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            code, reason = _why(error, arrival)
            values = {"status": Arrival.Status.ASIDE, "code": code, "reason": reason}
        with transaction.atomic():
            if guard:
                guard()
            Arrival.objects.filter(pk=arrival.pk, status=Arrival.Status.WAITING).update(**values)
    return len(wanting)


def _next(waiting: QuerySet[Arrival]) -> list[Arrival]:
    """The next arrivals to take in, oldest first."""
    return list(waiting.select_related("connector").order_by("happened_at", "id")[:AT_ONCE])


def take_in(guard: Guard | None = None) -> int:
    """Take in the next arrivals, oldest first; returns how many. One that cannot be taken in is set aside, visibly."""
    with batch(Actor.machine("connectors")):
        if guard:
            guard()
        waiting = Arrival.objects.select_for_update(of=("self",)).filter(
            status=Arrival.Status.WAITING, connector__status=Connector.Status.ACTIVE
        )
        rows = _next(waiting)
        for arrival in rows:
            _take(arrival)
        fault.point("connectors.taking")
    return len(rows)


def _take(arrival: Arrival) -> None:
    try:
        with attempt():
            take(arrival)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        arrival.refresh_from_db()
        arrival.status = Arrival.Status.ASIDE
        arrival.code, arrival.reason = _why(error, arrival)
        arrival.save(update_fields=["status", "code", "reason"])


def _why(error: Exception, arrival: Arrival) -> tuple[str, str]:
    match error:
        case Refused():
            return error.code[:60], error.message[:400]
        case Forbidden() | Awaiting():
            return "forbidden", str(error)[:400]
        case _:
            # One thing that nobody foresaw must not keep the others out; what it was stands in the log.
            logger.exception("arrival %s could not be taken in", arrival.pk)
            return "unexpected", f"This failed unexpectedly: {type(error).__name__}. See the log."


def _wake() -> int:
    """Look again at what was set aside for want of a contact, once there is one; returns how many."""
    known = Contact.objects.filter(email=OuterRef("address"), erased_at=None)
    held = Arrival.objects.filter(status=Arrival.Status.ASIDE, code__startswith="unknown_").exclude(address="")
    return int(held.filter(Exists(known)).update(status=Arrival.Status.WAITING, code="", reason=""))


def _read_next(guard: Guard | None) -> int:
    """Make the reading that has been due for longest; returns how many items it brought."""
    now = clock.now()
    due = Connector.objects.filter(status=Connector.Status.ACTIVE, next_at__lte=now).order_by("next_at", "id").first()
    return read(due, guard) if due else 0


def read(connector: Connector, guard: Guard | None = None) -> int:
    """Make one reading. Its arrivals and its cursor commit together; a failure is kept where people see it."""
    started = clock.now()
    try:
        made: Reading = connector.part("reading").read(
            connector.settings, connector.secrets, connector.cursor, started, settings.PRIVATE_HOSTS
        )
    except (Failed, Refused) as error:
        _fail(connector, error.message, started)
        return 0
    except Exception as error:
        logger.exception("connector %s could not be read", connector.pk)
        _fail(connector, f"The reading failed unexpectedly: {type(error).__name__}. See the log.", started)
        return 0
    return _keep(connector, made, started, guard)


def _keep(connector: Connector, made: Reading, started: datetime, guard: Guard | None) -> int:
    with transaction.atomic():
        if guard:
            guard()
        held = Connector.objects.select_for_update().get(pk=connector.pk)
        if _was_changed(held, connector):
            return 0  # what was read belongs to settings that are no longer there
        store(held, made.items)
        fault.point("connectors.stored")
        held.cursor, held.tried_at, held.good_at = dict(made.cursor), started, started
        held.error, held.failures = "", 0
        held.next_at = started if made.more else started + held.due_after()
        if not made.more:
            held.read_through = started
        held.save(update_fields=_KEPT)
    return len(made.items)


_KEPT = ["cursor", "tried_at", "good_at", "error", "failures", "next_at", "read_through"]


def _was_changed(held: Connector, connector: Connector) -> bool:
    same: tuple[str, ...] = ("status", "settings", "sealed", "cursor")
    return any(getattr(held, name) != getattr(connector, name) for name in same)


def _fail(connector: Connector, message: str, started: datetime) -> None:
    connector.failures += 1
    values: dict[str, Any] = {"error": message[:400], "tried_at": started, "next_at": started + connector.due_after()}
    Connector.objects.filter(pk=connector.pk).update(failures=F("failures") + 1, **values)


def _tell_read(guard: Guard | None) -> int:
    """Say of each source up to when it has been read, once all that was read is taken in; returns of how many."""
    waiting = Arrival.objects.filter(connector=OuterRef("pk"), status=Arrival.Status.WAITING)
    unsaid = Q(told_through=None) | Q(told_through__lte=F("read_through") - SAID_EVERY)
    news = Arrival.objects.filter(connector=OuterRef("pk"), received_at__gte=OuterRef("told_through"))
    ready = Connector.objects.filter(status=Connector.Status.ACTIVE, read_through__isnull=False).filter(
        ~Exists(waiting), unsaid | (Q(told_through__lt=F("read_through")) & Exists(news))
    )
    told = 0
    for connector in ready.order_by("pk"):
        with batch(Actor.machine("connectors")):
            if guard:
                guard()
            record("source.read_through", connector, source=connector.source, through=connector.read_through)
            Connector.objects.filter(pk=connector.pk).update(told_through=connector.read_through)
        told += 1
    return told
