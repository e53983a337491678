"""The doctor says what is missing, late or broken in a home, each with its mend, and nothing where all is well."""

from datetime import timedelta

import pytest
from django.conf import settings

from tenure.base import clock
from tenure.base.clock import SystemClock
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import batch, record
from tenure.identity.people import Company
from tenure.pipeline import doctor
from tenure.pipeline.cursors import Cursor, Run, SetAside
from tenure.pipeline.lake import open_lake
from tenure.pipeline.lease import Held, Lease
from tests.book import Book
from tests.cast import Cast


@pytest.fixture
def home(cast: Cast, book: Book) -> None:
    """A home that is well: its lake is there, its readers are at the end, its lease is alive."""
    open_lake().close()
    newest = LedgerEntry.objects.order_by("-id")[0].id
    Cursor.objects.bulk_create(Cursor(reader=reader.name, position=newest) for reader in doctor.READERS)
    Held(heartbeat=False).__enter__()


def wrong() -> dict[str, str]:
    return {finding.name: finding.says for finding in doctor.examine() if not finding.is_well}


def test_a_home_that_is_well_has_nothing_to_mend(home: None) -> None:
    findings = doctor.examine()
    assert [finding for finding in findings if not finding.is_well] == []
    assert {finding.name for finding in findings} >= {"database", "tables", "blueprint", "lake", "pipeline", "disk"}


def test_every_mend_is_said(home: None) -> None:
    Lease.objects.all().delete()
    newest = LedgerEntry.objects.order_by("-id")[0].id
    Cursor.objects.filter(reader="plays").update(position=newest - 2000)
    SetAside.objects.create(
        reader="plays", entry_id=1, kind="meeting.held", error="ValueError: odd", set_at=clock.now()
    )
    Company.objects.update(initialised_at=SystemClock().now() - timedelta(days=5))
    found = {finding.name: finding for finding in doctor.examine() if not finding.is_well}
    assert set(found) == {"pipeline", "readers", "set aside", "nights"}
    assert all(finding.mend for finding in found.values())
    assert "plays is 2,000 entries behind" in found["readers"].says
    assert "meeting.held" in found["set aside"].says


def test_a_lease_that_expired_is_nobody_s(home: None) -> None:
    Lease.objects.update(expires_at=SystemClock().now() - timedelta(seconds=1))
    assert "nobody runs it" in wrong()["pipeline"]


def test_a_night_that_is_due_since_this_morning_is_not_late(home: None) -> None:
    now = SystemClock().now()
    Company.objects.update(initialised_at=now - timedelta(days=30))
    due = doctor.nights_due(now)
    Run.objects.create(
        id="night:x",
        day=due[-1] - timedelta(days=1),
        known_through=now,
        blueprint_version=1,
        started_at=now,
        status="done",
        seconds=1.5,
        accounts=4,
    )
    assert "nights" not in wrong()


def test_a_source_that_fell_silent_is_named(home: None, book: Book) -> None:
    from tenure.facts.contract import KINDS

    assert "source.read_through" in KINDS
    old = SystemClock().now() - timedelta(days=3)
    with batch(Actor.machine("test")):
        record("source.read_through", book.alices, source="crm", through=old)
    assert wrong()["sources"] == "crm was last read 72 hours ago"


def test_a_check_that_fails_is_a_finding_and_the_rest_goes_on(home: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LAKE_URL", "carrier-pigeon://coop")
    found = wrong()
    assert set(found) == {"lake"}
    assert found["lake"].startswith("could not be looked at")
