"""What a bonus rests on: targets reached, weighed; unknown until every part is known."""

from decimal import Decimal

import pytest

from tenure.planning.basis import basis

pytestmark = pytest.mark.requirement("R-14")
WEIGHTS = {"tfr1": Decimal(1), "tfr2": Decimal(1), "rvs": Decimal(2), "home_run": Decimal(2)}


def test_the_parts_are_weighed() -> None:
    # (1 * 1 + 1 * 0.8 + 2 * 0.95 + 2 * 0.9) / 6 = 5.5 / 6 = 0.9167
    reached = {"tfr1": Decimal(1), "tfr2": Decimal("0.8"), "rvs": Decimal("0.95"), "home_run": Decimal("0.9")}
    found = basis(WEIGHTS, reached)
    assert (found.value, found.so_far, found.known) == (Decimal("0.9167"), Decimal("0.9167"), Decimal(1))
    assert [part.share for part in found.parts] == [
        Decimal("0.1667"),
        Decimal("0.1667"),
        Decimal("0.3333"),
        Decimal("0.3333"),
    ]


def test_an_unknown_part_leaves_the_whole_unknown_and_says_what_is_known() -> None:
    # Without the home run: (1 + 1 + 2 * 0.9) / 4 = 0.95 over 4 of 6 parts of the weight.
    found = basis(WEIGHTS, {"tfr1": Decimal(1), "tfr2": Decimal(1), "rvs": Decimal("0.9"), "home_run": None})
    assert (found.value, found.so_far, found.known) == (None, Decimal("0.95"), Decimal("0.6667"))


def test_nothing_known() -> None:
    found = basis(WEIGHTS, {})
    assert (found.value, found.so_far, found.known) == (None, None, Decimal(0))
