"""Issues: what goes wrong for a client, and how long it takes until somebody answers and until it is mended."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from tenure.records.issue import Issue
from tenure.simulation import visits
from tenure.simulation.letters import TOLD_LATE
from tenure.simulation.office import Case, Office

ANSWER_WITHIN = {"low": 30, "normal": 24, "high": 8, "urgent": 4}  # hours
MEND_WITHIN = {"low": 120, "normal": 72, "high": 44, "urgent": 26}  # hours
_GRAVER = {"low": "normal", "normal": "high", "high": "urgent", "urgent": "urgent"}


def open_trouble(office: Office, case: Case, hard: bool) -> None:
    """Something goes wrong and the client says so."""
    chance = office.draw("trouble", case.client.key, office.now)
    trouble, title, mended = office.speech.trouble(case.client, office.name(case), office.day, chance)
    severity = _GRAVER[trouble.severity] if hard and chance.happens(0.3) else trouble.severity
    contact = case.contact
    issue: Issue | None = office.doors.do_by_itself(
        "issue.open",
        case.account,
        office.day,
        title=title,
        type=trouble.type or "issue",
        severity=severity,
        channel=chance.weighted({"email": 0.6, "phone": 0.25, "portal": 0.15}),
        contact=contact.pk if contact else None,
        owner=office.person(_keeper(office, case, chance.share())),
    )
    if issue is None:
        return
    case.life.let_down(0.02 if severity in ("low", "normal") else 0.05)
    keeper = office.carrier(case)
    answered = office.ready_by(keeper, office.now, office.now + timedelta(hours=ANSWER_WITHIN[severity]), issue.pk)
    if chance.happens(TOLD_LATE):
        told = answered + timedelta(hours=chance.between(20, 44))
        office.remember(keeper, told, partial(office.do, keeper, "issue.respond", case, issue, at=answered))
    else:
        office.remember(keeper, answered, partial(_respond, office, case, issue))
    mender = _keeper(office, case, chance.share())
    slow = 1.8 if hard else 1.0
    done = office.ready_by(
        mender, office.now, office.now + timedelta(hours=MEND_WITHIN[severity] * slow), "mend", issue.pk
    )
    office.remember(mender, max(done, answered + timedelta(minutes=40)), partial(_resolve, office, case, issue, mended))


def _keeper(office: Office, case: Case, draw: float) -> str:
    """Who mends: whoever carries the account, or somebody else of those around it."""
    others = [key for role, key in case.carriers.items() if role in office.doors.doers("issue.resolve")]
    return others[int(draw * len(others))] if others else office.carrier(case)


def _respond(office: Office, case: Case, issue: Issue) -> None:
    if not case.is_active:
        return
    owner, chance = office.carrier(case), office.draw("respond", issue.pk)
    office.do(owner, "issue.respond", case, issue)
    if issue.severity in ("high", "urgent") and chance.happens(0.30):
        office.do(owner, "issue.escalate", case, issue)
    if chance.happens(office.habits(owner).thorough * 0.25):
        office.do(
            owner, "issue.log", case, issue, text=office.say("calls", case), client_told=office.say("updates", case)
        )


def _resolve(office: Office, case: Case, issue: Issue, mended: str) -> None:
    if not case.is_active:
        return
    chance = office.draw("resolve", issue.pk)
    office.do(office.carrier(case), "issue.resolve", case, issue, resolution=mended)
    late = office.now - issue.opened_at > timedelta(hours=MEND_WITHIN[issue.severity])
    if chance.happens(0.45):
        mood = case.life.feeling.rating(1, 5, chance) - (1 if late else 0)
        visits.act(office, case, "issue.rate", issue, satisfaction=min(5, max(1, mood)))
    case.life.cared(0.02 if late else 0.07)
