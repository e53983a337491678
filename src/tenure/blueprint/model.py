"""The operating model, typed. A blueprint's YAML files are read into one `Model`; every room reads its part of it.

Each section is a mapping from a key (``[a-z][a-z0-9_]*``) to a part. Expressions are kept as text here and parsed by
`tenure.blueprint.expressions`; durations are kept as text and parsed by `tenure.base.duration`.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Meaning:
    """Says what a text means, so that `check` can find and verify it wherever it stands in the model."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


# What a text may be. `check` verifies each against the vocabulary.
AccountExpression = Annotated[str, Meaning("expression:account")]  # over measures and account fields, on a day
FactExpression = Annotated[str, Meaning("expression:fact")]  # over one fact's fields: kind, subject, data.*, account.*
Duration = Annotated[str, Meaning("duration")]  # "24 hours", "2 business days", "75 %" (warn only)
FactKind = Annotated[str, Meaning("fact")]
OperationName = Annotated[str, Meaning("operation")]  # also a pattern: "meeting.*", "*"
RoleKey = Annotated[str, Meaning("role")]
MeasureName = Annotated[str, Meaning("measure")]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Company(Part):
    """Who the company is and how it counts time and money."""

    name: Name
    zone: str = "UTC"
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "USD"
    calendar: Key = "standard"
    fiscal_year_starts: Annotated[int, Field(ge=1, le=12)] = 1
    accent: str | None = None
    about: str = ""


class Words(Part):
    """What the company calls a thing, in the singular and the plural."""

    one: Name
    many: Name


class Level(Part):
    """A rung of a role's ladder; higher `rank` may do more."""

    label: Name
    rank: int
    about: str = ""
    accounts_from: int | None = None
    accounts_to: int | None = None


class Role(Part):
    """A kind of person. `reach` says which accounts they see: their book, pod, team, all, or their own (a client)."""

    label: Name
    many: Name | None = None
    reach: Literal["book", "pod", "team", "all", "own"] = "book"
    portal: bool = False
    accountable: str = ""
    home: Literal["today", "portfolio", "team", "portal"] = "today"
    levels: dict[Key, Level] = {}
    owns: tuple[str, ...] = ()
    measured_by: tuple[Key, ...] = ()
    week: tuple[str, ...] = ()


class Raci(Part):
    """Who does an act. Accountable and responsible may do it; consulted must be asked first; informed are told.

    `limits` names, per role, the lowest level that may do it alone. `where` narrows the rule to some subjects.
    """

    accountable: RoleKey
    responsible: tuple[RoleKey, ...] = ()
    consulted: tuple[RoleKey, ...] = ()
    informed: tuple[RoleKey, ...] = ()
    limits: dict[Key, Key] = {}
    within: Duration = "2 business days"
    on_silence: Literal["proceed", "escalate", "lapse"] = "escalate"
    why: str = ""


class Tier(Part):
    """A service tier: its promise to accounts of this size and the touch they get."""

    label: Name
    rank: int = 0
    about: str = ""
    touch: Literal["high", "mid", "low", "digital"] = "mid"
    hours_per_month: Decimal | None = None


class Segment(Part):
    """A saved way of looking at the book: accounts for which the expression is true."""

    label: Name
    where: AccountExpression
    roles: tuple[RoleKey, ...] = ()
    sort: str = ""


class Calendar(Part):
    """Working hours and holidays. `hours` gives spans per weekday, such as ``mon: ["09:00-12:00", "13:00-17:00"]``."""

    label: Name = "Standard"
    zone: str | None = None
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[str, ...]]
    holidays: tuple[date, ...] = ()


class CustomField(Part):
    """A field of one's own on a record."""

    on: Literal["account", "contact", "contract", "meeting", "issue"] = "account"
    label: Name
    type: Literal["text", "number", "boolean", "day", "choice", "link"] = "text"
    choices: tuple[str, ...] = ()
    client_visible: bool = False
    help: str = ""


class Trigger(Part):
    """A fact that something waits for: its kind, narrowed by an expression over the fact."""

    on: FactKind
    where: FactExpression | None = None


class JourneyItem(Part):
    """One line of a stage's checklist."""

    label: Name
    owner: RoleKey
    due: Duration = "2 business days"
    after: tuple[Key, ...] = ()
    waits_for: Literal["us", "client", "partner"] = "us"
    client_label: str = ""
    done_by: Trigger | None = None


class Stage(Part):
    """A stretch of the journey: what opens it, what ends it, and its checklist."""

    label: Name
    client_label: str = ""
    enters: Trigger | None = None
    within: Duration | None = None
    items: dict[Key, JourneyItem] = {}


class Journey(Part):
    """The way an account goes, from stage to stage."""

    label: Name
    starts: Trigger | None = None
    applies: AccountExpression | None = None
    stages: dict[Key, Stage]


class Commitment(Part):
    """A promise to a customer, kept as terms. A clock opens on a fact and is met by one; a cadence recurs.

    `match` says which opening a fact meets: the oldest open one of the account, or the one with the same subject, or
    the one whose data agree in the named field. `hours` says in whose hours time is counted.
    """

    label: Name
    promise: str = ""
    kind: Literal["clock", "cadence"] = "clock"
    opens: Trigger | None = None
    met_by: tuple[Trigger, ...]
    cancelled_by: tuple[Trigger, ...] = ()
    match: str = "account"
    count: Annotated[int, Field(ge=1)] = 1
    within: Duration | None = None
    every: Duration | None = None
    warn: Duration = "75 %"
    settle: Duration = "0 hours"
    hours: Literal["always", "company", "owner", "account"] = "always"
    applies: AccountExpression | None = None
    owner: RoleKey
    target: Annotated[Decimal, Field(ge=0, le=100)] | None = None  # per cent of verdicts that are met
    client_visible: bool = False
    source: str | None = None  # the source that must have been read past due before a miss counts


class Metric(Part):
    """A series of points per account, entered, imported or received."""

    label: Name
    unit: str = ""
    better: Literal["up", "down"] = "up"
    aggregate: Literal["sum", "mean", "last", "max"] = "sum"
    client_visible: bool = False
    about: str = ""


class MeasureDef(Part):
    """A measure of the company's own, as an expression over the catalogue's measures."""

    label: Name
    is_: Annotated[AccountExpression, Field(alias="is")]
    unit: str = ""
    better: Literal["up", "down"] = "up"
    about: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class GoalTemplate(Part):
    """A kind of goal that accounts set themselves."""

    label: Name
    metric: Key | None = None
    within: Duration = "90 days"
    home_run: bool = False
    about: str = ""


class Band(Part):
    """A stretch of a score: from this value upward, until the next band's."""

    label: Name
    tone: Literal["green", "yellow", "red"]
    from_: Annotated[Decimal, Field(alias="from")]
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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
    """How health is scored. Bands are ordered by `from`; the score is a weighted mean rounded to `decimals`."""

    label: Name
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
    reason: str = ""  # a template over measures: "No meeting for {days_since_meeting} days"
    inhibited_by: tuple[Key, ...] = ()
    play: Key | None = None
    kind: Literal["risk", "expansion", "lifecycle", "activity", "objective"] = "risk"
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Step(Part):
    """One step of a playbook: an effect for somebody, due so long after the play began or the named step ended."""

    label: Name
    owner: RoleKey
    does: Literal["task", "meeting", "message", "escalate", "note"] = "task"
    due: Duration = "1 business day"
    after: tuple[Key, ...] = ()
    when: AccountExpression | None = None
    about: str = ""
    template: Key | None = None
    to: RoleKey | None = None  # whom an escalation goes to


class Playbook(Part):
    """What people do when something is so: steps, and the outcome by which the playbook is measured."""

    label: Name
    why: str = ""
    steps: dict[Key, Step]
    outcome: AccountExpression | None = None
    within: Duration = "30 days"
    stops: AccountExpression | None = None  # the play ends early where this is true


class EscalationStep(Part):
    """One rung of an escalation: who holds it, and how long before it goes on to the next."""

    to: RoleKey
    within: Duration


class Escalation(Part):
    label: Name
    path: tuple[EscalationStep, ...]


class Question(Part):
    text: Name
    scale: Literal["nps", "csat", "ces", "rating", "text"] = "rating"
    low: str = ""
    high: str = ""


class Survey(Part):
    label: Name
    questions: dict[Key, Question]


class MeetingType(Part):
    """A kind of meeting: its length, agenda and whom it needs."""

    label: Name
    minutes: int = 45
    agenda: tuple[str, ...] = ()
    ratings: dict[Key, Question] = {}
    roles: tuple[RoleKey, ...] = ()
    client_visible: bool = True
    cause: str = ""


class Kpi(Part):
    """A number by which the team is judged: over accounts, or the share of a commitment that was met."""

    label: Name
    kind: Literal["lead", "lag"]
    why: str
    commitment: Key | None = None
    measure: AccountExpression | None = None
    of: Literal["mean", "share", "sum", "median"] = "mean"
    where: AccountExpression | None = None
    target: Decimal | None = None
    better: Literal["up", "down"] = "up"
    unit: str = ""


class Template(Part):
    """Text with `{placeholders}` that a person sends after reading it."""

    label: Name
    subject: str = ""
    body: str


class Model(Part):
    """A whole operating model."""

    company: Company
    words: dict[Key, Words] = {}
    roles: dict[Key, Role] = {}
    raci: dict[str, Raci] = {}
    tiers: dict[Key, Tier] = {}
    segments: dict[Key, Segment] = {}
    calendars: dict[Key, Calendar] = {}
    fields: dict[Key, CustomField] = {}
    journeys: dict[Key, Journey] = {}
    commitments: dict[Key, Commitment] = {}
    metrics: dict[Key, Metric] = {}
    measures: dict[Key, MeasureDef] = {}
    goals: dict[Key, GoalTemplate] = {}
    scorecards: dict[Key, Scorecard] = {}
    signals: dict[Key, Signal] = {}
    playbooks: dict[Key, Playbook] = {}
    escalations: dict[Key, Escalation] = {}
    surveys: dict[Key, Survey] = {}
    meetings: dict[Key, MeetingType] = {}
    kpis: dict[Key, Kpi] = {}
    templates: dict[Key, Template] = {}
    settings: dict[str, Any] = {}
