"""What a review is prepared from, on the page of its meeting: the report with deck and PDF, promises, pieces, voices.

A kind of meeting for which the blueprint names a report is a review. Its plan stands among the results above.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.pipeline.reporting import days_covered
from tenure.records.deliverable import Deliverable
from tenure.records.lookup import list_deliverables
from tenure.records.meeting import Meeting
from tenure.records.report import Report, list_reports
from tenure.records.survey import asked_by
from tenure.web.account_page.promises import Promise, promises
from tenure.web.actors import may
from tenure.web.survey_page import Answered, answered, answers_of

PIECES, VOICES = 6, 4


@dataclass(frozen=True)
class Review:
    """The preparation of a review: its report where there is one, and what is spoken of beside the figures."""

    type: str
    label: str
    report: Report | None
    first: date | None
    last: date | None
    refused: str  # why no report can be made yet
    promises: Sequence[Promise]
    pieces: Sequence[Deliverable]
    piece_count: int
    voices: Sequence[Answered]
    survey: str
    answers: Sequence[Answered]
    may_prepare: bool
    may_send: bool


def review_of(meeting: Meeting, actor: Actor) -> Review | None:
    """The preparation of a meeting that is a review; None of any other. Some ten queries."""
    type_ = next((key for key, each in actor.model.reports.items() if each.meeting == meeting.type), None)
    if type_ is None:
        return None
    account, terms = meeting.account, actor.model.reports[type_]
    first = last = None
    refused = ""
    try:
        first, last = days_covered(terms, account, actor.day)
    except Refused as refusal:
        refused = refusal.message
    made = list_deliverables(actor, account).filter(client_visible=True, delivered_at__isnull=False)
    made = made.filter(delivered_at__date__gte=first) if first else made
    said = answered(answers_of(actor, account)[: VOICES * 4], actor.model)
    key = asked_by(meeting, actor.model)
    return Review(
        type=type_,
        label=terms.label,
        report=_latest(meeting, actor, type_),
        first=first,
        last=last,
        refused=refused,
        promises=[each for each in promises(account, actor.model, clock.now()) if each.judged or each.current],
        pieces=list(made.order_by("-delivered_at", "pk")[:PIECES]),
        piece_count=made.count(),
        voices=[each for each in said if each.meeting is None or each.meeting.pk != meeting.pk][:VOICES],
        survey=actor.model.surveys[key].label if key in actor.model.surveys else "",
        answers=[each for each in said if each.meeting is not None and each.meeting.pk == meeting.pk],
        may_prepare=bool(may(actor, "report.prepare")),
        may_send=bool(may(actor, "report.approve")),
    )


def _latest(meeting: Meeting, actor: Actor, type_: str) -> Report | None:
    """The newest report of this kind on the account that was made no later than the day of the meeting."""
    rows = list_reports(actor).filter(account_id=meeting.account_id, type=type_)
    return rows.filter(last__lte=max(meeting.starts_at, clock.now()).date()).first()


def context(meeting: Meeting, actor: Actor) -> dict[str, Any]:
    return {"review": review_of(meeting, actor)}
