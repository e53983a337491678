"""KPIs of a night: made of what was promised and measured, kept with its edition, and found again from their rows."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.accounts import Assignment
from tenure.identity.people import Leave
from tenure.identity.staff import assign
from tenure.pipeline.kpis import Material, figure_of, figures, gather, last_closed, trend
from tenure.pipeline.lake import open_lake
from tenure.pipeline.process import Pipeline
from tenure.pipeline.progress import facts_of, ramp
from tenure.pipeline.schedule import day_due
from tenure.records.account import close_account
from tenure.records.contract import start_contract
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.message import log_message
from tenure.records.note import log_note, withdraw_note
from tenure.work.commitments import Opening, correct_verdict, explain_miss
from tenure.work.scopes import Scope, company, scope_of, scopes_on
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days

pytestmark = [pytest.mark.slow, pytest.mark.requirement("P-03")]

KPIS: dict[str, dict[str, Any]] = {
    "replies": {"commitment": "reply", "of": "share", "target": 90, "over": "30 days"},
    "first_work": {"commitment": "first", "of": "mean", "target": 3, "better": "down", "over": "30 days"},
    "kept": {
        "measure": "client_days >= 3",
        "of": "share",
        "where": "status in ('active', 'closed') and client_age_days >= 3",
    },
    "clients": {"measure": "status = 'active'", "of": "sum"},
}


@pytest.fixture
def model() -> Model:
    reply = {"on": "message.sent"}
    roles = blueprint().model_dump(mode="json")["roles"]
    notes = {"label": "Notes", "counts": {"on": "note.logged", "where": "data.type = 'note'"}, "target": 2}
    replies = {"label": "Replies", "kpi": "replies", "target": 50}
    expects = {"notes": notes, "replies": replies, "fewer": {**replies, "target": 40, "better": "down"}}
    stages = {"week": {"label": "First week", "by": "62 days", "accounts_from": 1, "expects": expects}}
    csm = {**roles["csm"], "measured_by": ["replies"], "ramp": stages}
    return blueprint(
        roles={**roles, "csm": csm},
        deliverables={"pillars": {"label": "Pillars"}},
        commitments={
            "reply": {
                "label": "Reply", "opens": {"on": "message.received"}, "met_by": [reply], "within": "24 hours",
                "match": "all", "owner": "csm",
            },
            "first": {
                "label": "First work", "opens": {"on": "contract.started"}, "within": "3 days", "owner": "csm",
                "met_by": [{"on": "deliverable.delivered", "where": "data.type = 'pillars'"}],
            },
        },
        kpis={key: {"label": key, "kind": "lead", "why": "So"} | each for key, each in KPIS.items()},
    )  # fmt: skip


@pytest.fixture
def lake(days: Days, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def book(days: Days, book: Book, cast: Cast) -> Book:
    """The accounts, handed out by acts of the first morning, so that the ledger knows of it."""
    Assignment.objects.all().delete()
    for account, person in ((book.alices, cast.alice), (book.bobs, cast.bob), (book.mallorys, cast.mallory)):
        assign(account, person=person.pk, role="csm", actor=cast.actor("olive"))
    return book


def night(lake: Lake, days: Days, day: date) -> None:
    pipeline = Pipeline(lake)
    while day_due(days.hands.now()) < day:
        days.hands.advance(timedelta(hours=4))
        pipeline.run_until_idle()


def own(person: Any) -> Scope:
    return Scope("person", person.pk, person.name, frozenset({person.pk}))


def value(material: Material, key: str, scope: Scope) -> Decimal | None:
    return material.result(key, scope).value


@pytest.fixture
def lived(lake: Lake, days: Days, cast: Cast, book: Book) -> Lake:
    """Ten days: two messages to Alice, one answered; one to Bob, not answered; first work late, and never."""
    alice, bob, olive = cast.actor("alice"), cast.actor("bob"), cast.actor("olive")
    for account in (book.alices, book.bobs, book.mallorys):
        start_contract(account, starts_on=date(2026, 3, 2), amount=1200, actor=olive)
    pillars = plan_deliverable(book.alices, type="pillars", title="Pillars", actor=alice)
    log_message(book.alices, direction="in", channel="email", body="?", actor=alice)
    days.later(hours=2)
    log_message(book.alices, direction="out", channel="email", body="Yes", actor=alice)
    night(lake, days, date(2026, 3, 2))
    log_message(book.alices, direction="in", channel="email", body="?", actor=alice)
    log_message(book.bobs, direction="in", channel="email", body="?", actor=bob)
    close_account(book.mallorys, reason="moved", at=days.hands.now(), actor=olive)
    night(lake, days, date(2026, 3, 5))
    # Opened on 2 March at 14:00; delivered on the 8th at 14:00, six days later, three days past its time.
    days.until(at("2026-03-08 14:00"))
    deliver_deliverable(pillars, actor=alice)
    night(lake, days, date(2026, 3, 11))
    return lake


@pytest.mark.requirement("R-02")
def test_a_share_is_to_whose_credit_it_is(lived: Lake, cast: Cast, days: Days) -> None:
    found = gather(lived, date(2026, 3, 11))
    everyone = company(found.at.model)
    # Of three messages one was answered within a day: 1 of 3. Alice answered 1 of 2, Bob none of 1, Mallory had none.
    assert value(found, "replies", everyone) == Decimal("33.33")
    shares = [value(found, "replies", own(person)) for person in (cast.alice, cast.bob, cast.mallory)]
    assert shares == [Decimal("50.00"), Decimal("0.00"), None]
    team = next(scope for scope in scopes_on(found.at.model, date(2026, 3, 11)) if scope.name == "North")
    assert (value(found, "replies", team), team.people) == (
        Decimal("33.33"),
        frozenset({cast.alice.pk, cast.bob.pk, cast.lena.pk}),
    )
    pod = next(scope for scope in scopes_on(found.at.model, date(2026, 3, 11)) if scope.kind == "pod")
    assert value(found, "replies", pod) == Decimal("50.00"), "the pod serves Alice's account alone"


@pytest.mark.requirement("R-02")
def test_a_mean_time_counts_the_late_and_the_still_open(lived: Lake, cast: Cast) -> None:
    found = gather(lived, date(2026, 3, 11)).result("first_work", own(cast.alice))
    assert (found.value, found.number("late"), found.at_least, found.is_met) == (Decimal("6.00"), 1, False, False)
    # Bob's runs since 2 March at 14:00; the 11th is over in New York at 04:00 on the 12th: 9 days and 14 hours.
    bobs = gather(lived, date(2026, 3, 11)).result("first_work", own(cast.bob))
    assert (bobs.value, bobs.at_least, bobs.open, bobs.is_met) == (Decimal("9.58"), True, 1, False)


@pytest.mark.requirement("R-11")
def test_retention_is_of_a_cohort_and_those_who_left_early_are_lost(lived: Lake, cast: Cast) -> None:
    found = gather(lived, date(2026, 3, 11)).result("kept", company(gather(lived, date(2026, 3, 11)).at.model))
    # Three began on the 2nd, so all are three days old; Mallory's closed on the 3rd, its second day. One never signed.
    assert (found.value, found.count) == (Decimal("66.67"), 3)
    assert [row.state for row in found.rows if row.counts].count("false") == 1


def test_an_earlier_day_is_as_it_was(lived: Lake, cast: Cast) -> None:
    early = gather(lived, date(2026, 3, 2))
    everyone = company(early.at.model)
    # On the 2nd nothing had fallen due yet; the answer of that afternoon was due on the 3rd.
    assert value(early, "replies", everyone) is None
    assert early.result("replies", everyone).number("waiting") == 1
    assert value(early, "clients", everyone) == Decimal(4)
    later = gather(lived, date(2026, 3, 5))
    assert (value(later, "clients", everyone), value(later, "replies", everyone)) == (Decimal(3), Decimal("33.33"))
    assert later.result("first_work", own(cast.alice)).number("missed") == 1, "it was done on the 8th alone"


def test_what_the_night_kept_is_what_the_rows_make(lived: Lake, cast: Cast) -> None:
    for number in range(2, 12):
        day = date(2026, 3, number)
        material = gather(lived, day)
        scopes = scopes_on(material.at.model, day)
        kept = figures(lived, day, scopes, list(KPIS))
        again = {(scope.key, key): figure_of(material.result(key, scope)) for scope in scopes for key in KPIS}
        assert kept == again, day
    assert last_closed() == date(2026, 3, 11)


def test_a_verdict_that_is_corrected_later_changes_no_earlier_day(lived: Lake, cast: Cast, days: Days) -> None:
    opening = Opening.objects.get(rule="reply", status="missed", owner=cast.bob)
    days.until(at("2026-03-12 15:00"))
    explain_miss(opening, cause="capacity", whose="us", actor=cast.actor("bob"))
    correct_verdict(opening, verdict="met", reason="He rang them", actor=cast.actor("olive"))
    days.run()
    night(lived, days, date(2026, 3, 12))
    before, after = gather(lived, date(2026, 3, 11)), gather(lived, date(2026, 3, 12))
    assert [value(each, "replies", own(cast.bob)) for each in (before, after)] == [Decimal("0.00"), Decimal("100.00")]
    assert figures(lived, date(2026, 3, 11), [own(cast.bob)], ["replies"])[own(cast.bob).key, "replies"].value == 0


def test_credit_follows_cover(lake: Lake, days: Days, cast: Cast, book: Book) -> None:
    Leave.objects.create(
        person=cast.alice, cover=cast.bob, from_day=date(2026, 3, 2), until_day=date(2026, 3, 6), reason="holiday"
    )
    log_message(book.alices, direction="in", channel="email", body="?", actor=cast.actor("bob"))
    days.later(hours=1)
    log_message(book.alices, direction="out", channel="email", body="Yes", actor=cast.actor("bob"))
    night(lake, days, date(2026, 3, 4))
    found = gather(lake, date(2026, 3, 4))
    assert (value(found, "replies", own(cast.bob)), value(found, "replies", own(cast.alice))) == (Decimal(100), None)
    # The account stays in Alice's book: leave moves promises, not accounts.
    assert [value(found, "clients", own(each)) for each in (cast.alice, cast.bob)] == [Decimal(1), Decimal(1)]


def test_a_trend_has_a_figure_a_week_and_gaps(lived: Lake, cast: Cast) -> None:
    found = trend(lived, date(2026, 3, 10), [own(cast.alice)], weeks=3)
    # Weeks end on 24 February (before the first night), 3 March (one due, and kept) and 10 March (one more, missed).
    assert found[own(cast.alice).key, "replies"] == [None, Decimal(100), Decimal(50)]


@pytest.mark.requirement("R-13")
def test_a_ramp_is_computed_and_not_typed(lived: Lake, cast: Cast, book: Book, days: Days) -> None:
    alice = cast.actor("alice")
    days.until(at("2026-03-12 15:00"))
    log_note(book.alices, text="One", type="note", actor=alice)
    log_note(book.alices, text="Elsewhere", type="risk", actor=alice)
    withdraw_note(log_note(book.alices, text="Not this one", type="note", actor=alice), actor=alice)
    night(lived, days, date(2026, 3, 12))
    day = date(2026, 3, 12)
    membership, scope = scope_of(cast.alice, alice.model, day)
    assert membership is not None
    (step,) = ramp(lived, membership, scope, alice.model, day)
    # In the role since 1 January; 62 days later it is 4 March. The stretch is judged on that day, before any note.
    assert (step.by, step.day, step.is_over, step.book, step.is_book_met) == (
        date(2026, 3, 4), date(2026, 3, 4), True, 1, True,
    )  # fmt: skip
    assert [(each.key, each.value, each.is_met) for each in step.expected] == [
        ("notes", Decimal(0), False), ("replies", Decimal("50.00"), True),
        ("fewer", Decimal("50.00"), False),  # where less is better, 50 is more than the 40 that are allowed
    ]  # fmt: skip
    expected = alice.model.roles["csm"].ramp["week"].expects["notes"]
    counted = facts_of(gather(lived, day).at, expected, cast.alice.pk, date(2026, 1, 1))
    assert [entry.data["type"] for entry in counted] == ["note"], "the one that was taken back does not count"
