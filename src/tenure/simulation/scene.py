"""What a blueprint says about its own simulation, under ``settings.simulation``: all of it optional, all of it data.

Words of the trade, prices, shares and planted stories stand there; how a simulated company lives stands in this room
and is the same for every company.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.simulation.phrases import unknown_slots
from tenure.simulation.states import State

Range = Annotated[tuple[float, float], Field(description="the lowest and the highest value")]


class Piece(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Crew(Piece):
    """How many people hold a role: one per so many accounts, and at least so many; their levels in turn."""

    accounts_each: float | None = None
    at_least: int = 1
    levels: tuple[str, ...] = ()


class Trade(Piece):
    """A kind of customer: what it is called, how such businesses name themselves, and what they talk about.

    Names are patterns over {surname}, {surname2}, {given}, {place}, {river} and {word}.
    """

    label: str
    names: tuple[str, ...]
    things: tuple[str, ...] = ("the project", "the next quarter", "the new location")
    people: tuple[str, ...] = ("Office manager",)


class Offer(Piece):
    """What accounts of a tier buy: their share of the book, the yearly amount, and how many seats."""

    share: float = 1.0
    amount: Range = (6_000, 18_000)
    seats: Range | None = None


def _filled(pattern: str) -> str:
    unknown = unknown_slots(pattern)
    if unknown:
        raise ValueError(f"nothing fills {{{unknown[0]}}} in “{pattern}”")
    return pattern


Pattern = Annotated[str, AfterValidator(_filled)]


class Exchange(Piece):
    """Something a client writes, and what a good answer to it says."""

    ask: Pattern
    answer: Pattern
    mood: Literal["any", "good", "bad"] = "any"


class Trouble(Piece):
    """Something that goes wrong for a client: its kind, how bad, what they say, and what was done about it."""

    title: Pattern
    mended: Pattern
    severity: Literal["low", "normal", "high", "urgent"] = "normal"
    type: str = ""


class Series(Piece):
    """How a metric runs.

    It has a level at the start, which grows with the mood, and a point so often. Points come from a `source` into the
    lake.
    """

    source: str = "feed"
    start: Range = (10, 60)
    every: Literal["day", "week"] = "day"
    noise: float = 0.18
    growth: float = 1.0
    weekend: float = 1.0
    whole: bool = True
    brought_by: dict[str, float] = {}  # what brings what is counted, and its share; the rest nobody knows of
    highest: float | None = None


class Stream(Piece):
    """Work that goes out to a client week after week: its kind of deliverable, and how many a week.

    Without a number it is what the kind itself says, else one.
    """

    deliverable: str
    per_week: float | None = None


class Event(Piece):
    """A product event: how often an active user does it on a working day, and how long it takes them."""

    per_day: float = 1.0
    seconds: float = 0.0
    error_share: float = 0.0
    from_mood: float = 0.0  # users of a mood below do not do it at all: a feature that only the well-served find


class Usage(Piece):
    """How a product is used: the share of seats that ever come, on how many working days, and what they do there."""

    adoption: Range = (0.35, 0.9)
    days_active: float = 0.55
    weekend: float = 0.08
    events: dict[str, Event] = {}


class Story(Piece):
    """Something planted in the life of an account, so that finding it can be measured.

    `found_by` is the signal that should fire at the latest `within_days` after it began; a decoy names in `found_by`
    the signal that should stay silent. What stands below `depth` is for stories that are planted on one account and
    day: for so many days before them, and while they run, nothing else befalls the account.
    """

    does: Literal[
        "usage_drops",
        "goes_silent",
        "champion_leaves",
        "issue_burst",
        "metrics_fall",
        "ratings_fall",
        "holiday",
        "spike",
        "rated",
        "delivers",
        "writes",
        "stays_away",
        "moves_meetings",
        "plan_runs_dry",
        "stops_sending",
        "stalls",
        "nothing",
    ]
    found_by: str = ""
    within_days: int = 42
    share: float = 0.06
    decoy: bool = False
    lasts_days: int = 60
    depth: float = 0.7
    calm_days: int = 30
    ratings: tuple[int, ...] = ()  # given part by part in each meeting, while it is `rated`
    reaches_goal: bool = False  # and an outcome is reached on its first day
    meeting: str = ""  # held on its first day, and not before
    deliverable: str = ""  # what follows that meeting
    hours: float = 0.0  # after the meeting it is delivered; after a message it is answered
    settled: bool = False  # the message is settled as answered elsewhere
    count: int = 0  # pieces of the weekly work that stand in the plan; the first goes out after a week


class Plant(Piece):
    """A story for one account, by its number from 1, and day, counted from the one on which it is taken on."""

    key: str
    account: int
    after_days: int
    story: Story


class Talk(Piece):
    """Sentences by occasion. Each may hold {slots}, and [one|another] wording of a part."""

    exchanges: tuple[Exchange, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    notes: tuple[Pattern, ...] = ()
    notes_worried: tuple[Pattern, ...] = ()
    client_notes: tuple[Pattern, ...] = ()
    decisions: tuple[Pattern, ...] = ()
    actions: tuple[Pattern, ...] = ()
    client_actions: tuple[Pattern, ...] = ()
    calls: tuple[Pattern, ...] = ()
    tasks: tuple[Pattern, ...] = ()
    next_steps: tuple[Pattern, ...] = ()
    pauses: tuple[Pattern, ...] = ()
    snoozes: tuple[Pattern, ...] = ()
    closings: tuple[Pattern, ...] = ()  # of a signal that is closed by hand
    misses_ours: tuple[Pattern, ...] = ()
    misses_theirs: tuple[Pattern, ...] = ()
    corrections: tuple[Pattern, ...] = ()
    deliverables: dict[str, tuple[Pattern, ...]] = {}
    goals: dict[str, tuple[Pattern, ...]] = {}
    updates: tuple[Pattern, ...] = ()  # what we write of our own accord
    praise: tuple[Pattern, ...] = ()
    feedback: tuple[Pattern, ...] = ()
    evidence: tuple[Pattern, ...] = ()  # of a rating
    proofs: tuple[Pattern, ...] = ()  # of how a goal ended; a client reads them
    proofs_read: tuple[Pattern, ...] = ()  # the same where the figures of a source say it
    handover: dict[str, tuple[Pattern, ...]] = {}  # by field of the form
    sent_back: tuple[Pattern, ...] = ()  # why a hand-over came back


class Scene(Piece):
    """The whole of ``settings.simulation``."""

    crew: dict[str, Crew] = {}
    zones: tuple[str, ...] = ()
    country: str = "US"
    places: tuple[str, ...] = ()
    rivers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    surnames: tuple[str, ...] = ()
    trades: dict[str, Trade] = {}
    tiers: dict[str, Offer] = {}
    owners: float = 0.0  # the share of first contacts who own the business
    existing: float = 0.0  # the share of accounts that are customers already when the company begins to use the system
    history_days: int = 0  # how far back figures of use and metrics reach when an account is taken on
    terms_months: dict[int, float] = {12: 1.0}
    notice_days: int = 30
    auto_renews: float = 0.7
    mood_at_start: dict[State, float] = {State.THRIVING: 0.2, State.STEADY: 0.65, State.DRIFTING: 0.15}
    messages: float = 1.0  # how much more or less than usual clients write
    issues: float = 1.0  # and how often something goes wrong
    usage: Usage | None = None
    metrics: dict[str, Series] = {}
    sources: dict[str, float] = {"referral": 0.4, "website": 0.35, "event": 0.25}
    leaving_reasons: tuple[str, ...] = ("budget", "no_time", "no_value", "sold_business")
    stream: Stream | None = None
    surveys: dict[str, int] = {}  # every so many days each client is asked
    stories: dict[str, Story] = {}
    planted: tuple[Plant, ...] = ()
    talk: Talk = Talk()


def scene_of(model: Model) -> Scene:
    """The scene that a blueprint sets. Raises Refused where the section is not of this form."""
    given: Any = model.settings.get("simulation") or {}
    try:
        return Scene.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Refused(
            "simulation", f"settings.simulation.{where}: {first['msg']}", field=f"settings.simulation.{where}"
        ) from error
