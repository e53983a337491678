"""Ratings: given after a meeting, with evidence; calibrated by a lead; both stay."""

from typing import Any

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.meeting import Meeting, hold_meeting, schedule_meeting
from tenure.records.rating import Rating, calibrate_rating, give_ratings
from tests.cast import Cast, at, blueprint
from tests.records.facts import facts_of, last_fact

pytestmark = pytest.mark.requirement("R-06")


@pytest.fixture
def held(acme: Account, cast: Cast) -> Meeting:
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 14:00"), actor=cast.actor("alice"))
    return hold_meeting(meeting, actor=cast.actor("alice"))


def give(meeting: Meeting, cast: Cast, **values: int) -> list[Rating]:
    return give_ratings(meeting, values=values, evidence={"ease": "Quick answers"}, actor=cast.actor("alice"))


def test_each_part_is_a_fact_with_its_scale(held: Meeting, cast: Cast) -> None:
    ease, pace = give(held, cast, ease=4, pace=2)
    assert (ease.value, ease.evidence, ease.given_by_id) == (4, "Quick answers", cast.alice.pk)
    assert last_fact("rating.given").data == {
        "scale": "rating",
        "part": "pace",
        "value": 2,
        "of": held.pk,
        "type": "sync",
        "calibrated": False,
    }
    assert last_fact("rating.given").subject_id == pace.pk


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({}, "empty", "values"),
        ({"eese": 3}, "unknown_rating", "values"),
        ({"ease": 0}, "off_scale", "values.ease"),
        ({"ease": 6}, "off_scale", "values.ease"),
    ],
)
def test_what_does_not_fit_is_refused(held: Meeting, cast: Cast, values: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        give(held, cast, **values)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Rating.objects.exists()


def test_only_a_held_meeting_is_rated(acme: Account, cast: Cast) -> None:
    ahead = schedule_meeting(acme, type="sync", starts_at=at("2026-03-03 14:00"), actor=cast.actor("alice"))
    with pytest.raises(Refused) as refusal:
        give(ahead, cast, ease=3)
    assert refusal.value.code == "not_held"


def test_rating_again_corrects(held: Meeting, cast: Cast) -> None:
    (rating,) = give(held, cast, ease=4)
    give(held, cast, ease=4)
    assert len(facts_of(rating.pk)) == 1
    give(held, cast, ease=3)
    first, second = facts_of(rating.pk)
    assert (second.corrects, second.happened_at, second.data["value"]) == (first.id, first.happened_at, 3)
    assert Rating.objects.get().value == 3


@pytest.mark.requirement("P-13")
def test_a_lead_calibrates_and_both_values_stay(held: Meeting, cast: Cast) -> None:
    (rating,) = give(held, cast, ease=5)
    calibrated = calibrate_rating(rating, value=3, reason="Two missed answers", actor=cast.actor("lena"))
    assert (calibrated.given, calibrated.calibration, calibrated.value) == (5, 3, 3)
    first, second = facts_of(rating.pk)
    assert (first.data["value"], first.data["calibrated"]) == (5, False)
    assert (second.corrects, second.data["value"], second.data["calibrated"]) == (first.id, 3, True)
    again = calibrate_rating(rating, value=4, reason="One of them was ours", actor=cast.actor("lena"))
    assert again.value == 4
    assert facts_of(rating.pk)[2].corrects == second.id
    with pytest.raises(Refused) as refusal:
        give(held, cast, ease=5)
    assert refusal.value.code == "calibrated"


def test_a_calibration_has_a_reason_and_stays_on_the_scale(held: Meeting, cast: Cast) -> None:
    (rating,) = give(held, cast, ease=5)
    with pytest.raises(Refused) as empty:
        calibrate_rating(rating, value=3, reason=" ", actor=cast.actor("lena"))
    assert (empty.value.code, empty.value.field) == ("empty", "reason")
    with pytest.raises(Refused) as off:
        calibrate_rating(rating, value=9, reason="x", actor=cast.actor("lena"))
    assert (off.value.code, off.value.field) == ("off_scale", "value")


@pytest.mark.requirement("P-05")
def test_nobody_calibrates_their_own(held: Meeting, cast: Cast) -> None:
    (rating,) = give(held, cast, ease=5)
    with pytest.raises(Forbidden):
        calibrate_rating(rating, value=4, reason="x", actor=cast.actor("alice"))
    (hers,) = give_ratings(held, values={"pace": 4}, actor=cast.actor("lena"))
    with pytest.raises(Forbidden, match="does not calibrate it"):
        calibrate_rating(hers, value=5, reason="x", actor=cast.actor("lena"))


class TestEvidence:
    """Where the blueprint wants it, whoever rates says what speaks for it."""

    @pytest.fixture
    def model(self) -> Model:
        asked = {part: {"text": part.capitalize(), "evidence": True} for part in ("ease", "pace")}
        return blueprint(meetings={"sync": {"label": "Sync", "ratings": asked}})

    def test_a_part_without_it_is_refused_and_nothing_is_kept(self, held: Meeting, cast: Cast) -> None:
        with pytest.raises(Refused) as refusal:
            give(held, cast, ease=4, pace=2)  # evidence for ease alone
        assert (refusal.value.code, refusal.value.field) == ("no_evidence", "evidence.pace")
        assert not Rating.objects.exists()

    def test_what_stood_there_serves_a_changed_rating(self, held: Meeting, cast: Cast) -> None:
        give(held, cast, ease=4)
        (again,) = give_ratings(held, values={"ease": 3}, actor=cast.actor("alice"))
        assert (again.value, again.evidence) == (3, "Quick answers")

    def test_an_import_takes_what_another_system_has(self, held: Meeting, system: Actor) -> None:
        (taken,) = give_ratings(held, values={"pace": 5}, actor=system)
        assert (taken.value, taken.evidence) == (5, "")
