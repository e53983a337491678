"""A model kept as text comes back as itself, and its digest names what it means."""

import hashlib
from pathlib import Path

import pytest

from tenure.blueprint.diff import digest, from_json, to_json
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"


@pytest.mark.parametrize("name", ["base", "saas", "r7-creative"])
def test_a_shipped_model_comes_back_as_itself(name: str) -> None:
    model = load(BLUEPRINTS / name)
    again = from_json(to_json(model))
    assert again == model
    assert digest(again) == digest(model)
    assert [list(each.stages) for each in again.journeys.values()] == [
        list(each.stages) for each in model.journeys.values()
    ]


def small(number: str) -> Model:
    text = f'{{"company": {{"name": "Acme"}}, "tiers": {{"gold": {{"label": "Gold", "hours_per_month": {number}}}}}}}'
    return Model.model_validate_json(text)


def test_the_digest_knows_meaning_and_not_writing() -> None:
    assert digest(small("3")) == digest(small("3.00"))
    assert digest(small("3")) != digest(small("3.5"))
    assert len(digest(small("3"))) == 64


def test_the_digest_stays_as_it_was() -> None:
    # A version that was applied keeps its name under every later release.
    text = '{"company": {"name": "Acme"}, "tiers": {"gold": {"label": "Gold", "hours_per_month": 3}}}'
    assert digest(small("3")) == hashlib.sha256(text.encode()).hexdigest()


def test_comments_and_files_leave_the_digest_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, files in (
        (one, {"company.yaml": "company: {name: Acme}\ntiers: {gold: {label: Gold}}\n"}),
        (
            two,
            {
                "company.yaml": "# A comment\ncompany:\n  name: 'Acme'\n",
                "tiers.yaml": "tiers:\n  gold:\n    label: Gold\n",
            },
        ),
    ):
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    assert digest(load(one)) == digest(load(two))


def test_an_order_that_means_something_is_part_of_the_digest(tmp_path: Path) -> None:
    stages = ["a: {label: A}", "b: {label: B}"]
    digests = set()
    for folder, order in (("one", stages), ("two", stages[::-1])):
        (tmp_path / folder).mkdir()
        text = f"company: {{name: Acme}}\njourneys: {{way: {{label: Way, stages: {{{', '.join(order)}}}}}}}\n"
        (tmp_path / folder / "company.yaml").write_text(text, encoding="utf-8")
        digests.add(digest(load(tmp_path / folder)))
    assert len(digests) == 2
