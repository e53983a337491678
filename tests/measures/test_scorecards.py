"""Parts earn points on their curves, are weighed and rounded before they are banded; unknown is never green."""

from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

import pytest

from tenure.blueprint.model import Scorecard
from tenure.measures.scorecards import Score, band_of, points_at, score

pytestmark = pytest.mark.requirement("P-04")


def card(**changes: Any) -> Scorecard:
    """Use weighs 3, support 1; on 0 to 100 with yellow from 40 and green from 70."""
    whole: dict[str, Any] = {
        "label": "Health",
        "version": 2,
        "components": {
            "use": {
                "label": "Use",
                "measure": "active_users",
                "weight": 3,
                "points": [[0, 0], [10, 100]],
                "good": "many use it",
                "bad": "few use it",
            },
            "support": {
                "label": "Support",
                "measure": "issues_open",
                "weight": 1,
                "points": [[0, 100], [5, 50], [10, 0]],
                "bad": "too much is broken",
                "good": "nothing is broken",
            },
        },
        "bands": {
            "red": {"label": "Red", "tone": "red", "from": 0},
            "yellow": {"label": "Yellow", "tone": "yellow", "from": 40},
            "green": {"label": "Green", "tone": "green", "from": 70},
        },
    }
    return Scorecard.model_validate(whole | changes)


def scored(found: Scorecard, values: Mapping[str, Any]) -> Score:
    result = score("health", found, lambda expression: values.get(expression))
    assert result is not None
    return result


def test_points_lie_on_the_curve_and_hold_beyond_its_ends() -> None:
    curve = [(D(0), D(100)), (D(5), D(50)), (D(10), D(0))]
    # Between 5 and 10 the curve falls by 10 points a step: at 7 it is 50 - 2 * 10.
    assert [points_at(curve, D(v)) for v in (-3, 0, 5, 7, 10, 99)] == [100, 100, 50, 30, 0, 0]


def test_the_score_is_the_weighted_mean() -> None:
    # Use 8 earns 80, support 5 earns 50: (80 * 3 + 50 * 1) / 4 = 72.5, rounded half up to 73.
    found = scored(card(), {"active_users": D(8), "issues_open": D(5)})
    assert (found.value, found.band, found.coverage) == (D(73), "green", D(1))


def test_a_score_is_rounded_before_it_is_banded() -> None:
    # Use 6.98 earns 69.8, support 5.02 earns 49.8: 64.8. Green from 65 is reached by the rounded 65 alone.
    bands = {
        "red": {"label": "Red", "tone": "red", "from": 0},
        "green": {"label": "Green", "tone": "green", "from": 65},
    }
    found = scored(card(bands=bands), {"active_users": D("6.98"), "issues_open": D("5.02")})
    assert (found.value, found.band) == (D(65), "green")


def test_an_unknown_part_makes_the_whole_unknown() -> None:
    found = scored(card(), {"active_users": D(10)})
    assert (found.value, found.band, found.coverage) == (None, "unknown", D("0.75"))
    assert found.why_unknown == "Support is unknown"


def policy(**support: Any) -> Scorecard:
    whole = card().model_dump(mode="json", by_alias=True)
    whole["components"]["support"] |= support
    return Scorecard.model_validate(whole | {"least_coverage": 0.7})


def test_a_part_left_out_leaves_the_mean_of_the_others() -> None:
    found = scored(policy(missing="leave_out"), {"active_users": D(6)})
    assert (found.value, found.coverage) == (D(60), D("0.75"))
    assert found.parts[1].missing == "leave_out"


def test_a_part_may_earn_points_for_being_unknown() -> None:
    # (60 * 3 + 20 * 1) / 4 = 50.
    found = scored(policy(missing="points", missing_points=20), {"active_users": D(6)})
    assert found.value == D(50)
    assert found.parts[1].level is None


def test_too_little_coverage_is_unknown_and_says_how_much_is_needed() -> None:
    whole = policy(missing="leave_out").model_dump(mode="json", by_alias=True) | {"least_coverage": 0.8}
    found = scored(Scorecard.model_validate(whole), {"active_users": D(6)})
    assert (found.value, found.band) == (None, "unknown")
    assert found.why_unknown == "only 75 % of the weight is known, 80 % is needed"


def test_an_override_sets_the_band_and_leaves_the_score() -> None:
    rule = {"escalated": {"label": "an escalation is open", "when": "issues_escalated > 0", "band": "red"}}
    values = {"active_users": D(10), "issues_open": D(0), "issues_escalated > 0": True}
    found = scored(card(overrides=rule), values)
    assert (found.value, found.band, found.override) == (D(100), "red", "escalated")
    assert found.reason(card(overrides=rule)) == "an escalation is open"


def test_a_card_that_does_not_apply_gives_no_score() -> None:
    limited = card(applies="status = 'active'")
    assert score("health", limited, lambda expression: False if expression == limited.applies else D(1)) is None


def test_not_knowing_whether_a_card_applies_is_unknown() -> None:
    found = scored(card(applies="status = 'active'"), {"active_users": D(1), "issues_open": D(1)})
    assert found.band == "unknown"


def test_the_reason_names_what_fell_most() -> None:
    found = scored(card(), {"active_users": D(5), "issues_open": D(5)})
    assert found.reason(card()) == "few use it and too much is broken"
    # Support fell from 100 to 50 points (12.5 of the whole), use fell by 2 (1.5 of it): support comes first.
    assert found.reason(card(), {"use": D(52), "support": D(100)}) == "too much is broken and few use it"


def test_a_good_score_says_what_carries_it() -> None:
    assert (
        scored(card(), {"active_users": D(10), "issues_open": D(0)}).reason(card())
        == "many use it and nothing is broken"
    )


def test_the_stored_explanation_recomputes_the_score() -> None:
    found = scored(card(), {"active_users": D("7.3"), "issues_open": D(2)})
    told = found.explanation(card())
    parts = told["parts"]
    weight = sum(D(part["weight"]) for part in parts)
    mean = sum(D(part["points"]) * D(part["weight"]) for part in parts) / weight
    # Use 7.3 earns 73, support 2 earns 80: (73 * 3 + 80) / 4 = 74.75, rounded to 75.
    assert (mean, told["score"], told["band"], told["version"]) == (D("74.75"), "75", "green", 2)
    assert [part["value"] for part in parts] == ["7.3", "2"]


def test_bands_begin_at_their_own_value() -> None:
    assert [band_of(card(), D(v)) for v in (0, 39, 40, 69, 70, 100)] == [
        "red", "red", "yellow", "yellow", "green", "green",
    ]  # fmt: skip
    assert band_of(card(), None) == "unknown"
