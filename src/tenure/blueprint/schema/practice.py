"""The practice ground: a made-up client, what is to be done for it, calls that are played, and how it is judged."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from tenure.blueprint.meanings import (
    DeliverableKey,
    FactExpression,
    FactKind,
    Key,
    MetricKey,
    Name,
    Part,
    RoleKey,
    ScriptExpression,
    Zone,
)

_BY_ALIAS = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
LOWEST, HIGHEST = 0, 10  # of a hidden level
Level = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Step = Annotated[int, Field(ge=-HIGHEST, le=HIGHEST)]


class PracticeContact(Part):
    """Somebody at the client. The first one is the person to write to."""

    name: Name
    title: str = ""
    role: Literal["champion", "sponsor", "decision_maker", "user", "detractor", "other"] = "other"


class PracticeContract(Part):
    """What the client bought: a yearly amount, and when it began, as days before the work is handed over."""

    amount: Annotated[Decimal, Field(gt=0)]
    began: Annotated[int, Field(ge=0, le=1000)] = 30
    months: Annotated[int, Field(ge=1, le=60)] = 12


class PracticeMessage(Part):
    """A message of the days before: how many days ago, and who wrote it; `ours` is one that we sent."""

    days_ago: Annotated[int, Field(ge=0, le=1000)]
    text: str
    subject: str = ""
    by: Key | None = None
    ours: bool = False


class PracticeWork(Part):
    """A thing that was made and delivered before."""

    type: DeliverableKey
    title: Name
    days_ago: Annotated[int, Field(ge=1, le=1000)]


class PracticeEvent(Part):
    """What befell the client in a week of its figures, counted from the first. Only the assessor reads it."""

    week: Annotated[int, Field(ge=1, le=53)]
    what: str


class PracticeClient(Part):
    """The made-up client: who it is, its people, what was written down, and its figures.

    `figures` are by metric and week, the last one ending the day before the work is handed over. A metric that is
    summed is spread over the days of its week, busy days getting more; any other has one point a week.
    """

    name: Name
    industry: str = ""
    country: str = ""
    zone: Zone | None = None
    summary: str = ""
    tier: str = ""
    people: dict[Key, PracticeContact]
    contract: PracticeContract | None = None
    notes: tuple[str, ...] = ()
    messages: tuple[PracticeMessage, ...] = ()
    work: tuple[PracticeWork, ...] = ()
    figures: dict[MetricKey, tuple[Annotated[Decimal, Field(ge=0)], ...]] = {}
    befalls: tuple[PracticeEvent, ...] = ()


class PracticeProof(Part):
    """A fact that proves a piece of a task: its kind, narrowed by an expression over the fact, and how many."""

    label: Name
    on: FactKind
    where: FactExpression | None = None
    count: Annotated[int, Field(ge=1, le=100)] = 1


class PracticeTask(Part):
    """One thing to do. It is done when every proof is there, or when its `call` was played to its end."""

    label: Name
    brief: str
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    call: Key | None = None
    done_by: dict[Key, PracticeProof] = {}


class PracticeFact(Part):
    """Something that the client knows and may tell."""

    label: Name


class PracticeReaction(Part):
    """What a line does to the client, whatever they answer: when it names one of the topics and the condition holds."""

    label: Name
    hears: tuple[Key, ...] = ()
    if_: Annotated[ScriptExpression | None, Field(alias="if")] = None
    then: dict[Key, Step] = {}

    model_config = _BY_ALIAS


class PracticeAnswer(Part):
    """What the client says to a line that names one of its topics, while its condition holds.

    The first answer that fits is given, and a second one where the line asks two things. An answer is given once,
    unless it may be given `again`.
    """

    hears: tuple[Key, ...]
    asked: bool = False  # only where the line is a question
    if_: Annotated[ScriptExpression | None, Field(alias="if")] = None
    says: str
    then: dict[Key, Step] = {}
    reveals: tuple[Key, ...] = ()
    again: bool = False

    model_config = _BY_ALIAS


class PracticeSaying(Part):
    """What the client says where nothing else fits, and what that does to them."""

    says: str
    then: dict[Key, Step] = {}


class PracticeEnd(Part):
    """An end of a call, judged after each line; a call that is ended by hand ends in the first `parting` that holds."""

    label: Name
    if_: Annotated[ScriptExpression | None, Field(alias="if")] = None
    says: str
    parting: bool = False

    model_config = _BY_ALIAS


class PracticeCall(Part):
    """A call that is played: who is on the line, what they feel and know, and what they answer to what.

    `state` are hidden levels from 0 to 10. A topic is recognised by words and phrases; ``measur*`` stands for every
    word that begins so. Conditions are expressions over the levels, the facts (true once told), `turn`, `words` (how
    many a line has) and `question`. `lines` are offered to say as they stand; one may always type something else.
    """

    label: Name
    with_: Annotated[Key, Field(alias="with")]
    brief: str
    opening: str
    lines: tuple[str, ...] = ()
    most_turns: Annotated[int, Field(ge=3, le=100)] = 30
    state: dict[Key, Level] = {}
    facts: dict[Key, PracticeFact] = {}
    topics: dict[Key, tuple[str, ...]]
    reactions: dict[Key, PracticeReaction] = {}
    answers: dict[Key, PracticeAnswer]
    repeated: PracticeSaying | None = None
    otherwise: tuple[PracticeSaying, ...]
    ends: dict[Key, PracticeEnd]

    model_config = _BY_ALIAS


class Criterion(Part):
    """One thing that is judged, from 1 to 5: what each level looks like, in this order, and on which tasks to look.

    Nobody passes below `least` here, whatever the mean is.
    """

    label: Name
    weight: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    least: Annotated[int, Field(ge=1, le=5)] = 1
    looks_at: tuple[Key, ...]
    levels: tuple[str, ...]


class Rubric(Part):
    """How the work is judged: criteria with their weights, and the weighted mean with which one passes."""

    passes: Annotated[Decimal, Field(ge=1, le=5)] = Decimal("3.5")
    criteria: dict[Key, Criterion]


class Scenario(Part):
    """A client to practise on: `role` is who one is there, `tasks` stand in the order in which they are done."""

    label: Name
    brief: str
    role: RoleKey
    minutes: Annotated[int, Field(ge=1, le=6000)] | None = None
    client: PracticeClient
    tasks: dict[Key, PracticeTask]
    calls: dict[Key, PracticeCall] = {}
    rubric: Rubric
