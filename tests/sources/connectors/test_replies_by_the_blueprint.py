"""The clock of replies as a blueprint says it: in business hours, its misses waiting for the mailbox to be read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.pipeline.process import Pipeline
from tenure.records.contact import Contact
from tenure.records.message import Message, log_message
from tenure.sources.connectors import rounds
from tenure.sources.connectors.connector import Connector, add_connector, remove_connector
from tenure.work.commitments import Opening
from tests.cast import Cast, at, blueprint
from tests.days import Days
from tests.sources.connectors.conftest import PASSWORD, REPLIES, Mailbox, settings_of

pytestmark = pytest.mark.requirement("R-09")


@pytest.fixture
def model() -> Model:
    """Four business hours; the cast's company is open from nine to five in New York."""
    terms = REPLIES | {"within": "4 business hours", "hours": "company", "source": "mail"}
    return blueprint(commitments={"replies": terms})


def test_business_hours_are_counted_from_the_real_time(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Callable[[], None], days: Days
) -> None:
    """Came on Monday at three in the afternoon: two hours that day, two on Tuesday, so due on Tuesday at eleven."""
    days.hands.set(at("2026-03-02 20:05"))
    mailbox.comes(at("2026-03-02 20:00"), id="q@a.example")
    reading()
    opening = Opening.objects.get()
    assert (opening.opened_at, opening.due_at) == (at("2026-03-02 20:00"), at("2026-03-03 16:00"))
    days.hands.set(at("2026-03-03 15:55"))
    mailbox.goes(at("2026-03-03 15:50"), to="dana@acme.example", answers="q@a.example")
    reading()
    opening.refresh_from_db()
    assert (opening.status, opening.met_at) == ("met", at("2026-03-03 15:50"))


def test_no_miss_before_the_mailbox_was_read_past_due(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Callable[[], None], days: Days
) -> None:
    """Nobody read the mailbox all day; the answer lay in it, in time."""
    mailbox.comes(at("2026-03-02 14:00"), id="q@a.example")  # nine in the morning, due at one
    reading()
    mailbox.goes(at("2026-03-02 16:00"), to="dana@acme.example", answers="q@a.example")
    days.until(at("2026-03-02 22:00"))
    assert Opening.objects.get().status in ("running", "warned")
    reading()
    assert Opening.objects.get().status == "met"


def test_a_miss_is_told_once_the_mailbox_was_read_past_due(
    connector: Connector, mailbox: Mailbox, dana: Contact, reading: Callable[[], None], days: Days
) -> None:
    mailbox.comes(at("2026-03-02 14:00"), id="q@a.example")
    reading()
    days.until(at("2026-03-02 22:00"))
    assert Opening.objects.get().status in ("running", "warned")
    reading()
    assert Opening.objects.get().status == "missed"


def test_where_no_mailbox_is_connected_nothing_waits_for_it(dana: Contact, cast: Cast, days: Days) -> None:
    """Messages are logged by hand; the clock is due at one and says so at one."""
    log_message(dana.account, direction="in", contact=dana.pk, at=at("2026-03-02 14:00"), actor=cast.actor("alice"))
    days.run()
    days.until(at("2026-03-02 17:59"))
    assert Opening.objects.get().status in ("running", "warned")
    days.until(at("2026-03-02 18:01"))
    assert Opening.objects.get().status == "missed"


def test_a_mailbox_that_is_connected_is_waited_for_and_one_that_is_removed_no_more(
    mailbox: Mailbox, dana: Contact, cast: Cast, days: Days
) -> None:
    olive = cast.actor("olive")
    log_message(dana.account, direction="in", contact=dana.pk, at=at("2026-03-02 14:00"), actor=cast.actor("alice"))
    made = add_connector(
        kind="mailbox",
        label="Hello",
        source="mail",
        settings=settings_of(mailbox),
        secrets={"password": PASSWORD},
        actor=olive,
    )
    days.run()
    days.until(at("2026-03-02 22:00"))
    assert Opening.objects.get().status in ("running", "warned"), "it may lie in the mailbox"
    remove_connector(made, actor=olive)
    days.run()
    assert Opening.objects.get().status == "missed"


@pytest.fixture
def lake(tmp_path: Path, cast: Cast) -> Iterator[Lake]:
    with Lake.open(f"sqlite:///{tmp_path / 'c.sqlite3'}", tmp_path / "warehouse", zone="America/New_York") as opened:
        yield opened


def test_the_pipeline_reads_by_itself_and_again_when_it_is_due(
    connector: Connector, mailbox: Mailbox, dana: Contact, days: Days, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, made = rounds.read, []
    monkeypatch.setattr(rounds, "read", lambda *given: made.append(days.hands.now()) or read(*given))
    mailbox.comes(at("2026-03-02 14:00"))
    pipeline = Pipeline(lake)
    pipeline.run_until_idle(nights=False)
    assert Message.objects.count() == 1 and len(made) == 1
    for minute in ("14:01", "14:02", "14:03"):
        days.hands.set(at(f"2026-03-02 {minute}"))
        pipeline.run_until_idle(nights=False)
    assert made == [at("2026-03-02 14:00"), at("2026-03-02 14:02")]
