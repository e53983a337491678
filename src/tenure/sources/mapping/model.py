"""A mapping, typed: files, their columns, what a row makes, what must hold, and which days a file covers.

Texts that are not marked otherwise are expressions of the blueprint's language over the row: a column's name is the
simplest one. ``<join>.<column>`` is a column of the matching row of another file, ``<join>.count`` how many match.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag, field_validator, model_validator

from tenure.blueprint.meanings import Key, Name, OperationName, Part, Zone

Scalar = bool | int | Decimal | str | None
Expression = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
ColumnName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f]{1,200}$")]
Severity = Literal["quarantine", "flag"]


class Column(Part):
    """One value of a row: where it stands, its type, and how the file writes it.

    A column may instead be derived: by an `expression` over the columns above it, or as the moment that lies `by`
    so many `unit` `after` another one.
    """

    source: str | None = Field(None, alias="from")
    type: Literal["text", "number", "integer", "boolean", "day", "moment"] = "text"
    format: str | None = None
    decimal: Literal["point", "comma"] = "point"
    required: bool = False
    empty: tuple[str, ...] = ("",)
    values: dict[str, Scalar] | None = None
    otherwise: Scalar = None
    default: Scalar = None
    least: Decimal | None = None
    most: Decimal | None = None
    expression: Expression | None = None
    after: ColumnName | None = None
    by: ColumnName | None = None
    unit: Literal["seconds", "minutes", "hours", "days"] = "minutes"

    @property
    def is_derived(self) -> bool:
        return self.expression is not None or self.after is not None


class Join(Part):
    """Rows of another file whose `to` equals this row's `on`. Where `many` match, only their count has a meaning."""

    file: Key
    on: ColumnName
    to: ColumnName
    many: bool = False


class Check(Part):
    """What should hold for each row. It fails where the expression is false; an unknown does not fail it."""

    expect: Expression
    severity: Severity = "flag"
    label: Name
    mend: str = ""
    shows: tuple[ColumnName, ...] = ()


class Unique(Part):
    """Columns that together should not repeat within the file, beyond the key itself."""

    columns: tuple[ColumnName, ...]
    severity: Severity = "flag"
    label: Name
    mend: str = ""


class Constant(Part):
    """A value that every row has."""

    value: Scalar


class Wording(Part):
    """A text with columns in braces, such as ``Ticket {ticket_id}``."""

    text: str


class Ref(Part):
    """Another noun by its external key: that of `column` in this mapping's source, or in another `source`."""

    ref: Key
    column: ColumnName
    source: Key | None = None
    optional: bool = False


class Colleague(Part):
    """One of our own people by the e-mail address that stands in a column."""

    person: ColumnName


class Object(Part):
    """Several values under one argument, such as a company's own fields."""

    object: dict[str, Take]


class Several(Part):
    """A list of values."""

    list: tuple[Take, ...]


_FORMS = {"value": "constant", "text": "wording", "ref": "ref", "person": "person", "object": "object", "list": "list"}


def _form(given: Any) -> str | None:
    """Which form of a value this is: by the key that it names, else a plain scalar."""
    match given:
        case Part():
            return next(form for key, form in _FORMS.items() if key in type(given).model_fields)
        case dict():
            return next((form for key, form in _FORMS.items() if key in given), None)
        case bool() | int() | float() | Decimal():
            return "number"
        case str():
            return "expression"
        case _:
            return None


Take = Annotated[
    Annotated[Expression, Tag("expression")]
    | Annotated[bool | int | Decimal, Tag("number")]
    | Annotated[Constant, Tag("constant")]
    | Annotated[Wording, Tag("wording")]
    | Annotated[Ref, Tag("ref")]
    | Annotated[Colleague, Tag("person")]
    | Annotated[Object, Tag("object")]
    | Annotated[Several, Tag("list")],
    Discriminator(_form),
]


class Step(Part):
    """One more fact about what a row made: an operation on it, at its own moment, where `only_if` holds."""

    do: OperationName
    only_if: Expression | None = None
    arguments: dict[str, Take] = {}
    happened_at: Expression | None = None
    known_at: Expression | None = None


class Event(Part):
    """One event of product usage. A number that is left out is 1 for the count, and 0 for seconds and errors."""

    name: Take
    user: Take | None = None
    count: Take | None = None
    seconds: Take | None = None
    errors: Take | None = None
    properties: dict[str, Take] = {}


class Point(Part):
    """One value of a metric on a day; of what is counted, also only what one thing brought of it."""

    metric: Take
    value: Take
    attribution: Take | None = None


class Make(Part):
    """What a row makes: a noun through an operation, with steps that follow; or an event or a point of the lake.

    `account` says whose it is and `about` which row the operation acts on, where that is not the account. Moments are
    expressions; a day is the moment at which it begins. Where `known_at` is unsaid a thing is known at import.
    """

    noun: Key
    key: tuple[ColumnName, ...] | None = None
    only_if: Expression | None = None
    account: Ref | None = None
    about: Ref | None = None
    do: OperationName | None = None
    change: OperationName | None = None
    arguments: dict[str, Take] = {}
    happened_at: Expression | None = None
    known_at: Expression | None = None
    changed_at: Expression | None = None
    then: dict[Key, Step] = {}
    event: Event | None = None
    point: Point | None = None

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _is_one_thing(self) -> Make:
        if sum(each is not None for each in (self.do, self.event, self.point)) != 1:
            raise ValueError("say one of do, event and point")
        if self.do is None and (self.change or self.then or self.arguments or self.about):
            raise ValueError("an event or a point has no arguments, change, about or steps")
        if self.do is None and self.account is None:
            raise ValueError("an event or a point names its account")
        if self.do is None and self.happened_at is None:
            raise ValueError("an event or a point says when it happened")
        return self

    @property
    def table(self) -> Literal["events", "points"] | None:
        """The table of the lake that this goes to; None where an operation makes it."""
        return "events" if self.event else "points" if self.point else None


class Covers(Part):
    """The days on which this file tells all there is about a relation: only there is nothing the same as zero.

    ``min`` and ``max`` are the first and last day on which a loaded row happened. `known` is when that could be
    known: at import, or on each of the days themselves.
    """

    relation: Key
    first: Literal["min"] | date = Field("min", alias="from")
    through: Literal["max", "import"] | date = "max"
    known: Literal["import", "daily"] = "import"


class File(Part):
    """One file: its name (``*`` and ``?`` stand for any text and any letter), how it is written, and what it means."""

    name: FileName
    format: Literal["csv", "xlsx"] | None = None
    sheet: str | None = None
    encoding: str | None = None
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    columns: dict[Key, Column]
    key: tuple[ColumnName, ...]
    joins: dict[Key, Join] = {}
    only_if: Expression | None = None
    checks: dict[Key, Check] = {}
    unique: dict[Key, Unique] = {}
    repeated: Name = "The key repeats"
    makes: tuple[Make, ...] = ()
    covers: tuple[Covers, ...] = ()

    @field_validator("key", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given


class Mapping(Part):
    """What the files of one source mean. Files are read in the order in which they stand."""

    source: Key
    label: Name
    about: str = ""
    zone: Zone | None = None
    files: dict[Key, File]


Object.model_rebuild()
Several.model_rebuild()
