"""What changes from one model to another, in words, and what each change may do to what is running."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tenure.blueprint.model import Model
from tenure.blueprint.stored import digest, from_json, plain, to_json

__all__ = ["Change", "diff", "digest", "from_json", "to_json"]

Kind = Literal["added", "removed", "changed"]

# What a change may do, by section and the field it touches; "" stands for the part as a whole.
_RISKS: dict[str, dict[str, tuple[str, ...]]] = {
    "company": {"calendar": ("moves due times",), "zone": ("moves due times", "moves days")},
    "roles": {
        "": ("changes who may act", "changes who sees what"),
        "reach": ("changes who sees what",),
        "levels": ("changes who may act",),
        "portal": ("changes who sees what",),
    },
    "raci": {"": ("changes who may act",), "*": ("changes who may act",)},
    "calendars": {"": ("moves due times",), "hours": ("moves due times",), "holidays": ("moves due times",)},
    "fields": {"": ("shows or hides values",)},
    "tiers": {"": ("changes tiers",)},
    "journeys": {"": ("changes checklists",), "stages": ("changes checklists",), "starts": ("changes checklists",)},
    "handovers": {"giver": ("changes who may act",), "taker": ("changes who may act",)},
    "commitments": {
        "": ("opens clocks", "closes clocks"),
        "opens": ("opens clocks",),
        "applies": ("opens clocks", "closes clocks"),
        "kind": ("opens clocks", "closes clocks"),
        "within": ("moves due times",),
        "every": ("moves due times",),
        "hours": ("moves due times",),
        "settle": ("moves due times",),
        "warn": ("moves warnings",),
        "met_by": ("changes verdicts",),
        "cancelled_by": ("changes verdicts",),
        "match": ("changes verdicts",),
        "count": ("changes verdicts",),
        "owner": ("changes owners",),
        "target": ("moves targets",),
    },
    "metrics": {"": ("changes measures",), "aggregate": ("changes measures",), "goal_days": ("changes measures",)},
    "measures": {"": ("changes measures",), "is": ("changes measures",)},
    "scorecards": {
        "": ("changes scores",),
        "components": ("changes scores",),
        "applies": ("changes scores",),
        "low": ("changes scores", "moves bands"),
        "high": ("changes scores", "moves bands"),
        "decimals": ("changes scores",),
        "least_coverage": ("changes scores",),
        "bands": ("moves bands",),
        "overrides": ("moves bands",),
        "primary": ("changes scores",),
    },
    "signals": {
        "": ("fires signals", "resolves signals"),
        "when": ("fires signals", "resolves signals"),
        "for": ("fires signals", "resolves signals"),
        "inhibited_by": ("fires signals", "resolves signals"),
        "owner": ("changes owners",),
        "play": ("changes plays",),
    },
    "playbooks": {
        "": ("stops plays",),
        "steps": ("changes plays",),
        "stops": ("stops plays",),
        "outcome": ("changes outcomes",),
        "within": ("changes outcomes",),
    },
    "escalations": {"": ("changes plays",), "path": ("changes plays",)},
    "meetings": {"ratings": ("changes ratings", "changes scores")},
    "retention": {"*": ("changes what is erased",)},
    "kpis": {
        "": ("changes figures",),
        "commitment": ("changes figures",),
        "measure": ("changes figures",),
        "of": ("changes figures",),
        "where": ("changes figures",),
        "target": ("moves targets",),
        "better": ("changes figures",),
    },
}
# A part that comes does the one thing, a part that goes the other.
_ONE_WAY = {
    "added": {"closes clocks", "resolves signals", "stops plays"},
    "removed": {"opens clocks", "fires signals"},
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two models.

    Attributes
    ----------
    section, key : the part; the key is empty for the company itself and for retention.
    path : the way inside the part, such as ``bands.green.from``; empty for the part as a whole.
    before, after : plain values; None where there was or is nothing.
    kind : whether it was added, removed or changed.
    risks : what it may do to what is running, such as ``moves bands``.
    """

    section: str
    key: str
    path: str
    before: Any
    after: Any
    kind: Kind
    risks: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The whole way, such as ``scorecards.health.bands.green.from``."""
        return ".".join(part for part in (self.section, self.key, self.path) if part)

    def __str__(self) -> str:
        match self.kind:
            case "added":
                text = f"{self.where} comes" + (f": {_shown(self.after)}" if self.path else "")
            case "removed":
                text = f"{self.where} goes" + (f": {_shown(self.before)}" if self.path else "")
            case _:
                text = f"{self.where}: {_shown(self.before)} becomes {_shown(self.after)}"
        return text + (f" ({', '.join(self.risks)})" if self.risks else "")


def diff(old: Model, new: Model) -> tuple[Change, ...]:
    """Every difference, in the order of the model's sections and of the new model's keys.

    What is spelt out and equals the default is no difference; another order of stages, items or steps is one.
    """
    before, after = plain(old.model_dump(by_alias=True)), plain(new.model_dump(by_alias=True))
    changes: list[Change] = []
    for section in before:
        if section in ("company", "retention", "settings"):
            changes += _inside(section, "", before[section], after[section], ())
            continue
        for key in _keys(before[section], after[section]):
            one, other = before[section].get(key), after[section].get(key)
            if one is None or other is None:
                kind: Kind = "added" if one is None else "removed"
                changes.append(Change(section, key, "", one, other, kind, _risks(section, "", kind)))
            else:
                changes += _inside(section, key, one, other, ())
        if section in ("journeys", "scorecards"):
            changes += _order(section, "", before[section], after[section], ())
    return tuple(changes)


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [*after, *(key for key in before if key not in after)]


def _inside(
    section: str, key: str, before: Mapping[str, Any], after: Mapping[str, Any], way: tuple[str, ...]
) -> Iterator[Change]:
    for field in _keys(before, after):
        one, other = before.get(field), after.get(field)
        if one == other:
            if isinstance(one, dict):
                yield from _order(section, key, one, other, (*way, field))
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _inside(section, key, one, other, (*way, field))
            yield from _order(section, key, one, other, (*way, field))
            continue
        kind: Kind = "added" if one is None else "removed" if other is None else "changed"
        path = (*way, field)
        yield Change(section, key, ".".join(path), one, other, kind, _risks(section, path[0], "changed"))


def _order(section: str, key: str, before: Any, after: Any, way: tuple[str, ...]) -> Iterator[Change]:
    """A change of order among the keys that both have, and below."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    stayed = [field for field in before if field in after]
    now = [field for field in after if field in before]
    if stayed != now:
        risks = _risks(section, way[0], "changed") if way else ()
        yield Change(section, key, ".".join((*way, "order")), stayed, now, "changed", risks)
    for field in stayed:
        if before[field] == after[field]:  # otherwise the comparison of the two goes there itself
            yield from _order(section, key, before[field], after[field], (*way, field))


def _risks(section: str, field: str, kind: Kind) -> tuple[str, ...]:
    known = _RISKS.get(section, {})
    found = known.get(field, known.get("*", ()))
    return tuple(risk for risk in found if risk not in _ONE_WAY.get(kind, ()))


def _shown(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            text = " ".join(value.split())
            return f"“{text if len(text) <= 80 else text[:79] + '…'}”"
        case list() if all(isinstance(each, str) for each in value):
            return "[" + ", ".join(value) + "]"
        case list():
            return "[" + ", ".join(_shown(each) for each in value) + "]"
        case dict():
            return (
                "{"
                + ", ".join(f"{key}: {_shown(each)}" for key, each in value.items() if each not in (None, "", [], {}))
                + "}"
            )
        case _:
            return str(value)
