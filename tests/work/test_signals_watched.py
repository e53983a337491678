"""Signals: one open per rule and account, firing after their time, quiet where snoozed or behind another."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.facts.days import day_ends
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch
from tenure.pipeline.ticks import tick
from tenure.work.names import names_of
from tenure.work.signals import (
    OpenSignal,
    acknowledge_signal,
    resolve_signal,
    snooze_signal,
    wake_signal,
)
from tenure.work.watching import fill, watch_accounts
from tests.book import Book
from tests.cast import ZONE, Cast, blueprint
from tests.days import Days

SILENT = {
    "label": "Silent",
    "when": "days_since_meeting > 30",
    "for": "2 days",
    "severity": "yellow",
    "owner": "csm",
    "reason": "No meeting for {days_since_meeting} days",
    "inhibited_by": ["unused"],
}
UNUSED = {"label": "Unused", "when": "over(active_users, 7) = 0", "severity": "red", "owner": "lead"}


@pytest.fixture
def model() -> Model:
    return blueprint(signals={"silent": SILENT, "unused": UNUSED})


def read(day: date, readings: Mapping[str, Mapping[str, Any]]) -> None:
    actor = Actor.machine("pipeline")
    with batch(actor):
        watch_accounts({account: {"status": "active", **values} for account, values in readings.items()},
                       day_ends(day, ZONE), day, actor)  # fmt: skip


def kinds(*, rule: str = "silent") -> list[str]:
    entries = LedgerEntry.objects.filter(subject="signal", data__rule=rule).order_by("id")
    return [entry.kind.removeprefix("signal.") for entry in entries]


MONDAY = date(2026, 2, 23)


@pytest.fixture
def silent(days: Days, cast: Cast, book: Book) -> OpenSignal:
    """Alice's account has been silent for long enough."""
    for step in range(3):
        read(MONDAY + timedelta(days=step), {book.alices.pk: {"days_since_meeting": 31 + step}})
    return OpenSignal.objects.get()


def test_a_signal_is_pending_before_it_fires(days: Days, cast: Cast, book: Book) -> None:
    read(MONDAY, {book.alices.pk: {"days_since_meeting": 31}})
    signal = OpenSignal.objects.get()
    assert (signal.state, signal.since) == ("pending", day_ends(MONDAY, ZONE))
    read(MONDAY + timedelta(days=1), {book.alices.pk: {"days_since_meeting": 32}})
    assert OpenSignal.objects.get().state == "pending"
    assert kinds() == []
    read(MONDAY + timedelta(days=2), {book.alices.pk: {"days_since_meeting": 33}})
    signal = OpenSignal.objects.get()
    assert (signal.state, signal.owner_id, signal.reason) == ("firing", cast.alice.pk, "No meeting for 33 days")
    assert signal.evidence == {"when": "days_since_meeting > 30", "values": {"days_since_meeting": 33}}
    assert signal.fired_at == day_ends(MONDAY + timedelta(days=2), ZONE)
    assert kinds() == ["fired"]


@pytest.mark.requirement("P-04")
def test_unknown_neither_brings_a_signal_on_nor_takes_it_away(silent: OpenSignal, book: Book) -> None:
    read(MONDAY + timedelta(days=3), {book.alices.pk: {}, book.bobs.pk: {}})
    assert OpenSignal.objects.get().state == "firing"


def test_what_lapsed_before_it_fired_leaves_no_trace(days: Days, cast: Cast, book: Book) -> None:
    read(MONDAY, {book.alices.pk: {"days_since_meeting": 31}})
    read(MONDAY + timedelta(days=1), {book.alices.pk: {"days_since_meeting": 0}})
    assert not OpenSignal.objects.exists()
    assert kinds() == []


def test_a_day_read_twice_changes_nothing(silent: OpenSignal, book: Book) -> None:
    before = (list(OpenSignal.objects.values()), kinds())
    for step in (2, 1, 0):
        read(MONDAY + timedelta(days=step), {book.alices.pk: {"days_since_meeting": 31 + step}})
    assert (list(OpenSignal.objects.values()), kinds()) == before


def test_a_signal_that_is_over_stays_as_history_and_comes_back_as_another(silent: OpenSignal, book: Book) -> None:
    read(MONDAY + timedelta(days=3), {book.alices.pk: {"days_since_meeting": 1}})
    for step in range(31, 35):
        read(MONDAY + timedelta(days=step), {book.alices.pk: {"days_since_meeting": step}})
    assert list(OpenSignal.objects.order_by("since").values_list("state", flat=True)) == ["resolved", "firing"]
    assert kinds() == ["fired", "resolved", "fired"]


def test_the_database_keeps_one_open_signal_per_rule_and_account(silent: OpenSignal) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        OpenSignal.objects.create(
            account_id=silent.account_id, rule="silent", since=silent.since, severity="red", kind="risk"
        )


def test_a_snoozed_signal_comes_back_by_itself(silent: OpenSignal, days: Days, cast: Cast) -> None:
    until = days.hands.now() + timedelta(days=2)
    snooze_signal(silent, until=until, reason="on holiday until Wednesday", actor=cast.actor("alice"))
    silent.refresh_from_db()
    assert silent.is_snoozed
    assert "holiday" not in str(list(LedgerEntry.objects.values_list("data", flat=True)))
    days.hands.set(until)
    assert tick(Actor.machine("pipeline")) == 1
    silent.refresh_from_db()
    assert (silent.snoozed_until, silent.snooze_reason) == (None, "")
    assert kinds() == ["fired", "snoozed", "woken"]


def test_a_snooze_is_taken_back(silent: OpenSignal, days: Days, cast: Cast) -> None:
    alice = cast.actor("alice")
    snooze_signal(silent, until=days.hands.now() + timedelta(days=2), reason="waits", actor=alice)
    wake_signal(silent, actor=alice)
    silent.refresh_from_db()
    assert silent.snoozed_until is None
    with pytest.raises(Refused):
        wake_signal(silent, actor=alice)


def test_somebody_takes_note_once(silent: OpenSignal, cast: Cast) -> None:
    assert acknowledge_signal(silent, actor=cast.actor("alice")).acknowledged_by == cast.alice
    with pytest.raises(Refused):
        acknowledge_signal(silent, actor=cast.actor("lena"))


def test_closed_by_hand_it_returns_only_after_the_condition_was_false(
    silent: OpenSignal, cast: Cast, book: Book
) -> None:
    resolve_signal(silent, reason="They are on parental leave", actor=cast.actor("alice"))
    for step in range(8, 12):
        read(MONDAY + timedelta(days=step), {book.alices.pk: {"days_since_meeting": 31 + step}})
    assert [row.state for row in OpenSignal.objects.all()] == ["resolved"]
    read(MONDAY + timedelta(days=12), {book.alices.pk: {"days_since_meeting": 0}})
    for step in range(13, 16):
        read(MONDAY + timedelta(days=step), {book.alices.pk: {"days_since_meeting": 40 + step}})
    assert list(OpenSignal.objects.order_by("since").values_list("state", flat=True)) == ["resolved", "firing"]


def test_behind_a_graver_signal_it_fires_unseen(silent: OpenSignal, cast: Cast, book: Book) -> None:
    read(MONDAY + timedelta(days=3), {book.alices.pk: {"days_since_meeting": 34, "active_users/7": 0}})
    silent.refresh_from_db()
    assert (silent.is_inhibited, silent.inhibited_by) == (True, "unused")
    assert OpenSignal.objects.get(rule="unused").owner_id == cast.lena.pk
    read(MONDAY + timedelta(days=4), {book.alices.pk: {"days_since_meeting": 35, "active_users/7": 4}})
    silent.refresh_from_db()
    assert (silent.is_inhibited, silent.state) == (False, "firing")
    assert kinds() == ["fired", "inhibited", "uninhibited"]
    assert kinds(rule="unused") == ["fired", "resolved"]


def test_a_closed_account_has_no_signals(silent: OpenSignal, book: Book) -> None:
    read(MONDAY + timedelta(days=3), {book.alices.pk: {"days_since_meeting": 34, "status": "closed"}})
    silent.refresh_from_db()
    assert silent.state == "resolved"


def test_a_reason_writes_shares_in_per_cent(cast: Cast) -> None:
    model = blueprint(metrics={"views": {"label": "Views", "unit": "views"}})
    names = names_of(model)
    values = {"metric_views_change": Decimal("-0.404"), "days_since_meeting": Decimal(67), "goals_on_track_rate": None}
    told = fill("{metric_views_change}, {days_since_meeting} d, {goals_on_track_rate}", names, values, model)
    assert told == "−40 %, 67 d, unknown"
