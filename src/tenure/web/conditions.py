"""The conditions of a blueprint in plain words: what an expression says, with the company's own names for things."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from tenure.blueprint.expressions import (
    Between,
    Binary,
    Call,
    Case,
    Column,
    Expr,
    ExpressionError,
    In,
    IsNull,
    Literal,
    Negate,
    Not,
    parse,
)
from tenure.blueprint.model import Model, Trigger
from tenure.facts.contract import KINDS
from tenure.web import wording

COMPARED = {
    "=": "is",
    "!=": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
}
SIGNS = {"+": "+", "-": "−", "*": "×", "/": "÷"}
# Fields whose values are keys of a section, and those of one noun alone.
SECTIONS = {
    "metric": "metrics",
    "survey": "surveys",
    "playbook": "playbooks",
    "card": "scorecards",
    "tier": "tiers",
    "role": "roles",
}
OF_NOUN = {
    ("meeting", "type"): "meetings",
    ("deliverable", "type"): "deliverables",
    ("signal", "rule"): "signals",
    ("commitment", "rule"): "commitments",
}


class Speaker:
    """Says the conditions of one model. What cannot be said in words stands as it is written."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._stages = {key: stage.label for each in model.journeys.values() for key, stage in each.stages.items()}
        self._bands = {key: band.label for card in model.scorecards.values() for key, band in card.bands.items()}

    def condition(self, text: str | None, kind: str = "") -> str:
        """A condition over an account, or over a fact of a kind; nothing where there is none."""
        if not text:
            return ""
        try:
            return self._say(parse(text), kind)
        except ExpressionError:
            return text

    def is_condition(self, text: str) -> bool:
        """Whether a text asks something that is true or false, rather than for a number."""
        try:
            expr = parse(text)
        except ExpressionError:
            return False
        return isinstance(expr, Between | In | IsNull | Not) or (isinstance(expr, Binary) and expr.op not in SIGNS)

    def trigger(self, trigger: Trigger) -> str:
        """A fact that something waits for: ``meeting held, where type is Brand strategy``."""
        said = self.fact(trigger.on)
        where = self.condition(trigger.where, trigger.on)
        return f"{said}, where {where}" if where else said

    def fact(self, kind: str) -> str:
        """A kind of fact as the ledger calls it, within a sentence."""
        label = KINDS[kind].label if kind in KINDS else kind.replace(".", " ").replace("_", " ")
        return label[:1].lower() + label[1:]

    def role(self, key: str) -> str:
        return self.model.roles[key].label if key in self.model.roles else key

    def roles(self, keys: Any) -> str:
        return wording.listed(self.role(key) for key in keys)

    def _say(self, expr: Expr, kind: str) -> str:
        match expr:
            case Binary("and" | "or" as op, left, right):
                return f"{self._side(left, op, kind)} {op} {self._side(right, op, kind)}"
            case Binary(op, left, right) if op in COMPARED:
                return f"{self._say(left, kind)} {COMPARED[op]} {self._beside(right, left, kind)}"
            case Binary(op, left, right):
                return f"{self._term(left, kind)} {SIGNS[op]} {self._term(right, kind)}"
            case Between(operand, low, high):
                return f"{self._say(operand, kind)} is from {self._say(low, kind)} to {self._say(high, kind)}"
            case In(operand, items):
                named = wording.listed((self._beside(item, operand, kind) for item in items), "or")
                return f"{self._say(operand, kind)} is {named}"
            case IsNull(operand):
                return f"{self._say(operand, kind)} is unknown"
            case Not(IsNull(operand)):
                return f"{self._say(operand, kind)} is known"
            case Not(operand):
                return f"not ({self._say(operand, kind)})"
            case Negate(operand):
                return f"−{self._term(operand, kind)}"
            case Call("days_since", args):
                return f"days since {self._say(args[0], kind)}"
            case Call("round", args):
                return f"{self._say(args[0], kind)}, rounded"
            case Call(name, args):
                return f"{name}({', '.join(self._say(each, kind) for each in args)})"
            case Case(whens, otherwise):
                said = [f"{self._say(value, kind)} where {self._say(test, kind)}" for test, value in whens]
                return wording.listed([*said, f"else {self._say(otherwise, kind)}"] if otherwise else said, "or")
            case Column():
                return self._column(expr)
            case Literal(value):
                return _plain(value)

    def _side(self, expr: Expr, op: str, kind: str) -> str:
        """One side of and, or: in brackets where the other of the two stands in it."""
        said = self._say(expr, kind)
        mixed = isinstance(expr, Binary) and expr.op in ("and", "or") and expr.op != op
        return f"({said})" if mixed else said

    def _term(self, expr: Expr, kind: str) -> str:
        said = self._say(expr, kind)
        return f"({said})" if isinstance(expr, Binary) and expr.op in ("+", "-") else said

    def _beside(self, expr: Expr, other: Expr, kind: str) -> str:
        """What a column is compared with: a key of the blueprint goes by its label."""
        if isinstance(expr, Literal) and isinstance(expr.value, str) and isinstance(other, Column):
            return self._value(other.name, expr.value, kind)
        return self._say(expr, kind)

    def _value(self, column: str, value: str, kind: str) -> str:
        field = column.rpartition(".")[2]
        noun = kind.partition(".")[0] if column.startswith("data.") else ""
        if field == "stage":
            return self._stages.get(value, _plain(value))
        if field == "band":
            return self._bands.get(value, _plain(value))
        section = OF_NOUN.get((noun, field)) or SECTIONS.get(field)
        parts: Mapping[str, Any] = getattr(self.model, section) if section else {}
        return parts[value].label if value in parts else _plain(value)

    def _column(self, column: Column) -> str:
        said = self.measure(column.name)
        if column.window:
            said += f" over {column.window} days"
        return f"{said} {column.ago} days ago" if column.ago else said

    def measure(self, name: str) -> str:
        """A measure, a field of the account or of a fact, by the name that the company has for it."""
        model = self.model
        if name in model.measures:
            return model.measures[name].label
        if name in ("score", "score_days_in_band") and model.primary_scorecard:
            card = model.scorecards[model.primary_scorecard].label
            return card if name == "score" else f"days of the {card} in its band"
        if name.startswith("metric_"):
            key, changes = name.removeprefix("metric_"), False
            if key not in model.metrics and key.endswith("_change"):
                key, changes = key.removesuffix("_change"), True
            label = model.metrics[key].label if key in model.metrics else _words(key)
            return f"the change of {label}" if changes else label
        if name.startswith("rating_"):
            return f"the rating of {_words(name.removeprefix('rating_'))}"
        if name.startswith("attendance_"):
            return f"the attendance at {self._meeting(name.removeprefix('attendance_'))}"
        if name.startswith("days_since_meeting_"):
            return f"the days since a {self._meeting(name.removeprefix('days_since_meeting_'))}"
        if name.startswith("account."):
            return f"the account’s {_words(name.removeprefix('account.'))}"
        if name in model.fields:
            return model.fields[name].label
        return _words(name.removeprefix("data."))

    def _meeting(self, kind: str) -> str:
        return self.model.meetings[kind].label if kind in self.model.meetings else _words(kind)


def _words(name: str) -> str:
    return name.replace("_", " ").replace(".", " ")


def _plain(value: Decimal | str | bool | date | None) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "true" if value else "false"
        case Decimal():
            return wording.number(value)
        case date():
            return f"{value.day} {value:%b} {value.year}"
        case _:
            return _words(value)
