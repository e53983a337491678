"""Two models compared: what comes, goes and changes, and what that may do to what is running."""

import json
from pathlib import Path
from typing import Any

import pytest

from tenure.blueprint.diff import Change, diff
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"

BEFORE: dict[str, Any] = {
    "company": {"name": "Acme"},
    "roles": {"csm": {"label": "CSM"}},
    "commitments": {
        "reply": {
            "label": "Reply",
            "opens": {"on": "message.received"},
            "met_by": [{"on": "message.sent"}],
            "within": "24 hours",
            "owner": "csm",
        }
    },
    "scorecards": {
        "health": {
            "label": "Health",
            "components": {"use": {"label": "Use", "measure": "usage_days", "points": [[0, 0], [20, 100]]}},
            "bands": {
                "red": {"label": "Red", "tone": "red", "from": 0},
                "green": {"label": "Green", "tone": "green", "from": 60},
            },
        }
    },
    "playbooks": {
        "help": {"label": "Help", "steps": {"a": {"label": "A", "owner": "csm"}, "b": {"label": "B", "owner": "csm"}}}
    },
}


def model(change: dict[tuple[str, ...], Any] | None = None) -> Model:
    data = json.loads(json.dumps(BEFORE))
    for way, value in (change or {}).items():
        holder = data
        for step in way[:-1]:
            holder = holder.setdefault(step, {})
        if value is None:
            del holder[way[-1]]
        else:
            holder[way[-1]] = value
    return Model.model_validate_json(json.dumps(data))


def changes(change: dict[tuple[str, ...], Any]) -> tuple[Change, ...]:
    return diff(model(), model(change))


def test_equal_models_differ_in_nothing() -> None:
    assert diff(model(), model()) == ()
    # What is spelt out and equals the default is no change, nor is another way of writing a number.
    spelt = {("commitments", "reply", "warn"): "75 %", ("scorecards", "health", "bands", "green", "from"): 60.0}
    assert changes(spelt) == ()


@pytest.mark.requirement("P-01")
def test_a_moved_band_is_told_with_both_values() -> None:
    assert changes({("scorecards", "health", "bands", "green", "from"): 70}) == (
        Change("scorecards", "health", "bands.green.from", 60, 70, "changed", ("moves bands",)),
    )


@pytest.mark.requirement("P-01")
@pytest.mark.parametrize(
    ("way", "value", "text"),
    [
        (("commitments", "reply", "within"), "8 hours",
         "commitments.reply.within: “24 hours” becomes “8 hours” (moves due times)"),
        (("commitments", "reply"), None, "commitments.reply goes (closes clocks)"),
        (("commitments", "reply", "target"), 95, "commitments.reply.target comes: 95 (moves targets)"),
        (("signals", "low"), {"label": "Low", "when": "usage_days < 3", "owner": "csm"},
         "signals.low comes (fires signals)"),
        (("playbooks", "help"), None, "playbooks.help goes (stops plays)"),
        (("playbooks", "help", "steps", "b"), None,
         "playbooks.help.steps.b goes: {label: “B”, owner: “csm”, does: “task”, due: “1 business day”}"
         " (changes plays)"),
        (("scorecards", "health", "components", "use", "points"), [[0, 0], [10, 100]],
         "scorecards.health.components.use.points: [[0, 0], [20, 100]] becomes [[0, 0], [10, 100]] (changes scores)"),
        (("raci", "note.log"), {"accountable": "csm"}, "raci.note.log comes (changes who may act)"),
        (("company", "name"), "Other", "company.name: “Acme” becomes “Other”"),
        (("roles", "csm", "reach"), "all", "roles.csm.reach: “book” becomes “all” (changes who sees what)"),
        (("settings", "undo_seconds"), 20, "settings.undo_seconds comes: 20"),
    ],
)  # fmt: skip
def test_a_change_reads_as_a_sentence(way: tuple[str, ...], value: Any, text: str) -> None:
    assert [str(change) for change in changes({way: value})] == [text]


def test_another_order_of_steps_is_a_change() -> None:
    steps = BEFORE["playbooks"]["help"]["steps"]
    turned = {"b": steps["b"], "a": steps["a"]}
    (change,) = changes({("playbooks", "help", "steps"): turned})
    assert (change.path, change.before, change.after) == ("steps.order", ["a", "b"], ["b", "a"])
    assert change.risks == ("changes plays",)


def test_a_difference_there_and_back_says_the_same_things() -> None:
    one = load(BLUEPRINTS / "saas")
    other = load(BLUEPRINTS / "r7-creative")
    there, back = diff(one, other), diff(other, one)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(c.where, turned[c.kind]) for c in there} == {(c.where, c.kind) for c in back}
    assert {c.section for c in there} >= {"company", "commitments", "scorecards", "signals", "kpis"}
