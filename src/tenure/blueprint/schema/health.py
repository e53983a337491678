"""How accounts and the team are judged: own measures, scorecards, signals and KPIs."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tenure.blueprint.meanings import (
    AccountExpression,
    CommitmentKey,
    Duration,
    Key,
    Name,
    Part,
    PlaybookKey,
    Reason,
    RoleKey,
    SignalKey,
)

_BY_ALIAS = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MeasureDef(Part):
    """A measure of the company's own, as an expression over the catalogue's measures."""

    label: Name
    is_: Annotated[AccountExpression, Field(alias="is")]
    unit: str = ""
    better: Literal["up", "down"] = "up"
    about: str = ""

    model_config = _BY_ALIAS


class Band(Part):
    """A stretch of a score: from this value upward, until the next band's."""

    label: Name
    tone: Literal["green", "yellow", "red"]
    from_: Annotated[Decimal, Field(alias="from")]

    model_config = _BY_ALIAS


class Component(Part):
    """One part of a score: a measure, its weight, and the points that its values earn.

    `points` is a piecewise-linear curve of [measure value, points]; outside its ends the nearest end holds.
    `missing` says what an unknown value does: makes the whole unknown, leaves the part out, or earns `missing_points`.
    """

    label: Name
    measure: AccountExpression
    weight: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    points: tuple[tuple[Decimal, Decimal], ...]
    missing: Literal["unknown", "leave_out", "points"] = "unknown"
    missing_points: Decimal | None = None
    why: str = ""
    good: str = ""  # the sentence's reason when this part lifts the score
    bad: str = ""  # the sentence's reason when this part drags it


class Override(Part):
    """A rule that sets a band whatever the parts say, such as an open escalation."""

    label: Name
    when: AccountExpression
    band: Key


class Scorecard(Part):
    """How health is scored. Bands are ordered by `from`; the score is a weighted mean rounded to `decimals`.

    The primary card's score is what the measures `score` and `score_days_in_band` and the standing of accounts show.
    """

    label: Name
    primary: bool = False
    version: int = 1
    written_on: date | None = None
    applies: AccountExpression | None = None
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(100)
    decimals: Annotated[int, Field(ge=0, le=4)] = 0
    components: dict[Key, Component]
    bands: dict[Key, Band]
    overrides: dict[Key, Override] = {}
    least_coverage: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(1)  # share of weight that must be known
    why: str = ""


class Signal(Part):
    """A condition on an account that informs people once it has held for a while."""

    label: Name
    when: AccountExpression
    for_: Annotated[Duration, Field(alias="for")] = "0 days"
    severity: Literal["red", "yellow", "green"] = "yellow"
    owner: RoleKey
    reason: Reason = ""  # a template over measures: "No meeting for {days_since_meeting} days"
    inhibited_by: tuple[SignalKey, ...] = ()
    play: PlaybookKey | None = None
    kind: Literal["risk", "expansion", "lifecycle", "activity", "objective"] = "risk"

    model_config = _BY_ALIAS


class Kpi(Part):
    """A number by which the team is judged: over a commitment's verdicts, or over the accounts of a book.

    With a commitment, `share` is the per cent of the promises due that were met, `mean` and `median` the days from
    opening to being met, of those that fell due in the time of `over`, back from the day shown. With a measure, `share`
    is the per cent of accounts for which it is true on that day, and `sum` of a condition counts them; its own windows
    say how far back it looks. `where` narrows the accounts.
    """

    label: Name
    kind: Literal["lead", "lag"]
    why: str
    commitment: CommitmentKey | None = None
    measure: AccountExpression | None = None
    of: Literal["mean", "share", "sum", "median"] = "mean"
    where: AccountExpression | None = None
    over: Duration = "90 days"
    target: Decimal | None = None
    better: Literal["up", "down"] = "up"
    unit: str = ""
