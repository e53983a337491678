"""Does a model mean something? Its texts are held against the words that exist, its parts against each other. Pure."""

import string
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tenure.base.calendar import CalendarError, parse_span, zone_of
from tenure.base.duration import EXPECTED as EXPECTED_DURATION
from tenure.base.duration import DurationError
from tenure.base.duration import parse as parse_duration
from tenure.blueprint.expressions import ExpressionError, columns, parse
from tenure.blueprint.meanings import SECTION_OF
from tenure.blueprint.model import Component, Kpi, MeasureDef, Model, ToolCall
from tenure.blueprint.problems import Problem, listed, nearest
from tenure.blueprint.rules import people, plays, practice, promises, scoring, tools
from tenure.blueprint.sources import Sources
from tenure.blueprint.terms import SCORES, Terms, script_mistakes, script_types
from tenure.blueprint.texts import Text, texts_of
from tenure.blueprint.vocabulary import Measured, Vocabulary

__all__ = ["Measured", "Problem", "Vocabulary", "check", "check_data"]


def check(model: Model, sources: Sources, vocabulary: Vocabulary | None) -> list[Problem]:
    """Everything that is wrong with a model's meaning, in the order of its files.

    `sources` says where its texts stand; an empty `Sources()` will do for a model that came from no file. Without a
    vocabulary only what the blueprint can say by itself is checked.
    """
    data = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return sorted(set(check_data(data, model, sources, vocabulary)))


def check_data(
    data: Mapping[str, Any], model: Model, sources: Sources, vocabulary: Vocabulary | None, *, whole: bool = True
) -> list[Problem]:
    """As `check`, over what was written, sound or not; `model` is what could be typed of it.

    Where a file could not be read at all, the blueprint is not `whole`: nothing is called missing that may stand there.
    """
    checker = _Texts(data, sources, vocabulary, whole)
    problems = [problem for text in texts_of(data) for problem in checker.judge(text)]
    if vocabulary is not None:
        problems += checker.judge_own_measures()
        if whole or "raci" in data:
            problems += people.uncovered_operations(data, sources, vocabulary)
        problems += promises.match_fields(model, sources, vocabulary)
    for rule in (*people.RULES, *promises.RULES, *scoring.RULES, *plays.RULES, *tools.RULES, *practice.RULES):
        problems += rule(model, sources)
    return problems


class _Texts:
    """Judges each text by what it means."""

    def __init__(self, data: Mapping[str, Any], sources: Sources, vocabulary: Vocabulary | None, whole: bool) -> None:
        self._data = data
        self._sources = sources
        self._vocabulary = vocabulary
        self._whole = whole
        self._terms = None if vocabulary is None else Terms(data, vocabulary, whole)
        self._judges: dict[str, Callable[[Text], Iterator[Problem]]] = {
            "duration": self._duration,
            "duration:share": self._duration,
            "zone": self._zone,
            "span": self._span,
            "fact": self._fact,
            "operation": self._operation,
            "expression:account": self._account_expression,
            "expression:fact": self._fact_expression,
            "expression:script": self._script_expression,
            "reason": self._braces,
            "wording": self._braces,
        }

    def judge(self, text: Text) -> Iterator[Problem]:
        if text.meaning in SECTION_OF:
            return self._reference(text)
        return self._judges[text.meaning](text)

    def _problem(self, text: Text, message: str, *, expected: str = "", near: str = "") -> Problem:
        return self._sources.problem(text.way, message, expected=expected, nearest=near, at_key=text.is_key)

    def _expression_problem(self, text: Text, error: ExpressionError) -> Problem:
        return self._sources.problem(text.way, error.message, nearest=error.nearest, within=error.column)

    def _reference(self, text: Text) -> Iterator[Problem]:
        known = self._data.get(SECTION_OF[text.meaning])
        if known is None and not self._whole:
            return
        known = known if isinstance(known, Mapping) else {}
        if text.value not in known:
            message = f"there is no {text.meaning} “{text.value}”"
            yield self._problem(text, message, expected=listed(known), near=nearest(text.value, known))

    def _duration(self, text: Text) -> Iterator[Problem]:
        try:
            duration = parse_duration(text.value)
        except DurationError:
            yield self._problem(text, f"“{text.value}” is no length of time", expected=f"one {EXPECTED_DURATION}")
            return
        if duration.is_share and text.meaning == "duration":
            yield self._problem(text, "a share is no length of time", expected=f"one {EXPECTED_DURATION}")

    def _zone(self, text: Text) -> Iterator[Problem]:
        try:
            zone_of(text.value)
        except CalendarError:
            yield self._problem(text, f"“{text.value}” is no time zone", expected="an IANA name such as Europe/Berlin")

    def _span(self, text: Text) -> Iterator[Problem]:
        try:
            parse_span(text.value)
        except CalendarError:
            yield self._problem(text, f"“{text.value}” is no span of hours", expected="a span such as 09:00-17:00")

    def _fact(self, text: Text) -> Iterator[Problem]:
        if self._vocabulary is not None and text.value not in self._vocabulary.facts:
            near = nearest(text.value, self._vocabulary.facts)
            yield self._problem(
                text, f"there is no fact “{text.value}”", expected="a kind of fact, noun.verb", near=near
            )

    def _operation(self, text: Text) -> Iterator[Problem]:
        if self._vocabulary is None:
            return
        known = self._vocabulary.operations
        if not any(fnmatchcase(name, text.value) for name in known):
            patterns = {f"{name.partition('.')[0]}.*" for name in known}
            near = nearest(text.value, patterns if text.value.endswith("*") else known)
            yield self._problem(
                text, f"there is no operation “{text.value}”", expected="noun.verb or noun.*", near=near
            )

    def _account_expression(self, text: Text) -> Iterator[Problem]:
        if self._terms is None:
            yield from self._form(text)
            return
        for error in self._terms.account_mistakes(text.value, _wanted(text)):
            yield self._expression_problem(text, error)
        if text.way[0] == "scorecards":
            yield from self._circle(text)

    def _fact_expression(self, text: Text) -> Iterator[Problem]:
        kind = str(text.beside.get("on", ""))
        if self._terms is None or self._vocabulary is None or kind not in self._vocabulary.facts:
            yield from self._form(text)  # of an unknown kind nothing more can be said
            return
        for error in self._terms.fact_mistakes(text.value, kind):
            yield self._expression_problem(text, error)

    def _script_expression(self, text: Text) -> Iterator[Problem]:
        """A condition inside a played call: `practice.SCENARIO.calls.CALL`, whose own names it uses."""
        call: Any = self._data
        for step in text.way[:4]:
            call = call.get(step) if isinstance(call, Mapping) else None
        for error in script_mistakes(text.value, script_types(call if isinstance(call, Mapping) else {})):
            yield self._expression_problem(text, error)

    def _form(self, text: Text) -> Iterator[Problem]:
        try:
            parse(text.value)
        except ExpressionError as error:
            yield self._expression_problem(text, error)

    def _circle(self, text: Text) -> Iterator[Problem]:
        """A scorecard cannot read the score that it makes, neither directly nor through an own measure."""
        assert self._terms is not None
        try:
            expr = parse(text.value)
        except ExpressionError:
            return
        names = {column.name for column in columns(expr)}
        through = {name for name in names if self._terms.reads(name) & SCORES}
        for name in sorted((names & SCORES) | through):
            yield self._problem(text, f"“{name}” is made from scores, and a scorecard cannot read them")

    def judge_own_measures(self) -> Iterator[Problem]:
        """Own measures that stand on themselves, or take a name that exists."""
        assert self._terms is not None
        for key in self._terms.own:
            way = ("measures", key)
            if key in self._terms.measures or key in self._fields():
                yield self._sources.problem(way, f"“{key}” is a name of the catalogue already", at_key=True)
            if key in self._terms.reads(key):
                yield self._sources.problem((*way, "is"), f"“{key}” stands on itself")

    def _fields(self) -> Mapping[str, str]:
        return {} if self._vocabulary is None else self._vocabulary.account_fields

    def _braces(self, text: Text) -> Iterator[Problem]:
        try:
            fields = [field for field in string.Formatter().parse(text.value) if field[1] is not None]
        except ValueError:
            yield self._problem(text, "a brace is not closed or stands alone", expected="{name}, or {{ for a brace")
            return
        found = [f"{name}{f'!{how}' if how else ''}{f':{form}' if form else ''}" for _, name, form, how in fields]
        if self._terms is None or self._vocabulary is None:
            return
        known = {*self._terms.types}
        if text.meaning == "wording":
            known |= self._vocabulary.placeholders
        for name in dict.fromkeys(found):
            if name not in known and not self._terms.is_open:
                what = "a measure or a field" if text.meaning == "reason" else "a placeholder"
                yield self._problem(text, f"“{{{name}}}” is not {what}", near=nearest(name, known))


def _wanted(text: Text) -> str | None:
    """The type that an expression must have where it stands."""
    if text.part is Component:
        return "number"
    if text.part is MeasureDef or (issubclass(text.part, ToolCall) and text.field == "values"):
        return None
    if text.part is Kpi and text.field == "measure":
        of = text.beside.get("of", "mean")
        return {"share": "boolean", "sum": None}.get(str(of), "number")
    return "boolean"
