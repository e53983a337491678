"""What people do and say: playbooks, escalations, kinds of meeting, surveys, templates."""

from typing import Annotated, Literal

from pydantic import Field

from tenure.blueprint.meanings import (
    AccountExpression,
    DeliverableKey,
    Duration,
    EscalationKey,
    Key,
    MeetingKey,
    Name,
    Part,
    RoleKey,
    SurveyKey,
    TemplateKey,
    Wording,
)
from tenure.blueprint.schema.promises import Trigger


class Step(Part):
    """One step of a playbook: an effect for somebody, due so long after the play began or the named steps ended."""

    label: Name
    owner: RoleKey
    does: Literal["task", "meeting", "message", "escalate", "note"] = "task"
    due: Duration = "1 business day"
    after: tuple[Key, ...] = ()
    when: AccountExpression | None = None
    about: str = ""
    template: TemplateKey | None = None
    meeting: MeetingKey | None = None  # the kind of meeting that a meeting step asks for
    to: RoleKey | None = None  # whom an escalation goes to
    escalation: EscalationKey | None = None  # or the path that it climbs


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
    """The way up that a case goes while nobody answers it."""

    label: Name
    path: tuple[EscalationStep, ...] = Field(min_length=1)


class Question(Part):
    """One question, its scale, and the words at the scale's ends.

    `evidence` says that a rating wants what speaks for it in words, as where people rate what they are judged by.
    """

    text: Name
    scale: Literal["nps", "csat", "ces", "rating", "text"] = "rating"
    low: str = ""
    high: str = ""
    evidence: bool = False


class Survey(Part):
    """Questions that are asked together."""

    label: Name
    questions: dict[Key, Question]
    about: str = ""


class ToPlan(Part):
    """What is planned in a kind of meeting: things of one kind, and how many."""

    deliverable: DeliverableKey
    at_least: Annotated[int, Field(ge=1, le=40)] = 1
    at_most: Annotated[int, Field(ge=1, le=40)] = 8


class MeetingType(Part):
    """A kind of meeting: its length, agenda and whom it needs.

    Each key of `ratings` becomes the measure ``rating_<key>``: the latest value given. `notes` is the template from
    which the notes for the client are drafted.
    """

    label: Name
    minutes: int = 45
    agenda: tuple[str, ...] = ()
    ratings: dict[Key, Question] = {}
    roles: tuple[RoleKey, ...] = ()
    client_visible: bool = True
    cause: str = ""
    survey: SurveyKey | None = None
    plans: ToPlan | None = None
    notes: TemplateKey | None = None


class ReportType(Part):
    """A report to the client: the days that it covers, and the kind of meeting at which it is gone through, if any.

    A month and a quarter are whole ones of the calendar; `start` reaches from the account's first contract to the day.
    """

    label: Name
    covers: Literal["month", "quarter", "start"] = "month"
    meeting: MeetingKey | None = None
    about: str = ""


class Template(Part):
    """Text with `{placeholders}` that a person sends after reading it.

    Each fact of `drafts_on` makes a draft of it, or only the account's first where `once`.
    """

    label: Name
    drafts_on: tuple[Trigger, ...] = ()
    once: bool = False
    subject: Wording = ""
    body: Wording
