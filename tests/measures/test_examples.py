"""The examples in the docstrings of measures give what they say, and every measure has one."""

import doctest
import inspect
from types import ModuleType

import pytest

from tenure.measures import catalogue, compiled
from tenure.measures.registry import MEASURES
from tenure.measures.request import SUBJECTS
from tenure.measures.trial import trial


@pytest.mark.parametrize("module", [*SUBJECTS, catalogue, compiled], ids=lambda module: module.__name__)
def test_examples_give_what_they_say(module: ModuleType) -> None:
    results = doctest.testmod(module, extraglobs={"trial": trial})
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_every_measure_says_its_definition_grain_unit_null_source_and_an_example(name: str) -> None:
    said = inspect.getdoc(MEASURES[name].function) or ""
    assert said.partition("\n")[0].endswith((".", ":"))
    for word in ("Per account and day", "ull", "Source:", "trial(", f'"{name}'):
        assert word in said, word
