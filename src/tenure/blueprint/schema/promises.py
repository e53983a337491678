"""What is promised and delivered: triggers, journeys, commitments, kinds of deliverable, metrics and goals."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tenure.blueprint.meanings import (
    AccountExpression,
    Duration,
    FactExpression,
    FactKind,
    Key,
    MetricKey,
    Name,
    Part,
    RoleKey,
    WarnAfter,
)


class Trigger(Part):
    """A fact that something waits for: its kind, narrowed by an expression over the fact."""

    on: FactKind
    where: FactExpression | None = None


class JourneyItem(Part):
    """One line of a stage's checklist. `after` names items of the same journey, in this stage or another.

    Where `client_ticks` is true the client may say by themselves that it is done.
    """

    label: Name
    owner: RoleKey
    due: Duration = "2 business days"
    after: tuple[Key, ...] = ()
    waits_for: Literal["us", "client", "partner"] = "us"
    client_label: str = ""
    client_ticks: bool = False
    done_by: Trigger | None = None


class Stage(Part):
    """A stretch of the journey: what opens it, how long it may last, and its checklist."""

    label: Name
    client_label: str = ""
    enters: Trigger | None = None
    within: Duration | None = None
    items: dict[Key, JourneyItem] = {}


class Journey(Part):
    """The way an account goes, from stage to stage, in the order in which they stand.

    It is deployed by the `starts` fact, unless that happened longer than `starts_within` before it was written down:
    an old book that is imported does not begin all over.
    """

    label: Name
    starts: Trigger | None = None
    starts_within: Duration = "30 days"
    applies: AccountExpression | None = None
    stages: dict[Key, Stage]


class HandoverField(Part):
    """One thing that whoever takes over has to know. What is `needed` is written before it can be handed over."""

    label: Name
    help: str = ""
    needed: bool = False


class HandoverForm(Part):
    """What one role writes down for another when work on an account passes between them.

    Where `many` is true several may be under way on an account at a time, such as pieces of work.
    """

    label: Name
    about: str = ""
    giver: RoleKey
    taker: RoleKey
    many: bool = False
    fields: dict[Key, HandoverField] = {}


class Commitment(Part):
    """A promise to a customer, kept as terms. A clock opens on a fact and is met by one; a cadence recurs.

    `match` says which opening a fact meets: the oldest open one of the ``account``, ``all`` of them, the one with the
    same ``subject``, or the one whose data agree in the named field, such as ``answers``. `hours` says in whose hours
    time is counted. A cadence begins with `opens`, or with the account where it has none; with `within` it is due
    sooner than its period ends.
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
    warn: WarnAfter = "75 %"
    settle: Duration = "0 hours"
    hours: Literal["always", "company", "owner", "account"] = "always"
    applies: AccountExpression | None = None
    owner: RoleKey
    target: Annotated[Decimal, Field(ge=0, le=100)] | None = None  # per cent of verdicts that are met
    client_visible: bool = False
    source: str | None = None  # the source that must have been read past due before a miss counts


class WorkState(Part):
    """A state that work goes through, and what it means to everybody else.

    An ``idea`` is noted, ``planned`` waits for its material, ``received`` has it, ``making`` is in work, ``review`` is
    for the client to decide, ``ready`` waits for its day, ``done`` went out. `required` on a review: nothing goes past
    it unseen.
    """

    label: Name
    client_label: str = ""
    means: Literal["idea", "planned", "received", "making", "review", "ready", "done"]
    required: bool = False


class WorkFormat(Part):
    """A form that such a thing takes, with a guide to its material that the client reads."""

    label: Name
    guide: str = ""


class DeliverableType(Part):
    """A kind of thing that is made for a client; facts about deliverables name it in `data.type`.

    With `states` it is worked on step by step, in their order; the last of them is that it went out, as delivered.
    `per_week` is the usual rhythm, where nothing else is agreed with a client; `weeks_ahead` is how far it should be
    planned. `results` are the metrics in which one
    says afterwards what a single thing did.
    """

    label: Name
    about: str = ""
    client_visible: bool = True
    within: Duration | None = None  # the usual time from planned to delivered
    states: dict[Key, WorkState] = {}
    formats: dict[Key, WorkFormat] = {}
    per_week: Annotated[Decimal, Field(gt=0, le=100)] | None = None
    weeks_ahead: Annotated[int, Field(ge=1, le=52)] | None = None
    results: tuple[MetricKey, ...] = ()

    def first(self, *meanings: str) -> str:
        """The first state with one of these meanings; empty where there is none."""
        return next((key for key, state in self.states.items() if state.means in meanings), "")

    def place(self, state: str) -> int:
        """Where a state stands in the order; -1 for one that is not among them."""
        return next((at for at, key in enumerate(self.states) if key == state), -1)

    def after(self, state: str) -> str:
        """The state that follows one; empty after the last."""
        keys = list(self.states)
        at = self.place(state) + 1
        return keys[at] if at < len(keys) else ""


class Metric(Part):
    """A series of points per account, entered, imported or received.

    `goal_days` says how a goal reads it: over so many days back from its newest point, put together by `aggregate`.
    `attribution` names what may bring a thing that is counted, such as a profile or a channel; a point may say which.
    """

    label: Name
    unit: str = ""
    better: Literal["up", "down"] = "up"
    aggregate: Literal["sum", "mean", "last", "max"] = "sum"
    goal_days: Annotated[int, Field(ge=1, le=366)] = 28
    attribution: dict[Key, Name] = {}
    client_visible: bool = False
    about: str = ""


class GoalTemplate(Part):
    """A kind of goal that accounts set themselves."""

    label: Name
    metric: MetricKey | None = None
    within: Duration = "90 days"
    home_run: bool = False
    about: str = ""
