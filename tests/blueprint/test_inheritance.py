"""A blueprint states what it does differently from the one that it extends."""

from pathlib import Path

import pytest

from tenure.blueprint.loader import REPLACED_WHOLE, load, read
from tenure.blueprint.meanings import Part
from tenure.blueprint.schema.promises import Trigger
from tenure.blueprint.structure import fields_of

from .conftest import Write

BASE = """\
company:
  name: Base
  currency: EUR
roles:
  csm: {label: Manager, owns: [calls, notes]}
  lead: {label: Lead}
tiers:
  gold: {label: Gold, rank: 2}
  silver: {label: Silver, rank: 1}
commitments:
  reply:
    label: Reply
    opens: {on: message.received, where: data.channel = 'mail'}
    met_by: [{on: message.sent}]
    within: 1 day
    owner: csm
"""
CHILD = "extends: base\ncompany:\n  name: Child\n"


def test_what_is_not_said_is_inherited(write: Write) -> None:
    write("base", company=BASE)
    model = load(write("child", company=CHILD))
    assert (model.company.name, model.company.currency) == ("Child", "EUR")
    assert model.tiers["gold"].rank == 2


def test_fields_merge_lists_and_triggers_are_replaced(write: Write) -> None:
    write("base", company=BASE)
    rest = """\
roles:
  csm: {owns: [results]}
tiers:
  gold: {label: Top}
  bronze: {label: Bronze}
commitments:
  reply:
    opens: {on: issue.opened}
"""
    model = load(write("child", company=CHILD, rest=rest))
    assert (model.roles["csm"].label, model.roles["csm"].owns) == ("Manager", ("results",))
    assert (model.tiers["gold"].label, model.tiers["gold"].rank) == ("Top", 2)
    assert list(model.tiers) == ["gold", "silver", "bronze"], "what is overridden keeps its place"
    opens = model.commitments["reply"].opens
    assert opens == Trigger(on="issue.opened"), "another fact does not keep the narrowing of the one before"


def test_null_takes_a_part_a_field_or_a_section_away(write: Write) -> None:
    write("base", company=BASE)
    rest = "tiers:\n  silver: null\n  gold: {rank: null}\ncommitments: null\n"
    model = load(write("child", company=CHILD, rest=rest))
    assert list(model.tiers) == ["gold"]
    assert model.tiers["gold"].rank == 0, "the default"
    assert model.commitments == {}


def test_taking_away_what_is_not_there_is_a_mistake(write: Write) -> None:
    write("base", company=BASE)
    problems = read(write("child", company=CHILD, rest="tiers:\n  sliver: null\n")).problems
    assert [(p.file, p.line, p.message, p.nearest) for p in problems] == [
        ("child/rest.yaml", 2, "there is no inherited “sliver” to take away", "silver")
    ]


@pytest.mark.requirement("P-01")
def test_mistakes_name_the_file_where_their_text_stands(write: Write) -> None:
    write("base", company=BASE.replace("label: Lead", "label: Lead, home: nowhere"))
    problems = read(write("child", company=CHILD, rest="roles:\n  csm: null\n")).problems
    assert [(p.file, p.line, p.path) for p in problems] == [
        ("base/company.yaml", 6, "roles.lead.home"),
        ("base/company.yaml", 16, "commitments.reply.owner"),
    ]


def test_a_chain_of_blueprints_is_followed_and_a_circle_refused(write: Write) -> None:
    write("base", company=BASE)
    write("middle", company="extends: base\ncompany: {name: Middle}\ntiers: {gold: {rank: 5}}\n")
    model = load(write("child", company="extends: middle\ncompany: {name: Child}\n"))
    assert (model.company.name, model.company.currency, model.tiers["gold"].rank) == ("Child", "EUR", 5)
    write("base", company="extends: child\ncompany: {name: Base}\n")
    problems = read(write("child", company="extends: base\ncompany: {name: Child}\n")).problems
    assert [(p.file, p.line, p.message) for p in problems] == [
        ("base/company.yaml", 1, "“child” extends this blueprint in turn")
    ]


@pytest.mark.parametrize(
    ("extends", "message", "near"),
    [
        ("bas", "there is no blueprint “bas”", "base"),
        ("../base", "this names no blueprint", ""),
        ("/etc", "this names no blueprint", ""),
        ("[base]", "this names no blueprint", ""),
        ("3", "this names no blueprint", ""),
    ],
)
def test_what_is_extended_is_a_folder_in_the_search_path(write: Write, extends: str, message: str, near: str) -> None:
    write("base", company=BASE)
    problems = read(write("child", company=f"extends: {extends}\ncompany:\n  name: Child\n")).problems
    assert [(p.line, p.column, p.message, p.nearest) for p in problems] == [(1, 10, message, near)]


def test_the_search_path_goes_before_the_folder_beside(write: Write, tmp_path: Path) -> None:
    write("base", company=BASE)
    other = tmp_path / "shipped" / "base"
    other.mkdir(parents=True)
    (other / "company.yaml").write_text("company: {name: Shipped, currency: CHF}\n", encoding="utf-8")
    child = write("child", company=CHILD)
    assert load(child).company.currency == "EUR"
    assert load(child, search=[tmp_path / "shipped"]).company.currency == "CHF"


def test_every_single_trigger_of_the_schema_is_replaced_whole() -> None:
    found = set()
    for part in _parts(Part):
        found |= {name for name, hint in fields_of(part) if hint in (Trigger, Trigger | None)}
    assert found == REPLACED_WHOLE


def _parts(part: type[Part]) -> list[type[Part]]:
    return [each for sub in part.__subclasses__() for each in (sub, *_parts(sub))]
