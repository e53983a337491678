"""The tables of the lake: what each column holds, by which day rows are kept, and what makes a row the same row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

if TYPE_CHECKING:
    from pyiceberg.schema import Schema

# One word per type, in the three languages that the lake speaks: Iceberg's class by its name, Arrow's type, Ibis' word.
TYPES: Mapping[str, tuple[str, pa.DataType, str]] = {
    "text": ("StringType", pa.large_string(), "string"),
    "number": ("DoubleType", pa.float64(), "float64"),
    "integer": ("LongType", pa.int64(), "int64"),
    "boolean": ("BooleanType", pa.bool_(), "boolean"),
    "moment": ("TimestamptzType", pa.timestamp("us", tz="UTC"), "timestamp('UTC', 6)"),
    "day": ("DateType", pa.date32(), "date"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, whether a row must state it, and what it is where a row leaves it out."""

    type: str
    required: bool = False
    default: Any = None


@dataclass(frozen=True, slots=True)
class LakeTable:
    """A table: its columns, the day it is kept by, and how its rows are told apart.

    Attributes
    ----------
    key : the column that makes two rows the same row; the first one stored counts. None where rows are never repeated.
    day : the column that rows are partitioned and pruned by. None where the table is small and read whole.
    known, recorded : the columns that say when a row was known and when it was written down.
    cluster : how rows are ordered inside a file, so that a reader of one account skips the rest.
    """

    name: str
    columns: Mapping[str, Column]
    key: str | None = "key"
    day: str | None = "day"
    known: str | None = "known_at"
    recorded: str | None = "recorded_at"
    cluster: tuple[str, ...] = ("account_id",)

    @property
    def order(self) -> list[str]:
        """How rows are ordered inside a file: by day where there is one, then by what they cluster on."""
        return [*([self.day] if self.day else []), *self.cluster]

    @property
    def retractable(self) -> bool:
        return "retracted" in self.columns

    def iceberg(self) -> Schema:
        """The columns as Iceberg has them. Numbers follow the order of columns, so new ones are added at the end."""
        from pyiceberg import schema, types

        fields = ((name, getattr(types, TYPES[column.type][0])()) for name, column in self.columns.items())
        return schema.Schema(
            *(types.NestedField(at, *field, required=False) for at, field in enumerate(fields, start=1))
        )

    def arrow(self) -> pa.Schema:
        """The columns as Arrow has them, each with the number by which a file knows it."""
        return pa.schema([(name, TYPES[column.type][1]) for name, column in self.columns.items()])

    def relation(self) -> ibis.Table:
        """The table as measures speak of it: its name and columns, bound to no files yet."""
        return ibis.table({name: TYPES[column.type][2] for name, column in self.columns.items()}, name=self.name)


_MUST = {kind: Column(kind, required=True) for kind in TYPES}
_MAY = {kind: Column(kind) for kind in TYPES}
_RETRACTED = Column("boolean", default=False)
_TIMES = {
    "happened_at": _MUST["moment"],
    "known_at": _MUST["moment"],
    "recorded_at": _MUST["moment"],
    "day": _MUST["day"],
    "known_day": _MUST["day"],
}

EVENTS = LakeTable(
    "events",
    {
        "account_id": _MUST["text"],
        "user_id": _MAY["text"],
        "name": _MUST["text"],
        **_TIMES,
        "source": _MUST["text"],
        "key": _MUST["text"],
        "count": Column("number", default=1.0),
        "seconds": Column("number", default=0.0),
        "errors": Column("number", default=0.0),
        "properties": _MAY["text"],
        "retracted": _RETRACTED,
    },
    cluster=("account_id", "user_id"),
)

POINTS = LakeTable(
    "points",
    {
        "account_id": _MUST["text"],
        "metric": _MUST["text"],
        "value": _MUST["number"],
        **_TIMES,
        "source": _MUST["text"],
        "key": _MUST["text"],
        "retracted": _RETRACTED,
        "attribution": _MAY["text"],  # what brought it, as the blueprint names it; null where nobody knows
    },
)

LEDGER = LakeTable(
    "ledger",
    {
        "id": _MUST["integer"],
        "kind": _MUST["text"],
        "account_id": _MAY["text"],
        "subject": _MAY["text"],
        "subject_id": _MAY["text"],
        "actor_id": _MAY["text"],
        **_TIMES,
        "data": Column("text", default="{}"),
        "corrects": _MAY["integer"],
        "retracts": _MAY["integer"],
    },
    key="id",
)

COVERAGE = LakeTable(
    "coverage",
    {
        "source": _MUST["text"],
        "relation": _MUST["text"],
        "account_id": _MAY["text"],
        "from_day": _MUST["day"],
        "through_day": _MUST["day"],
        "known_at": _MUST["moment"],
        "recorded_at": _MUST["moment"],
        "key": _MUST["text"],
        "retracted": _RETRACTED,
    },
    day=None,
)

EVENTS_DAILY = LakeTable(
    "events_daily",
    {
        "account_id": _MUST["text"],
        "user_id": _MAY["text"],
        "name": _MUST["text"],
        "day": _MUST["day"],
        "known_day": _MUST["day"],
        "rows": _MUST["integer"],
        "count": _MUST["number"],
        "seconds": _MUST["number"],
        "errors": _MUST["number"],
        "revision": _MUST["integer"],
    },
    key=None,
    known=None,
    recorded=None,
)

_EDITION = {
    "edition": _MUST["text"],
    "day": _MUST["day"],
    "known_through": _MUST["moment"],
    "blueprint_version": _MUST["text"],
    "engine_version": _MUST["text"],
    "published_at": _MUST["moment"],
    "account_id": _MUST["text"],
}

MEASURES = LakeTable(
    "measures",
    {**_EDITION, "name": _MUST["text"], "value": _MAY["number"], "key": _MUST["text"]},
    known="known_through",
    recorded="published_at",
)

SCORES = LakeTable(
    "scores",
    {
        **_EDITION,
        "card": _MUST["text"],
        "card_version": _MUST["integer"],
        "score": _MAY["number"],
        "band": _MUST["text"],
        "coverage": _MUST["number"],
        "explanation": Column("text", default="{}"),
        "key": _MUST["text"],
    },
    known="known_through",
    recorded="published_at",
)

KPIS = LakeTable(
    "kpis",
    {
        **{name: column for name, column in _EDITION.items() if name != "account_id"},
        "scope": _MUST["text"],
        "kpi": _MUST["text"],
        "value": _MAY["number"],
        "at_least": _MUST["boolean"],
        "count": _MUST["integer"],
        "unknown": _MUST["integer"],
        "open": _MUST["integer"],
        "key": _MUST["text"],
    },
    known="known_through",
    recorded="published_at",
    cluster=("scope",),
)

BATCHES = LakeTable(
    "batches",
    {"table": _MUST["text"], "batch": _MUST["text"], "stored_at": _MUST["moment"]},
    key=None,
    day=None,
    known=None,
    recorded=None,
    cluster=("table", "batch"),
)

TABLES: Mapping[str, LakeTable] = {
    table.name: table for table in (EVENTS, POINTS, LEDGER, COVERAGE, EVENTS_DAILY, MEASURES, SCORES, KPIS, BATCHES)
}
