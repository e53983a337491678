"""The names that a blueprint's expressions may use: the catalogue's, the facts', and the blueprint's own."""

from collections.abc import Iterator, Mapping
from typing import Any

from tenure.blueprint.expressions import (
    DAY,
    Binary,
    Column,
    Expr,
    ExpressionError,
    In,
    Literal,
    columns,
    hidden_unknown,
    infer_type,
    names,
    nearest,
    parse,
    walk,
)
from tenure.blueprint.problems import listed
from tenure.blueprint.texts import parts_of
from tenure.blueprint.vocabulary import Measured, Vocabulary

FACT_FIELDS = {
    "kind": "text",
    "subject": "text",
    "subject_id": "id",
    "actor": "id",
    "happened_at": "moment",
    "known_at": "moment",
}
STATUSES = frozenset({"active", "closed", "prospect"})
# What a scorecard makes; a scorecard's own parts cannot read it.
SCORES = frozenset({"score", "score_days_in_band"})
# Fields of facts whose values are keys of a section, by field, and by noun where the field's name alone is unclear.
_KEYS_IN = {"metric": "metrics", "survey": "surveys", "playbook": "playbooks", "card": "scorecards", "tier": "tiers"}
_KEYS_OF_NOUN = {
    ("meeting", "type"): "meetings",
    ("deliverable", "type"): "deliverables",
    ("signal", "rule"): "signals",
    ("commitment", "rule"): "commitments",
    ("handover", "form"): "handovers",
    ("journey", "journey"): "journeys",
    ("checklist", "journey"): "journeys",
    ("tool_call", "tool"): "tools",
}
_MEANINGS = frozenset({"idea", "planned", "received", "making", "review", "ready", "done"})
_SEVERITIES = {
    "issue": frozenset({"low", "normal", "high", "urgent"}),
    "signal": frozenset({"red", "yellow", "green"}),
}


def measures_of(data: Mapping[str, Any], vocabulary: Vocabulary) -> dict[str, Measured]:
    """The catalogue with what the blueprint brings: metrics, meetings, ratings, promises. Its own measures follow from
    what they are."""
    found = dict(vocabulary.measures)
    for key in parts_of(data, "metrics"):
        found[f"metric_{key}"] = Measured()
        found[f"metric_{key}_change"] = Measured()
    for kind, meeting in parts_of(data, "meetings").items():
        found[f"attendance_{kind}"] = Measured()
        found[f"days_since_meeting_{kind}"] = Measured(windowed=False)
        for part in parts_of(meeting, "ratings"):
            found[f"rating_{part}"] = Measured(windowed=False)
    for rule in parts_of(data, "commitments"):
        found[f"missed_{rule}"] = Measured()
    return found


class Terms:
    """Judges expressions. Own measures that are wrong themselves fit everywhere, so that no mistake is told twice."""

    def __init__(self, data: Mapping[str, Any], vocabulary: Vocabulary, whole: bool = True) -> None:
        self._vocabulary = vocabulary
        self._data = data
        # Whether names may exist in a file that could not be read.
        sections = ("metrics", "meetings", "measures", "commitments")
        self.is_open = not whole and any(section not in data for section in sections)
        self.measures = measures_of(data, vocabulary)
        self.own: dict[str, Expr | None] = {}
        for key, part in parts_of(data, "measures").items():
            self.own[key] = _parsed(part.get("is"))
        self.types: dict[str, str] = {
            **vocabulary.account_fields,
            **{name: measured.type for name, measured in self.measures.items()},
            DAY: "day",
        }
        for key in self.own:
            self.types[key] = self._type_of_own(key, ())

    def _type_of_own(self, key: str, chain: tuple[str, ...]) -> str:
        expr = self.own[key]
        if expr is None or key in chain:
            return "any"
        types = dict(self.types)
        for column in columns(expr):
            if column.name in self.own:
                types[column.name] = self._type_of_own(column.name, (*chain, key))
        try:
            return infer_type(expr, types)
        except ExpressionError:
            return "any"

    def reads(self, name: str, chain: frozenset[str] = frozenset()) -> frozenset[str]:
        """All names that an own measure stands on, its own among them where it stands on itself."""
        expr = self.own.get(name)
        if expr is None or name in chain:
            return frozenset()
        found: set[str] = set()
        for column in columns(expr):
            found.add(column.name)
            found |= self.reads(column.name, chain | {name})
        return frozenset(found)

    def account_mistakes(self, text: str, wanted: str | None) -> Iterator[ExpressionError]:
        """What is wrong with an expression over an account on a day; `wanted` is the type it must have."""
        try:
            expr = parse(text)
        except ExpressionError as error:
            yield error
            return
        types = {**dict.fromkeys(names(expr), "any"), **self.types} if self.is_open else self.types
        mistakes = [*_unknown_names(expr, types, "a measure or a field of an account"), *self._history(expr)]
        yield from mistakes or _judged(expr, types, wanted)
        hidden = hidden_unknown(expr, lambda name: name in self.measures or name in self.own)
        if hidden is not None:
            yield hidden
        yield from _strange_values(expr, self._account_values())

    def fact_mistakes(self, text: str, kind: str) -> Iterator[ExpressionError]:
        """What is wrong with a condition over one fact of a kind."""
        try:
            expr = parse(text)
        except ExpressionError as error:
            yield error
            return
        types = self.fact_types(kind)
        past = [
            ExpressionError(
                "a fact has no past: history is kept of measures, and days are counted for accounts", node.at
            )
            for node in walk(expr)
            if isinstance(node, Column) and (node.ago or node.window or node.name == DAY)
        ]
        mistakes = past or _unknown_names(expr, types, f"a field of {kind}")
        yield from mistakes or _judged(expr, types, "boolean")
        yield from _strange_values(expr, self._fact_values(kind))

    def fact_types(self, kind: str) -> dict[str, str]:
        """The names that a condition over a fact of this kind may use."""
        fields = self._vocabulary.facts.get(kind, {})
        return {
            **FACT_FIELDS,
            **{f"data.{name}": type_ for name, type_ in fields.items()},
            **{f"account.{name}": type_ for name, type_ in self._vocabulary.account_fields.items()},
        }

    def _history(self, expr: Expr) -> Iterator[ExpressionError]:
        for node in walk(expr):
            if not isinstance(node, Column) or node.name not in self.types or not (node.ago or node.window):
                continue
            if node.name not in self.measures and node.name not in self.own:
                yield ExpressionError(f"“{node.name}” is no measure: history is kept of measures", node.at)
            elif node.window and node.name in self.measures and not self.measures[node.name].windowed:
                yield ExpressionError(f"“{node.name}” has no window, so that over cannot change it", node.at)

    def _keys(self, section: str) -> frozenset[str] | None:
        return frozenset(parts_of(self._data, section)) or None

    def _stages(self) -> frozenset[str] | None:
        journeys = parts_of(self._data, "journeys").values()
        return frozenset(stage for journey in journeys for stage in parts_of(journey, "stages")) or None

    def _calls(self) -> frozenset[str] | None:
        tools = parts_of(self._data, "tools").values()
        return frozenset(key for tool in tools for what in ("provisions", "writes") for key in parts_of(tool, what))

    def _account_values(self) -> dict[str, frozenset[str]]:
        values = {"tier": self._keys("tiers"), "stage": self._stages(), "status": STATUSES}
        return {name: known for name, known in values.items() if known}

    def _fact_values(self, kind: str) -> dict[str, frozenset[str]]:
        """What the named fields can hold, where the blueprint or the engine says it."""
        noun = kind.partition(".")[0]
        values: dict[str, frozenset[str] | None] = {"kind": frozenset(self._vocabulary.facts)}
        for name, known in self._account_values().items():
            values[f"account.{name}"] = known
        if noun == "account":
            values["data.status"] = STATUSES
        for field, section in _KEYS_IN.items():
            values[f"data.{field}"] = self._keys(section)
        for (of, field), section in _KEYS_OF_NOUN.items():
            if noun == of:
                values[f"data.{field}"] = self._keys(section)
        if noun == "deliverable":
            values["data.means"] = _MEANINGS
            values["data.material_by"] = frozenset({"client", "us"})
        if noun == "tool_call":
            values["data.call"] = self._calls()
        values["data.stage"] = self._stages()
        values["data.severity"] = _SEVERITIES.get(noun)
        return {name: known for name, known in values.items() if known}


def script_types(call: Mapping[str, Any]) -> dict[str, str]:
    """The names that a condition of a played call may use: its levels, its facts, and what a line is like."""
    levels = dict.fromkeys(_keys(call.get("state")), "number")
    facts = dict.fromkeys(_keys(call.get("facts")), "boolean")
    return {**levels, **facts, "turn": "number", "words": "number", "question": "boolean"}


def _keys(held: Any) -> list[str]:
    return list(held) if isinstance(held, Mapping) else []


def script_mistakes(text: str, types: Mapping[str, str]) -> Iterator[ExpressionError]:
    """What is wrong with a condition inside a played call."""
    try:
        expr = parse(text)
    except ExpressionError as error:
        yield error
        return
    past = [
        ExpressionError("a call has no past beyond its own lines", node.at)
        for node in walk(expr)
        if isinstance(node, Column) and (node.ago or node.window or node.name == DAY)
    ]
    mistakes = past or _unknown_names(expr, types, "a level or a fact of this call")
    yield from mistakes or _judged(expr, types, "boolean")


def _judged(expr: Expr, types: Mapping[str, str], wanted: str | None) -> Iterator[ExpressionError]:
    try:
        found = infer_type(expr, types)
    except ExpressionError as error:
        yield error
        return
    words = {"boolean": "a condition", "number": "a number", "text": "a text", "day": "a day", "moment": "a moment"}
    if wanted is not None and found not in (wanted, "any"):
        yield ExpressionError(f"this is {words[found]}, and {words[wanted]} stands here", 1)


def _parsed(text: Any) -> Expr | None:
    try:
        return parse(text) if isinstance(text, str) else None
    except ExpressionError:
        return None


def _unknown_names(expr: Expr, types: Mapping[str, str], what: str) -> list[ExpressionError]:
    seen: set[str] = set()
    mistakes = []
    for node in walk(expr):
        if isinstance(node, Column) and node.name not in types and node.name not in seen:
            seen.add(node.name)
            mistakes.append(
                ExpressionError(f"“{node.name}” is not {what}", node.at, nearest(node.name, frozenset(types)))
            )
    return mistakes


def _strange_values(expr: Expr, known: Mapping[str, frozenset[str]]) -> Iterator[ExpressionError]:
    """Texts that a column is compared with and never holds."""
    for node in walk(expr):
        match node:
            case Binary("=" | "!=", Column(name), Literal() as literal) | Binary(
                "=" | "!=", Literal() as literal, Column(name)
            ):
                pairs = [(name, literal)]
            case In(Column(name), items):
                pairs = [(name, item) for item in items]
            case _:
                continue
        for column, literal in pairs:
            values = known.get(column)
            if values and isinstance(literal.value, str) and literal.value not in values:
                among = f" ({listed(sorted(values))})" if listed(sorted(values)) else ""
                message = f"“{column}” is never '{literal.value}'{among}"
                yield ExpressionError(message, literal.at, nearest(literal.value, values))
