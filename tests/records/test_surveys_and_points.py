"""Survey answers and metric points: kept raw, corrected openly."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.point import MetricPoint, correct_point, enter_point
from tenure.records.survey import SurveyAnswer, answer_survey
from tests.cast import Cast, at
from tests.records.facts import facts_of, last_fact

MONDAY = date(2026, 3, 2)


@pytest.mark.requirement("A-04")
def test_each_question_is_a_fact_and_words_stay_in_the_row(acme: Account, dana: Contact, cast: Cast) -> None:
    score, words = answer_survey(
        acme,
        survey="nps",
        answers={"recommend": 9, "why": "Fast people"},
        contact=dana.pk,
        at=at("2026-03-01 10:00"),
        actor=cast.actor("alice"),
    )
    assert (score.score, score.text, words.score, words.text) == (9, "", None, "Fast people")
    first, second = facts_of(score.pk)[0], facts_of(words.pk)[0]
    assert first.data == {
        "survey": "nps",
        "question": "recommend",
        "scale": "nps",
        "score": 9,
        "contact": dana.pk,
        "meeting": None,
    }
    assert (second.data["scale"], second.data["score"], second.happened_at) == ("text", None, at("2026-03-01 10:00"))


def test_a_form_s_text_is_read_as_a_number(acme: Account, cast: Cast) -> None:
    (answer,) = answer_survey(acme, survey="nps", answers={"recommend": " 10 ", "why": ""}, actor=cast.actor("alice"))
    assert answer.score == 10


@pytest.mark.parametrize(
    ("survey", "answers", "code", "field"),
    [
        ("npx", {"recommend": 9}, "unknown_survey", "survey"),
        ("", {"recommend": 9}, "no_survey", "survey"),
        ("nps", {"recomend": 9}, "unknown_question", "answers"),
        ("nps", {"recommend": 11}, "off_scale", "answers.recommend"),
        ("csat", {"satisfied": 0}, "off_scale", "answers.satisfied"),
        ("nps", {"recommend": "very"}, "no_number", "answers.recommend"),
        ("nps", {"why": " "}, "empty", "answers"),
        ("nps", {}, "empty", "answers"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    acme: Account, cast: Cast, survey: str, answers: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        answer_survey(acme, survey=survey, answers=answers, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not SurveyAnswer.objects.exists()


@pytest.mark.requirement("R-07")
def test_a_figure_happened_when_its_day_began(acme: Account, cast: Cast) -> None:
    point = enter_point(acme, metric="inquiries", day=MONDAY, value="7.5", actor=cast.actor("alice"))
    fact = last_fact("point.entered")
    # Midnight in New York in winter is five in the morning UTC.
    assert (fact.happened_at, fact.known_at) == (at("2026-03-02 05:00"), at("2026-03-02 15:00"))
    assert fact.data == {"metric": "inquiries", "value": 7.5, "day": "2026-03-02", "attribution": ""}
    assert point.value == Decimal("7.5")


def test_entering_the_same_again_changes_nothing_and_another_value_is_a_correction(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    point = enter_point(acme, metric="inquiries", day=MONDAY, value=7, actor=alice)
    assert enter_point(acme, metric="inquiries", day=MONDAY, value=7, actor=alice).pk == point.pk
    with pytest.raises(Refused) as refusal:
        enter_point(acme, metric="inquiries", day=MONDAY, value=8, actor=alice)
    assert (refusal.value.code, refusal.value.field) == ("entered", "value")
    corrected = correct_point(point, value=8, reason="Counted twice", actor=alice)
    first, second = facts_of(point.pk)
    assert (second.corrects, second.happened_at, second.data["value"]) == (first.id, first.happened_at, 8.0)
    correct_point(corrected, value=9, reason="Counted anew", actor=alice)
    assert facts_of(point.pk)[2].corrects == second.id
    assert MetricPoint.objects.get().value == 9


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"metric": "inquries"}, "unknown_metric", "metric"),
        ({"metric": ""}, "no_metric", "metric"),
        ({"day": date(2026, 3, 3)}, "in_the_future", "day"),
        ({"value": "NaN"}, "invalid", "value"),
    ],
)
def test_a_figure_that_does_not_fit_is_refused(
    acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        enter_point(acme, **{"metric": "inquiries", "day": MONDAY, "value": 1} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_only_an_import_says_when_a_figure_was_known(acme: Account, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        enter_point(
            acme,
            metric="inquiries",
            day=MONDAY,
            value=1,
            known_at=at("2026-03-02 12:00"),
            actor=cast.actor("alice"),
        )
