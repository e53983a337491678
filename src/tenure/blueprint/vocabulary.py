"""The words that a blueprint may use without declaring them: what the rooms have registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

MeasureType: TypeAlias = Literal["number", "boolean", "text"]

# What a draft can fill into a template, besides measures. Who drafts knows the account, the person and the occasion.
PLACEHOLDERS = frozenset(
    [
        "account_name",
        "agenda",
        "amount",
        "company_name",
        "contact_name",
        "decisions",
        "deliverable_link",
        "deliverable_name",
        "due_date",
        "evidence",
        "goal_name",
        "goal_progress",
        "goal_target",
        "issue_status",
        "issue_summary",
        "material_guides",
        "meeting_date",
        "meeting_type",
        "metric_changes",
        "next_meeting_date",
        "next_steps",
        "notes_summary",
        "owner_name",
        "planned_pieces",
        "portal_link",
        "renewal_date",
        "result_summary",
        "seats",
        "survey_link",
        "today",
    ]
)


# What a tool's recipe can name of an account, besides the figures that it computes itself.
TOOL_WORDS = frozenset(
    [
        "account_id",
        "account_link",
        "account_name",
        "band",
        "company_name",
        "fact_at",
        "fact_id",
        "fact_kind",
        "home_run",
        "home_run_current",
        "home_run_due",
        "home_run_progress",
        "home_run_target",
        "last_meeting_at",
        "next_meeting_at",
        "next_step",
        "now",
        "renewal_on",
        "score",
        "score_reason",
        "stage",
        "status",
        "tier",
    ]
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of the catalogue: the type of its values, and whether `over` may give it another window."""

    type: MeasureType = "number"
    windowed: bool = True


@dataclass(frozen=True)
class Vocabulary:
    """What the rooms know.

    Attributes
    ----------
    facts : each fact kind with the types of its data's fields (`tenure.facts.contract.FIELD_TYPES`).
    measures : the catalogue. Metrics, ratings and own measures of the blueprint join it by themselves.
    operations : the names of all operations and permissions to see.
    account_fields : the fields of an account that an expression may name, with their types.
    placeholders : what templates may hold in braces.
    """

    facts: Mapping[str, Mapping[str, str]]
    measures: Mapping[str, Measured]
    operations: frozenset[str]
    account_fields: Mapping[str, str]
    placeholders: frozenset[str] = PLACEHOLDERS
