"""Chance that can be repeated: a seed and a name tell every draw."""

import hashlib
import random

import pytest

from tenure.simulation.chance import Chance

pytestmark = pytest.mark.requirement("P-10")


def test_the_same_seed_and_names_draw_the_same() -> None:
    one, other = Chance(7, "usage", "a1"), Chance(7, "usage", "a1")
    assert [one.share() for _ in range(5)] == [other.share() for _ in range(5)]


def test_draws_of_one_name_do_not_depend_on_the_draws_of_another() -> None:
    quiet = Chance(7)
    busy = Chance(7)
    for _ in range(100):
        busy.share()
    assert quiet.of("a1").share() == busy.of("a1").share()


def test_names_do_not_run_into_each_other() -> None:
    assert Chance(7, "a", "1").share() != Chance(7, "a1").share()


def test_a_draw_is_the_same_on_every_machine() -> None:
    seed = int.from_bytes(hashlib.blake2b(b"7/a1", digest_size=8).digest(), "big")
    assert Chance(7, "a1").share() == random.Random(seed).random()


def test_counts_have_the_mean_they_were_given() -> None:
    chance = Chance(3)
    for mean in (0.2, 4.0, 60.0):
        drawn = [chance.count(mean) for _ in range(4000)]
        assert abs(sum(drawn) / 4000 - mean) < 4 * (mean / 4000) ** 0.5  # four standard errors of a Poisson mean
    assert Chance(3).count(0) == 0


def test_weights_are_shares_and_nothing_weighs_nothing() -> None:
    chance = Chance(5)
    drawn = [chance.weighted({"a": 3.0, "b": 1.0, "c": 0.0}) for _ in range(4000)]
    assert abs(drawn.count("a") / 4000 - 0.75) < 0.03
    assert drawn.count("c") == 0


def test_some_are_different_ones_and_no_more_than_there_are() -> None:
    assert sorted(Chance(5).some("abc", 5)) == ["a", "b", "c"]
    assert len(set(Chance(5).some(range(10), 4))) == 4
