"""What a computation has to find: the columns that were asked for, taken apart into measures, windows and days back."""

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass

from tenure.blueprint.expressions import Column
from tenure.blueprint.model import Metric
from tenure.blueprint.vocabulary import Measured
from tenure.measures import commercial, delivery, engagement, outcomes, points, support, usage, workflow
from tenure.measures.registry import MEASURES, Derived, Measure
from tenure.measures.relations import RELATIONS

# The fields of an account that an expression may name, as they stood on the day.
ACCOUNT_FIELDS: Mapping[str, str] = {
    "tier": "text",
    "industry": "text",
    "country": "text",
    "status": "text",
    "stage": "text",
    "pod": "text",
    "parent": "text",
    "zone": "text",
    "trial": "boolean",
    "source": "text",
}
SUBJECTS = (usage, engagement, delivery, workflow, support, outcomes, commercial, points)
_METRIC, _CHANGE, _RATING, _MISSED = "metric_", "_change", "rating_", "missed_"
_ATTENDANCE, _SINCE = "attendance_", "days_since_meeting_"


class UnknownMeasure(KeyError):
    """A name that is neither a measure of the catalogue nor a field of an account."""

    def __str__(self) -> str:
        return f"there is no measure or field {self.args[0]!r}"


def vocabulary() -> dict[str, Measured]:
    """The catalogue for a blueprint's check. Metrics, meetings, ratings and promises join it from the blueprint."""
    return {name: Measured(windowed=_is_windowed(MEASURES[name])) for name in MEASURES}


def definition(name: str, metrics: Mapping[str, Metric]) -> Measure | Derived:
    """The measure of a name: of the catalogue, or what the blueprint brings. Raises UnknownMeasure."""
    if name in MEASURES:
        return MEASURES[name]
    if name.startswith(_RATING):
        return outcomes.rating(name, name.removeprefix(_RATING))
    if name.startswith(_MISSED):
        return delivery.missed(name, name.removeprefix(_MISSED))
    if name.startswith(_ATTENDANCE):
        return engagement.attendance(name, name.removeprefix(_ATTENDANCE))
    if name.startswith(_SINCE):
        return engagement.days_since(name, name.removeprefix(_SINCE))
    key = name.removeprefix(_METRIC)
    if name.startswith(_METRIC) and key in metrics:
        return points.metric(name, key, metrics[key])
    key = key.removesuffix(_CHANGE)
    if name.startswith(_METRIC) and name.endswith(_CHANGE) and key in metrics:
        return points.metric_change(name, key, metrics[key])
    raise UnknownMeasure(name)


@dataclass(frozen=True)
class Base:
    """A measure over a window, to be taken from its relation; `key` is what the other queries call it."""

    measure: Measure
    days: int

    @property
    def key(self) -> str:
        return f"{self.measure.name}/{self.days}" if self.measure.window else self.measure.name

    @property
    def identity(self) -> tuple[str, str]:
        """What it is told apart by: measures of metrics share a name, whatever the blueprint does with their points."""
        return (self.key, self.measure.variant)


@dataclass(frozen=True)
class Request:
    """Everything that the columns of a computation need.

    Attributes
    ----------
    columns : what was asked for, in that order, each once.
    bases : for how many days before the days in question, and per relation, the measures to take from it. The days
        themselves, 0 days before, are always there.
    fields : the accounts' fields that are named, with their types.
    """

    columns: tuple[Column, ...]
    bases: Mapping[int, Mapping[str, tuple[Base, ...]]]
    fields: Mapping[str, str]
    metrics: Mapping[str, Metric]

    @classmethod
    def of(cls, columns: Iterable[Column], metrics: Mapping[str, Metric], custom: Mapping[str, str]) -> "Request":
        """Take columns apart. `custom` gives the company's own account fields. Raises UnknownMeasure."""
        asked = tuple({column.key: column for column in columns}.values())
        found: dict[int, dict[str, dict[str, Base]]] = {0: {}}
        fields = {"status": "text"}
        todo = list(asked)
        while todo:
            column = todo.pop()
            at = found.setdefault(column.ago, {})
            if type_ := ACCOUNT_FIELDS.get(column.name) or custom.get(column.name):
                fields[column.name] = type_
                continue
            named = definition(column.name, metrics)
            if isinstance(named, Derived):
                todo.extend(arguments(named, column).values())
                continue
            base = base_of(named, column)
            at.setdefault(named.over, {})[base.key] = base
        bases = {
            ago: {name: tuple(each for _, each in sorted(found[ago][name].items())) for name in sorted(found[ago])}
            for ago in sorted(found)
        }
        return cls(asked, bases, dict(sorted(fields.items())), metrics)

    @property
    def relations(self) -> frozenset[str]:
        """The relations that its measures are taken from."""
        return frozenset(name for at in self.bases.values() for name in at)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of fact that its relations read."""
        return tuple(sorted({kind for name in self.relations for kind in RELATIONS[name].kinds}))

    def taken_from(self, name: str) -> tuple[Base, ...]:
        """All measures of a relation, whatever the days on which they are asked for."""
        found = {base.key: base for at in self.bases.values() for base in at.get(name, ())}
        return tuple(found[key] for key in sorted(found))

    def reach(self, *relations: str) -> int:
        """How many days before the first day in question the rows of these relations may lie."""
        agos = [ago for ago, at in self.bases.items() if not at.keys().isdisjoint(relations)]
        spans = [base.days for name in relations for base in self.taken_from(name)]
        return max(agos, default=0) + max(spans, default=0)

    def sources(self, ago: int) -> tuple[str, ...]:
        """The sources whose coverage decides between zero and unknown, so many days before."""
        found = {source_of(base.measure) for bases in self.bases[ago].values() for base in bases}
        return tuple(sorted(source for source in found if source))

    @property
    def signature(self) -> Hashable:
        """What the query of its result is told apart by from those of other requests."""
        values = tuple(
            (ago, tuple(base.key for bases in at.values() for base in bases)) for ago, at in self.bases.items()
        )
        return (values, tuple(self.fields.items()), tuple(column.key for column in self.columns))


def base_of(found: Measure, column: Column) -> Base:
    """A measure over the window that a column asks for. How things stand on a day has no window: 1 day."""
    return Base(found, (column.window or found.window) if found.window else 1)


def arguments(found: Derived, column: Column) -> dict[str, Column]:
    """The columns that a derived column is made of, as many days back as it is itself."""
    needs = found.needs(column.window or found.window)
    return {name: Column(need.name, need.window, need.ago + column.ago) for name, need in needs.items()}


def source_of(found: Measure) -> str | None:
    """What coverage calls the source of a measure: its relation's, or its metric's own."""
    return found.source or RELATIONS[found.over].source


def _is_windowed(found: Measure | Derived) -> bool:
    if isinstance(found, Measure):
        return found.window is not None
    return found.needs(1) != found.needs(2)


def columns_of(names: Collection[str]) -> tuple[Column, ...]:
    """Columns by their keys: ``active_users``, ``active_users/7``, ``active_users/7@28``."""
    found = []
    for key in names:
        rest, _, ago = key.partition("@")
        name, _, window = rest.partition("/")
        found.append(Column(name, int(window) if window else None, int(ago or 0)))
    return tuple(found)
