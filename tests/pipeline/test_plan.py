"""Plans: what a blueprint would do is said before, and is what happens."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tenure.blueprint.model import Model
from tenure.facts.lake import Lake
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.lake import open_lake
from tenure.pipeline.past import recompute
from tenure.pipeline.plan import apply, plan
from tenure.pipeline.process import Pipeline
from tenure.pipeline.schedule import day_due
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.work.checklists import deploy_journey
from tenure.work.commitments import Opening
from tenure.work.plays import Play, start_play
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days

BANDS = {
    "red": {"label": "Red", "tone": "red", "from": 0},
    "green": {"label": "Green", "tone": "green", "from": 70},
}
REPLIES = {
    "label": "Replies",
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}],
    "within": "24 hours",
    "owner": "csm",
}


def company(**changes: Any) -> Model:
    card = {
        "label": "Health",
        "components": {"contact": {"label": "Contact", "measure": "days_since_meeting", "points": [[0, 100], [20, 0]]}},
        "bands": BANDS,
    }
    sections = {
        "meetings": {"sync": {"label": "Sync"}},
        "scorecards": {"health": card},
        "commitments": {"replies": REPLIES},
        "signals": {"silent": {"label": "Silent", "when": "days_since_meeting > 30", "owner": "csm"}},
        "playbooks": {"reconnect": {"label": "Reconnect", "steps": {"call": {"label": "Call", "owner": "csm"}}}},
    }
    return blueprint(**(sections | changes))


@pytest.fixture
def model() -> Model:
    return company()


@pytest.fixture
def lake(days: Days, cast: Cast) -> Iterator[Lake]:
    opened = open_lake()
    yield opened
    opened.close()


@pytest.fixture
def pipeline(lake: Lake, days: Days, cast: Cast, book: Book) -> Pipeline:
    """Alice met her client on Monday; it is Thursday, and a message waits for its answer since one."""
    alice = cast.actor("alice")
    meeting = schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-02 14:00"), minutes=30, actor=alice)
    days.hands.set(at("2026-03-02 16:00"))
    hold_meeting(meeting, actor=alice)
    pipeline = Pipeline(lake)
    while day_due(days.hands.now()) < date(2026, 3, 4):
        days.hands.advance(timedelta(hours=8))
        pipeline.run_until_idle()
    days.hands.set(at("2026-03-05 18:00"))
    log_message(book.alices, direction="in", actor=cast.actor("alice"))
    pipeline.run_until_idle()
    return pipeline


@pytest.mark.requirement("P-01")
def test_the_same_blueprint_changes_nothing(pipeline: Pipeline, lake: Lake) -> None:
    found = plan(lake, company())
    assert found.is_empty
    assert list(found.lines()) == ["Nothing changes."]


@pytest.mark.requirement("P-01")
def test_bands_that_would_change_are_those_that_change(pipeline: Pipeline, lake: Lake, cast: Cast, days: Days) -> None:
    # Two days after the meeting: 90 points. Under bands from 95 that is red.
    strict = company()
    card = strict.model_dump(by_alias=True)["scorecards"]["health"]
    card["bands"]["green"]["from"] = 95
    new = company(scorecards={"health": card})
    found = plan(lake, new)
    assert [(m.account, m.before, m.after, m.score_before, m.score_after) for m in found.scores] == [
        ("Acme Ltd", "Green", "Red", Decimal(90), Decimal(90))
    ]
    assert [change.where for change in found.changes] == ["scorecards.health.bands.green.from"]
    assert Standing.objects.get(name="Acme Ltd").band == "green", "a plan only looks"
    apply(new, {}, cast.actor("olive"))
    days.hands.set(at("2026-03-06 10:00"))
    pipeline.run_until_idle()
    assert Standing.objects.get(name="Acme Ltd").band == "red"


@pytest.mark.requirement("P-01")
def test_running_promises_keep_their_terms_unless_told_otherwise(
    pipeline: Pipeline, lake: Lake, cast: Cast, days: Days
) -> None:
    new = company(commitments={"replies": REPLIES | {"within": "48 hours"}})
    kept = plan(lake, new)
    assert [(move.kind, move.account, move.due_after) for move in kept.clocks] == [
        ("runs_on", "Acme Ltd", at("2026-03-06 18:00"))
    ]
    moved = plan(lake, new, reterm=True)
    assert [(move.kind, move.due_before, move.due_after) for move in moved.clocks] == [
        ("moves", at("2026-03-06 18:00"), at("2026-03-07 18:00"))
    ]
    apply(new, {}, cast.actor("olive"))
    pipeline.run_until_idle()
    assert Opening.objects.get().due_at == at("2026-03-06 18:00")


@pytest.mark.requirement("P-01")
def test_running_promises_move_where_apply_says_so(pipeline: Pipeline, cast: Cast) -> None:
    new = company(commitments={"replies": REPLIES | {"within": "48 hours"}})
    apply(new, {}, cast.actor("olive"), reterm=True)
    pipeline.run_until_idle()
    assert Opening.objects.get().due_at == at("2026-03-07 18:00")
    assert LedgerEntry.objects.filter(kind="commitment.moved").count() == 1


@pytest.mark.requirement("P-01")
def test_a_new_rhythm_opens_for_those_it_holds_for(pipeline: Pipeline, lake: Lake, cast: Cast, days: Days) -> None:
    rhythm = {
        "label": "Check-in",
        "kind": "cadence",
        "met_by": [{"on": "meeting.held"}],
        "every": "2 weeks",
        "applies": "tier = 'growth'",
        "owner": "csm",
    }
    new = company(commitments={"replies": REPLIES, "check_in": rhythm})
    assert [(move.kind, move.rule, move.account) for move in plan(lake, new).clocks] == [
        ("opens", "check_in", "Borealis")
    ]
    apply(new, {}, cast.actor("olive"))
    pipeline.run_until_idle()
    days.hands.set(at("2026-03-06 10:00"))
    pipeline.run_until_idle()
    opened = Opening.objects.get(rule="check_in")
    assert opened.account.standing.name == "Borealis"


@pytest.mark.requirement("P-01")
def test_signals_and_plays_that_would_begin_and_end(
    pipeline: Pipeline, lake: Lake, cast: Cast, book: Book, days: Days
) -> None:
    start_play(book.alices, playbook="reconnect", actor=cast.actor("alice"))
    pipeline.run_until_idle()
    new = company(
        signals={"silent": {"label": "Silent", "when": "days_since_meeting > 1", "owner": "csm"}}, playbooks={}
    )
    found = plan(lake, new)
    assert [(move.kind, move.rule, move.account) for move in found.signals] == [("fires", "silent", "Acme Ltd")]
    assert [(stop.playbook, stop.account) for stop in found.plays] == [("reconnect", "Acme Ltd")]
    apply(new, {}, cast.actor("olive"))
    pipeline.run_until_idle()
    assert Play.objects.get().status == "stopped"
    days.hands.set(at("2026-03-06 10:00"))
    pipeline.run_until_idle()
    assert OpenSignal.objects.get().state == "firing"
    after = plan(lake, company())
    assert [(move.kind, move.rule) for move in after.signals] == [("resolves", "silent")]


@pytest.mark.requirement("P-03")
def test_a_past_day_scores_as_it_did_and_as_it_would_have(pipeline: Pipeline, lake: Lake, book: Book) -> None:
    as_it_was = recompute(lake, date(2026, 3, 3))
    made = as_it_was.primary(book.alices.pk)
    # A day after the meeting: 95 points.
    assert made is not None
    assert (made.value, made.band) == (Decimal(95), "green")
    card = company().model_dump(by_alias=True)["scorecards"]["health"]
    card["components"]["contact"]["points"] = [[0, 100], [10, 0]]
    otherwise = recompute(lake, date(2026, 3, 3), model=company(scorecards={"health": card}))
    found = otherwise.primary(book.alices.pk)
    assert found is not None
    assert found.value == Decimal(90)


@pytest.mark.requirement("P-03")
def test_a_past_day_is_made_again_from_what_was_known_then(
    pipeline: Pipeline, lake: Lake, book: Book, cast: Cast, days: Days
) -> None:
    # On the 6th somebody tells of a meeting of the 4th: the 4th stays what it was, unless one asks what is known now.
    days.hands.set(at("2026-03-06 15:00"))
    alice = cast.actor("alice")
    meeting = schedule_meeting(book.alices, type="sync", starts_at=at("2026-03-04 14:00"), minutes=30, actor=alice)
    hold_meeting(meeting, actor=alice)
    days.hands.set(at("2026-03-07 15:00"))
    pipeline.run_until_idle()
    then = recompute(lake, date(2026, 3, 4)).primary(book.alices.pk)
    now = recompute(lake, date(2026, 3, 4), known_through=days.hands.now()).primary(book.alices.pk)
    assert then is not None
    assert now is not None
    assert (then.value, now.value) == (Decimal(90), Decimal(100))


@pytest.mark.requirement("P-01", "R-01")
def test_a_running_journey_keeps_its_checklist(pipeline: Pipeline, lake: Lake, cast: Cast, book: Book) -> None:
    items = {"call": {"label": "Call", "owner": "csm"}}
    old = {"way": {"label": "Way", "stages": {"start": {"label": "Start", "items": items}}}}
    apply(company(journeys=old), {}, cast.actor("olive"))
    deploy_journey(book.alices, actor=cast.actor("alice"))
    found = plan(lake, company(journeys={"way": {"label": "Way", "stages": {"start": {"label": "Begin"}}}}))
    assert [(kept.journey, kept.account) for kept in found.journeys] == [("way", "Acme Ltd")]
    assert "  1 running journeys keep their checklist" in list(found.lines())
    assert not plan(lake, company(journeys=old)).journeys
