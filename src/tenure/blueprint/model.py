"""The operating model, typed. A blueprint's YAML files are read into one `Model`; every room reads its part of it.

Each section is a mapping from a key (``[a-z][a-z0-9_]*``) to a part. Expressions are kept as text here and parsed by
`tenure.blueprint.expressions`; durations are kept as text and parsed by `tenure.base.duration`.
"""

from typing import Any

from tenure.blueprint.meanings import (
    AccountExpression,
    Duration,
    FactExpression,
    FactKind,
    Key,
    Meaning,
    MeasureName,
    Name,
    OperationName,
    Part,
    RoleKey,
)
from tenure.blueprint.schema.company import (
    Calendar,
    Company,
    CustomField,
    Expectation,
    Level,
    Raci,
    Ramp,
    Retention,
    Role,
    Segment,
    Tier,
    Words,
)
from tenure.blueprint.schema.health import Band, Component, Kpi, MeasureDef, Override, Scorecard, Signal
from tenure.blueprint.schema.plays import (
    Escalation,
    EscalationStep,
    MeetingType,
    Playbook,
    Question,
    ReportType,
    Step,
    Survey,
    Template,
    ToPlan,
)
from tenure.blueprint.schema.practice import (
    Criterion,
    PracticeAnswer,
    PracticeCall,
    PracticeClient,
    PracticeEnd,
    PracticeProof,
    PracticeReaction,
    PracticeSaying,
    PracticeTask,
    Rubric,
    Scenario,
)
from tenure.blueprint.schema.promises import (
    Commitment,
    DeliverableType,
    GoalTemplate,
    HandoverField,
    HandoverForm,
    Journey,
    JourneyItem,
    Metric,
    Stage,
    Trigger,
    WorkFormat,
    WorkState,
)
from tenure.blueprint.schema.tools import Provision, Tool, ToolCall, Write


class Model(Part):
    """A whole operating model. The order of keys is meant: stages, items, components and steps stand as written."""

    company: Company
    words: dict[Key, Words] = {}
    roles: dict[Key, Role] = {}
    raci: dict[OperationName, Raci] = {}
    tiers: dict[Key, Tier] = {}
    segments: dict[Key, Segment] = {}
    calendars: dict[Key, Calendar] = {}
    fields: dict[Key, CustomField] = {}
    journeys: dict[Key, Journey] = {}
    handovers: dict[Key, HandoverForm] = {}
    commitments: dict[Key, Commitment] = {}
    deliverables: dict[Key, DeliverableType] = {}
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
    reports: dict[Key, ReportType] = {}
    templates: dict[Key, Template] = {}
    tools: dict[Key, Tool] = {}
    practice: dict[Key, Scenario] = {}
    retention: Retention = Retention()
    settings: dict[str, Any] = {}

    @property
    def primary_scorecard(self) -> str | None:
        """The key of the card that says how an account stands: the one marked, else the first."""
        marked = (key for key, card in self.scorecards.items() if card.primary)
        return next(marked, next(iter(self.scorecards), None))

    @property
    def rating_parts(self) -> tuple[str, ...]:
        """The parts that meetings rate, each once, in order; a part's measure is ``rating_<part>``."""
        return tuple(dict.fromkeys(part for meeting in self.meetings.values() for part in meeting.ratings))


__all__ = [
    "AccountExpression",
    "Band",
    "Calendar",
    "Commitment",
    "Company",
    "Component",
    "Criterion",
    "CustomField",
    "DeliverableType",
    "Duration",
    "Escalation",
    "EscalationStep",
    "Expectation",
    "FactExpression",
    "FactKind",
    "GoalTemplate",
    "HandoverField",
    "HandoverForm",
    "Journey",
    "JourneyItem",
    "Key",
    "Kpi",
    "Level",
    "Meaning",
    "MeasureDef",
    "MeasureName",
    "MeetingType",
    "Metric",
    "Model",
    "Name",
    "OperationName",
    "Override",
    "Part",
    "Playbook",
    "PracticeAnswer",
    "PracticeCall",
    "PracticeClient",
    "PracticeEnd",
    "PracticeProof",
    "PracticeReaction",
    "PracticeSaying",
    "PracticeTask",
    "Provision",
    "Question",
    "Raci",
    "Ramp",
    "ReportType",
    "Retention",
    "Role",
    "RoleKey",
    "Rubric",
    "Scenario",
    "Scorecard",
    "Segment",
    "Signal",
    "Stage",
    "Step",
    "Survey",
    "Template",
    "Tier",
    "ToPlan",
    "Tool",
    "ToolCall",
    "Trigger",
    "Words",
    "WorkFormat",
    "WorkState",
    "Write",
]
