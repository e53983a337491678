"""What the handbook shows is true: its example loads, its expressions are read, its words are all of them."""

import re
from pathlib import Path

import pytest

from tenure.blueprint.expression_scan import FUNCTIONS
from tenure.blueprint.expressions import columns, parse
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.blueprint.terms import Terms
from tenure.watch.compiled import compile_expression

from .vocabulary import VOCABULARY

ROOT = Path(__file__).parents[2]
BLUEPRINT = (ROOT / "docs/handbook/blueprint.md").read_text(encoding="utf-8")
EXPRESSIONS = (ROOT / "docs/handbook/expressions.md").read_text(encoding="utf-8")
SHOWN = [line for block in re.findall(r"```sql\n(.*?)```", EXPRESSIONS, re.S) for line in block.splitlines()]


def test_the_example_is_a_blueprint(tmp_path: Path) -> None:
    files = re.findall(r"```yaml\n# (\w+\.yaml)\n(.*?)```", BLUEPRINT, re.S)
    assert len(files) == 5
    folder = tmp_path / "lantern"
    folder.mkdir()
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    model = load(folder, search=[ROOT / "blueprints"], vocabulary=VOCABULARY)
    assert model.company.name == "Lantern Software"
    assert model.raci["contract.change"].limits == {"csm": "senior"}


def test_every_section_is_told() -> None:
    table = BLUEPRINT.partition("## Sections")[2].partition("### ")[0]
    assert set(re.findall(r"`(\w+)`", table)) == set(Model.model_fields)


@pytest.mark.parametrize("text", SHOWN)
def test_every_shown_expression_is_sound(text: str) -> None:
    journeys = {"journeys": {"way": {"stages": {"onboarding": {}}}}}
    tiers = {"tiers": {"pro": {}, "enterprise": {}}}
    assert list(Terms({**journeys, **tiers}, VOCABULARY).account_mistakes(text, "boolean")) == []


def test_every_function_is_told() -> None:
    assert all(f"`{name}(" in EXPRESSIONS for name in FUNCTIONS)


def test_the_python_shown_gives_what_it_says() -> None:
    expr = parse("change(usage_days, 28) < -5")
    assert {column.key for column in columns(expr)} == {"usage_days", "usage_days@28"}
    assert compile_expression(expr)({"usage_days": 3, "usage_days@28": 9}) is True
