"""Work that goes through states: planned, moved along, handed over, decided by the client, put off, taken back."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.base.errors import Forbidden, Refused
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.measures.trial import trial
from tenure.records.account import Account
from tenure.records.deliverable import (
    Deliverable,
    Planned,
    cancel_deliverable,
    change_deliverable,
    deliver_deliverable,
    plan_deliverable,
    plan_deliverables,
    withdraw_plan,
)
from tenure.records.meeting import schedule_meeting
from tenure.records.pace import Pace, set_pace
from tenure.records.result import Result, add_result, withdraw_result
from tenure.records.workflow import (
    approve_deliverable,
    ask_for_changes,
    hand_back,
    hand_over,
    move_deliverable,
    reschedule_deliverable,
    take_back,
    weeks_ahead,
)
from tests.book import Book
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("R-05")


@pytest.fixture
def piece(acme: Account, cast: Cast) -> Deliverable:
    return plan_deliverable(
        acme,
        type="piece",
        title="The autumn rye",
        format="reel",
        material_on=date(2026, 3, 9),
        due_on=date(2026, 3, 16),
        brief="Film the crust.",
        internal_note="They dislike music.",
        actor=cast.actor("alice"),
    )


def to(piece: Deliverable, state: str, actor: Actor) -> Deliverable:
    """The piece in a state, whatever it takes."""
    return move_deliverable(piece, to=state, actor=actor)


def kinds(piece: Deliverable) -> list[str]:
    return [fact.kind.partition(".")[2] for fact in facts_of(piece.pk)]


def test_a_plan_says_capture_day_owner_and_where_it_stands(piece: Deliverable, cast: Cast) -> None:
    assert last_fact("deliverable.planned").data == {
        "type": "piece",
        "due_on": "2026-03-16",
        "status": "planned",
        "owner": cast.alice.pk,
        "state": "planned",
        "means": "planned",
        "format": "reel",
        "material_on": "2026-03-09",
        "material_by": "client",
        "received_on": None,
        "maker": None,
        "per_week": 2.0,  # the kind's own rhythm
    }
    assert (piece.brief, piece.internal_note) == ("Film the crust.", "They dislike music.")


def test_from_idea_to_published(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    piece = plan_deliverable(acme, type="piece", title="Rye", state="idea", actor=alice)
    assert (piece.state, piece.means, piece.status) == ("idea", "idea", "planned")
    for state in ("planned", "captured", "production", "review"):
        piece = to(piece, state, alice)
        assert data_of("deliverable.moved", "moved_to") == {"moved_to": state}
    assert piece.received_on == date(2026, 3, 2)
    piece = approve_deliverable(piece, actor=cast.actor("carl"))
    assert (piece.state, piece.approved_at) == ("scheduled", at("2026-03-02 15:00"))
    piece = move_deliverable(piece, to="out", url="posts.example/rye", actor=alice)
    assert (piece.status, piece.url, piece.delivered_at) == (
        "delivered",
        "https://posts.example/rye",
        at("2026-03-02 15:00"),
    )
    # The last state is what a promise of the first delivery waits for.
    assert data_of("deliverable.delivered", "type", "state", "means") == {
        "type": "piece",
        "state": "out",
        "means": "done",
    }
    assert kinds(piece) == ["planned", *["moved"] * 4, "approved", "moved", "moved", "delivered"]


def test_nothing_goes_out_past_the_client(piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    for act in (lambda: to(piece, "scheduled", alice), lambda: deliver_deliverable(piece, actor=alice)):
        with pytest.raises(Refused) as refusal:
            act()
        assert refusal.value.code == "not_approved"
    to(piece, "review", alice)
    with pytest.raises(Refused) as refusal:
        to(piece, "out", alice)
    assert refusal.value.code == "not_approved"
    approve_deliverable(piece, actor=alice)  # as the client said on the telephone
    assert data_of("deliverable.approved", "by_client") == {"by_client": False}
    assert deliver_deliverable(piece, actor=alice).state == "out"


def test_a_review_that_is_not_required_may_be_left_out(acme: Account, cast: Cast) -> None:
    letter = plan_deliverable(acme, type="letter", title="March", actor=cast.actor("alice"))
    assert letter.state == "draft"  # it has no state that means planned
    assert to(letter, "sent", cast.actor("alice")).status == "delivered"


def test_the_client_asks_for_changes(piece: Deliverable, cast: Cast) -> None:
    alice, carl = cast.actor("alice"), cast.actor("carl")
    with pytest.raises(Refused) as early:
        approve_deliverable(piece, actor=carl)
    assert early.value.code == "not_in_review"
    to(piece, "review", alice)
    with pytest.raises(Refused) as empty:
        ask_for_changes(piece, text="  ", actor=carl)
    assert empty.value.field == "text"
    piece = ask_for_changes(piece, text="Our name is spelt Whitfield", actor=carl)
    assert (piece.state, piece.changes_asked) == ("production", "Our name is spelt Whitfield")
    assert data_of("deliverable.changes_asked", "by_client", "state") == {"by_client": True, "state": "review"}
    # What was said stays in the row: no fact holds it.
    assert not [fact for fact in facts_of(piece.pk) if "Whitfield" in str(fact.data)]
    to(piece, "review", alice)
    piece = approve_deliverable(piece, actor=carl)
    assert (piece.changes_asked, data_of("deliverable.approved", "by_client")) == ("", {"by_client": True})


def test_approval_is_gone_once_it_is_made_again(piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    to(piece, "review", alice)
    approve_deliverable(piece, actor=alice)
    to(piece, "production", alice)
    with pytest.raises(Refused):
        to(piece, "scheduled", alice)


@pytest.mark.parametrize("person", ["bob", "mallory", "sam", "erin"])
def test_who_may_not_decide(piece: Deliverable, cast: Cast, person: str) -> None:
    to(piece, "review", cast.actor("alice"))
    with pytest.raises(Forbidden):
        approve_deliverable(piece, actor=cast.actor(person))


def test_a_client_decides_about_their_own_account_alone(book: Book, now: SetClock, cast: Cast) -> None:
    bob = cast.actor("bob")
    theirs = to(plan_deliverable(book.bobs, type="piece", title="Tea", actor=bob), "review", bob)
    for act in (
        lambda: approve_deliverable(theirs, actor=cast.actor("carl")),
        lambda: ask_for_changes(theirs, text="x", actor=cast.actor("carl")),
    ):
        with pytest.raises(Forbidden) as refusal:
            act()
        assert refusal.value.hidden


@pytest.mark.requirement("R-15")
def test_work_is_handed_to_production_and_back(piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    piece = hand_over(piece, maker=cast.sam.pk, note="Cut it short", actor=alice)
    assert (piece.state, piece.maker_id, piece.internal_note) == (
        "production",
        cast.sam.pk,
        "They dislike music.\nCut it short",
    )
    assert data_of("deliverable.moved", "maker", "moved_from") == {"maker": cast.sam.pk, "moved_from": "planned"}
    piece = hand_back(piece, url="review.example/1", actor=alice)
    assert (piece.state, piece.url) == ("review", "https://review.example/1")
    with pytest.raises(Refused) as twice:
        hand_back(piece, actor=alice)
    assert twice.value.code == "not_making"
    piece = hand_back(hand_over(piece, actor=alice), to="planned", note="The light is too poor", actor=alice)
    assert (piece.state, piece.maker_id, piece.received_on) == ("planned", cast.sam.pk, None)


def test_another_day(piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as late:
        reschedule_deliverable(piece, material_on=date(2026, 3, 17), actor=alice)
    assert (late.value.code, late.value.field) == ("too_late", "material_on")
    piece = reschedule_deliverable(piece, material_on=date(2026, 3, 12), due_on=date(2026, 3, 20), actor=alice)
    fact = data_of("deliverable.rescheduled", "material_on", "due_on", "changed")
    assert fact == {"material_on": "2026-03-12", "due_on": "2026-03-20", "changed": ["due_on", "material_on"]}
    reschedule_deliverable(piece, due_on=date(2026, 3, 20), actor=alice)
    assert kinds(piece) == ["planned", "rescheduled"]  # the same again is no fact


def test_a_step_can_be_taken_back_for_ten_seconds(piece: Deliverable, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    captured = to(piece, "captured", alice)
    back = take_back(captured, actor=alice)
    assert (back.state, back.means, back.received_on) == ("planned", "planned", None)
    to(piece, "review", alice)
    now.set(at("2026-03-02 15:01"))
    piece = approve_deliverable(piece, actor=alice)
    piece = deliver_deliverable(piece, actor=alice)
    back = take_back(piece, actor=alice)
    assert (back.state, back.status, back.delivered_at) == ("scheduled", "planned", None)
    assert back.approved_at == at("2026-03-02 15:01")
    back = take_back(back, actor=alice)
    assert (back.state, back.approved_at) == ("review", None)
    with pytest.raises(Refused) as old:
        take_back(back, actor=alice)
    assert old.value.code == "too_late"


def test_a_cancelled_one_can_be_brought_back(piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    cancelled = cancel_deliverable(piece, reason="no_time", actor=alice)
    assert take_back(cancelled, actor=alice).status == "planned"
    with pytest.raises(Refused) as first:
        take_back(Deliverable.objects.get(pk=piece.pk), actor=alice)
    assert first.value.code == "nothing"


def test_several_are_planned_in_a_meeting_at_once(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 16:00"), actor=alice)
    planned = [
        Planned(title=f"Piece {n}", material_on=date(2026, 3, 8 + n), due_on=date(2026, 3, 16 + n)) for n in range(1, 8)
    ]
    made = plan_deliverables(acme, type="piece", planned=planned, meeting=meeting.pk, actor=alice)
    assert [each.title for each in made] == [f"Piece {n}" for n in range(1, 8)]
    assert {(each.meeting_id, each.owner_id, each.material_by) for each in made} == {
        (meeting.pk, cast.alice.pk, "client")
    }
    withdraw_plan(made[3], actor=alice)
    assert not Deliverable.objects.filter(account=acme).exists()


def test_all_of_a_plan_or_none_of_it(acme: Account, cast: Cast) -> None:
    planned = [Planned(title="Good"), Planned(title="Bad", format="poster")]
    with pytest.raises(Refused) as refusal:
        plan_deliverables(acme, type="piece", planned=planned, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == ("unknown_format", "planned.1.format")
    assert not Deliverable.objects.exists()
    with pytest.raises(Refused) as none:
        plan_deliverables(acme, type="piece", planned=[], actor=cast.actor("alice"))
    assert none.value.code == "nothing"


def test_a_plan_of_long_ago_is_not_undone(piece: Deliverable, cast: Cast, now: SetClock) -> None:
    now.set(at("2026-03-02 15:10"))
    with pytest.raises(Refused) as late:
        withdraw_plan(piece, actor=cast.actor("alice"))
    assert late.value.code == "too_late"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"state": "nowhere"}, "unknown_state"),
        ({"format": "poster"}, "unknown_format"),
        ({"maker": "nobody"}, "unknown_person"),
        ({"material_on": date(2026, 3, 9), "due_on": date(2026, 3, 8)}, "too_late"),
    ],
)
def test_what_does_not_fit_is_refused(acme: Account, cast: Cast, values: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        plan_deliverable(acme, type="piece", title="x", **values, actor=cast.actor("alice"))
    assert refusal.value.code == code


def test_a_kind_without_states_is_as_before(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    plan = plan_deliverable(acme, type="plan", title="Spring", actor=alice)
    assert (plan.state, plan.means, set(last_fact("deliverable.planned").data)) == (
        "",
        "",
        {"type", "due_on", "status", "owner"},
    )
    with pytest.raises(Refused) as refusal:
        move_deliverable(plan, to="out", actor=alice)
    assert refusal.value.code == "no_states"
    assert deliver_deliverable(plan, actor=alice).status == "delivered"


def test_a_rhythm_is_agreed(acme: Account, piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    set_pace(acme, type="piece", per_week=Decimal("3"), actor=alice)
    set_pace(acme, type="piece", per_week=Decimal("3"), actor=alice)
    assert [fact.data for fact in facts_of(Pace.objects.get().pk)] == [{"type": "piece", "per_week": 3.0}]
    change_deliverable(piece, title="Rye", actor=alice)
    assert data_of("deliverable.changed", "per_week") == {"per_week": 3.0}
    with pytest.raises(Refused) as refusal:
        set_pace(acme, type="plan", per_week=Decimal(1), actor=alice)
    assert refusal.value.code == "no_states"


def test_how_far_it_is_planned_now_agrees_with_the_measure(
    acme: Account, book: Book, cast: Cast, now: SetClock
) -> None:
    alice, day = cast.actor("alice"), date(2026, 3, 2)
    for title, due in (("Out today", day), ("Soon", date(2026, 3, 3)), ("Some day", None)):
        plan_deliverable(acme, type="piece", title=title, due_on=due, actor=alice)
    plan_deliverable(acme, type="piece", title="Thought", state="idea", actor=alice)
    gone = plan_deliverable(acme, type="piece", title="Gone", actor=alice)
    cancel_deliverable(gone, reason="x", actor=alice)
    # Two are ahead; the kind's own rhythm is two a week: one week. Three a week are agreed then: two thirds.
    assert weeks_ahead([acme.pk, book.bobs.pk], "piece", alice.model, day) == {acme.pk: Decimal(1)}
    set_pace(acme, type="piece", per_week=Decimal(3), actor=alice)
    assert weeks_ahead([acme.pk], "piece", alice.model, day)[acme.pk] == Decimal(2) / 3
    lines = []
    for entry in LedgerEntry.objects.filter(subject__in=("deliverable", "pace")).order_by("id"):
        words = " ".join(f"{name}={value}" for name, value in entry.data.items() if value is not None)
        lines.append(f"03-02 {entry.kind} subject={entry.subject_id} {words}")
    found = trial("work_planned_weeks", *lines, on=day)
    assert found == pytest.approx(2 / 3)


def test_a_rhythm_that_nobody_knows_is_unknown(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    plan_deliverable(acme, type="letter", title="March", actor=alice)
    assert weeks_ahead([acme.pk], "letter", alice.model, alice.day) == {acme.pk: None}


@pytest.mark.requirement("R-07")
def test_what_a_piece_did_is_noted_with_its_evidence(piece: Deliverable, cast: Cast) -> None:
    alice = cast.actor("alice")
    with pytest.raises(Refused) as early:
        add_result(piece, metric="inquiries", value=Decimal(4), actor=alice)
    assert early.value.code == "not_out"
    to(piece, "review", alice)
    approve_deliverable(piece, actor=alice)
    out = deliver_deliverable(piece, actor=alice)
    result = add_result(out, metric="inquiries", value=Decimal(4), evidence="Counted in the inbox", actor=alice)
    assert last_fact("result.added").data == {
        "metric": "inquiries",
        "value": 4.0,
        "day": "2026-03-02",
        "deliverable": piece.pk,
    }
    with pytest.raises(Refused) as again:
        add_result(out, metric="inquiries", value=Decimal(5), actor=alice)
    assert again.value.code == "noted"
    withdraw_result(result, actor=alice)
    assert not Result.objects.exists()
