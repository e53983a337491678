"""What the texts of a blueprint mean, so that a check can find each of them wherever it stands."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120)]


class Meaning:
    """Says what a text means: an expression, a duration, or the key of another part."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        return f"Meaning({self.kind!r})"


class Part(BaseModel):
    """A piece of the operating model: never changed, no key beyond those declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def __hash__(self) -> int:
        # Equal parts have equal JSON; Pydantic's own hash fails on the mappings that most parts hold.
        return hash((type(self), self.model_dump_json()))


# Texts that are verified against the words which the rooms register.
AccountExpression = Annotated[str, Meaning("expression:account")]  # over measures and account fields, on a day
FactExpression = Annotated[str, Meaning("expression:fact")]  # over one fact: kind, subject_id, actor, data.*, account.*
FactKind = Annotated[str, Meaning("fact")]
OperationName = Annotated[str, Meaning("operation")]  # also a pattern: "meeting.*"
MeasureName = Annotated[str, Meaning("measure")]
ScriptExpression = Annotated[str, Meaning("expression:script")]  # over the hidden levels and facts of a played call
Reason = Annotated[str, Meaning("reason")]  # text with {measures}
Wording = Annotated[str, Meaning("wording")]  # text with {placeholders} that a draft fills

# Texts that are verified by themselves.
Duration = Annotated[str, Meaning("duration")]  # "24 hours", "2 business days"
WarnAfter = Annotated[str, Meaning("duration:share")]  # a duration, or a share of another one: "75 %"
Zone = Annotated[str, Meaning("zone")]  # an IANA name: "America/New_York"
Span = Annotated[str, Meaning("span")]  # "09:00-12:00"

# Keys of other parts.
RoleKey = Annotated[str, Meaning("role")]
CalendarKey = Annotated[Key, Meaning("calendar")]
MetricKey = Annotated[Key, Meaning("metric")]
CommitmentKey = Annotated[Key, Meaning("commitment")]
SignalKey = Annotated[Key, Meaning("signal")]
PlaybookKey = Annotated[Key, Meaning("playbook")]
EscalationKey = Annotated[Key, Meaning("escalation")]
SurveyKey = Annotated[Key, Meaning("survey")]
MeetingKey = Annotated[Key, Meaning("meeting")]
KpiKey = Annotated[Key, Meaning("kpi")]
TemplateKey = Annotated[Key, Meaning("template")]
DeliverableKey = Annotated[Key, Meaning("deliverable")]

SECTION_OF = {
    "role": "roles",
    "calendar": "calendars",
    "metric": "metrics",
    "commitment": "commitments",
    "signal": "signals",
    "playbook": "playbooks",
    "escalation": "escalations",
    "survey": "surveys",
    "meeting": "meetings",
    "kpi": "kpis",
    "template": "templates",
    "deliverable": "deliverables",
}
