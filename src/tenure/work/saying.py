"""What the fold says of promises, put where people and readers find it: openings, verdicts, and facts in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.ledger import LedgerEntry
from tenure.watch import commitments as watch
from tenure.watch.commitments import Outcome
from tenure.work.commitments import Opening, Verdict, record_opening
from tenure.work.owners import Staffing

VERDICTS = ("met", "missed", "cancelled", "restated")
_COLUMNS = [
    "subject_id",
    "opened_at",
    "due_at",
    "warn_at",
    "status",
    "paused_since",
    "pause_reason",
    "met_at",
    "judged_at",
    "terms",
    "cause",
    "whose",
    "is_corrected",
]


@dataclass(frozen=True, slots=True)
class Said:
    """One outcome, the opening as it stands after the batch's event, and the entry that brought it about, if any."""

    outcome: Outcome
    opening: watch.Opening | None
    entry: LedgerEntry | None


def say(said: Sequence[Said], model: Model, staffing: Staffing) -> None:
    """Store the openings that the outcomes are about, append the verdicts, and record the facts. Called in a batch."""
    if not said:
        return
    rows = _rows(said)
    for each in said:
        outcome, row = each.outcome, rows[_key(each.outcome)]
        kinds = _kinds(outcome, row)
        _project(row, each, model, staffing)
        for kind in kinds:
            happened_at = min(outcome.happened_at, clock.now())
            record_opening(f"commitment.{kind}", row, happened_at, **outcome.data)
    Opening.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["id"], update_fields=_COLUMNS, batch_size=40
    )
    _append_verdicts(said, rows, staffing)


def _kinds(outcome: Outcome, row: Opening) -> tuple[str, ...]:
    """What the ledger is told. A pause was told by whoever paused; what follows from it is another due time."""
    if outcome.kind == "paused":
        return ()
    if outcome.kind == "resumed":
        return ("moved",)
    if outcome.kind == "restated" and outcome.verdict == "open":
        return ("moved",) if row.judged_at is None else ("restated", "moved")
    return (outcome.kind,)


def _key(outcome: Outcome) -> tuple[str, str, str]:
    return outcome.rule, outcome.account, outcome.opening


def _rows(said: Sequence[Said]) -> dict[tuple[str, str, str], Opening]:
    """The stored openings by rule, account and name; new ones for those not stored yet."""
    accounts = {each.outcome.account for each in said}
    names = {each.outcome.opening for each in said}
    stored = Opening.objects.filter(account_id__in=accounts, opening__in=names)
    rows = {(row.rule, row.account_id, row.opening): row for row in stored}
    for each in said:
        if _key(each.outcome) not in rows:
            rule, account, name = _key(each.outcome)
            rows[rule, account, name] = Opening(rule=rule, account_id=account, opening=name)
    return rows


def _project(row: Opening, said: Said, model: Model, staffing: Staffing) -> None:
    """Bring a row to what was said of its opening."""
    outcome, opening = said.outcome, said.opening
    if row._state.adding and not row.owner_role:
        role = model.commitments[row.rule].owner if row.rule in model.commitments else ""
        row.owner_role, row.owner_id = role, staffing.responsible(row.account_id, role) if role else None
        row.subject = _subject_of(said)
    row.subject_id = outcome.subject or row.subject_id
    row.opened_at = outcome.opened_at or row.opened_at
    row.due_at = outcome.due_at or row.due_at
    row.terms = outcome.terms or row.terms
    row.cause, row.whose = outcome.cause or "", outcome.whose or ""
    if outcome.verdict == "open" and opening is not None:
        row.warn_at = opening.warn_at
        row.status = _running(opening)
        row.met_at = row.judged_at = None
        if opening.paused_at is None:
            row.paused_since, row.pause_reason = None, ""
        else:
            row.paused_since = opening.paused_at
    elif outcome.verdict != "open":
        row.status, row.judged_at = Opening.Status(outcome.verdict), clock.now()
        row.met_at = outcome.happened_at if outcome.verdict == "met" else None
        row.is_corrected = row.is_corrected or (said.entry is not None and said.entry.kind == "commitment.judged")


def _running(opening: watch.Opening) -> Opening.Status:
    if opening.paused_at is not None:
        return Opening.Status.PAUSED
    warned = opening.warned_for is not None and opening.warned_for == opening.due_at
    return Opening.Status.WARNED if warned else Opening.Status.RUNNING


def _subject_of(said: Said) -> str:
    """The noun of what opened it, where this very entry did."""
    entry = said.entry
    return entry.subject if entry is not None and entry.subject_id == said.outcome.subject else ""


def _append_verdicts(said: Sequence[Said], rows: dict[tuple[str, str, str], Opening], staffing: Staffing) -> None:
    given = [each for each in said if each.outcome.kind in VERDICTS]
    if not given:
        return
    latest: dict[str, Verdict] = {}
    new: list[Verdict] = []
    for stored in Verdict.objects.filter(opening__in=[rows[_key(each.outcome)] for each in given]).order_by("id"):
        latest[stored.opening_id] = stored
    for each in given:
        outcome, row = each.outcome, rows[_key(each.outcome)]
        before = latest.get(row.pk)
        if outcome.kind == "restated" and outcome.verdict == "open" and (before is None or before.verdict == "open"):
            continue  # only its time moved
        if before is not None and before.pk is None:  # what it follows is stored first
            Verdict.objects.bulk_create(new)
            new.clear()
        by_hand = each.entry is not None and each.entry.kind in ("commitment.judged", "commitment.explained")
        made = Verdict(
            opening=row,
            verdict=outcome.verdict,
            happened_at=outcome.happened_at,
            known_at=clock.now(),
            owner_id=staffing.acting_for(row.owner_id) if row.owner_id else None,
            restated_of=before,
            given_by_id=each.entry.actor_id if by_hand and each.entry else None,
            reason=row.cause_note if by_hand else "",
            cause=outcome.cause or "",
            whose=outcome.whose or "",
            caused_by_id=each.entry.id if each.entry else None,
        )
        new.append(made)
        latest[row.pk] = made
    Verdict.objects.bulk_create(new)
