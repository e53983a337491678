"""Promises as they stood when a night had closed, with what became of those that were missed: what KPIs count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tenure.blueprint.model import Commitment
from tenure.identity.ledger import LedgerEntry
from tenure.measures.kpis import Case, Period, trailing
from tenure.pipeline import as_of
from tenure.pipeline.as_of import Cut
from tenure.watch.terms import FactView
from tenure.work.commitments import Opening, Verdict
from tenure.work.promises import known_accounts, predicate

BY_ACCOUNT = ("account", "all")


def cases(
    at: Cut, keys: Iterable[str], period: Period | None = None, accounts: Collection[str] | None = None
) -> dict[str, list[Case]]:
    """The promises that some KPIs count, by rule: those that fell due in their time, and those that still run."""
    first: dict[str, datetime] = {}
    timed = set()
    for key in keys:
        kpi = at.model.kpis[key]
        if kpi.commitment is not None:
            begins = (period or trailing(at.day, kpi.over, at.zone)).begins
            first[kpi.commitment] = min(begins, first.get(kpi.commitment, begins))
            timed |= {kpi.commitment} if kpi.of != "share" else set()
    return {rule: _of_rule(at, rule, begins, accounts, rule in timed) for rule, begins in first.items()}


def record_of(at: Cut, person: str, period: Period) -> list[Case]:
    """The verdicts of a period that are to somebody's credit, with their causes, the latest first.

    They are those of the promises that fell due in it, on whichever accounts, whoever carries these now.
    """
    theirs = Verdict.objects.filter(owner_id=person, happened_at__gte=period.begins, happened_at__lt=period.ends)
    accounts = set(theirs.values_list("opening__account_id", flat=True))
    rules = set(theirs.values_list("opening__rule", flat=True))
    found = [case for rule in rules for case in _of_rule(at, rule, period.begins, accounts, False)]
    mine = [case for case in found if case.person == person and case.status in ("met", "missed")]
    due = [case for case in mine if case.due_at is not None and period.begins <= case.due_at < period.ends]
    return sorted(due, key=lambda case: (case.due_at or case.opened_at, case.id), reverse=True)


def _of_rule(at: Cut, rule: str, begins: datetime, accounts: Collection[str] | None, is_timed: bool) -> list[Case]:
    rows = Opening.objects.filter(rule=rule, opened_at__lt=at.ends)
    rows = rows.filter(Q(due_at__gte=begins) | Q(due_at=None) | Q(status__in=Opening.OPEN))
    found = {row.pk: row for row in (rows if accounts is None else rows.filter(account_id__in=list(accounts)))}
    said = _verdicts(at, rows, found)
    open_ = [row for pk, row in found.items() if pk not in said]
    still = _as_told(at, open_)
    missed = [row for pk, row in found.items() if pk in said and said[pk].verdict == "missed"]
    late = _done_late(at, rule, missed) if is_timed else {}
    cases = [_judged(found[pk], verdict, late.get(pk)) for pk, verdict in said.items()]
    return cases + [_running(row) for row in still]


def _verdicts(at: Cut, rows: QuerySet[Opening], found: Collection[str]) -> dict[str, Verdict]:
    """The verdict that held of each opening; none for those that were open then, or open again."""
    latest: dict[str, Verdict] = {}
    known = Verdict.objects.filter(opening__in=rows, known_at__lte=at.known, happened_at__lt=at.ends)
    for verdict in known.order_by("id"):
        latest[verdict.opening_id] = verdict
    return {pk: verdict for pk, verdict in latest.items() if pk in found and verdict.verdict != "open"}


def _as_told(at: Cut, rows: Sequence[Opening]) -> list[Opening]:
    """Openings without a verdict, with due time and pause as their facts had told them; not those told of later."""
    told: dict[str, list[LedgerEntry]] = defaultdict(list)
    entries = LedgerEntry.objects.filter(subject="commitment", subject_id__in=[row.pk for row in rows])
    for entry in entries.filter(known_at__lte=at.known, happened_at__lt=at.ends).order_by("id"):
        told[entry.subject_id].append(entry)
    return [as_of.as_told(row, told[row.pk]) for row in rows if told[row.pk]]


def _judged(row: Opening, verdict: Verdict, done_at: datetime | None) -> Case:
    done = verdict.happened_at if verdict.verdict == "met" else done_at
    return Case(
        row.pk, row.rule, row.account_id, verdict.owner_id, row.opened_at, row.due_at, verdict.verdict, done,
        verdict.cause, verdict.whose,
    )  # fmt: skip


def _running(row: Opening) -> Case:
    status = "paused" if row.status == Opening.Status.PAUSED else "running"
    return Case(row.pk, row.rule, row.account_id, row.owner_id, row.opened_at, row.due_at, status)


def _done_late(at: Cut, rule: str, rows: Sequence[Opening]) -> dict[str, datetime]:
    """When what was promised was done after all, by opening: as it would have met the promise, had it not been due.

    The fold looks at nothing past the due time, because a verdict stays; a mean time wants to know.
    """
    terms = at.model.commitments.get(rule)
    if terms is None or not rows:
        return {}
    hits = _hits(at, terms, rows)
    openers = {} if terms.match in (*BY_ACCOUNT, "subject") else _openers(rows, terms.match)
    found = {}
    for row in rows:
        about = {row.subject_id, openers.get(row.pk)}
        its = [
            entry.happened_at
            for entry in hits[row.account_id]
            if entry.happened_at >= row.opened_at and (terms.match in BY_ACCOUNT or _about(entry, terms.match) in about)
        ]
        if len(its) >= terms.count:
            found[row.pk] = its[terms.count - 1]
    return found


def _hits(at: Cut, terms: Commitment, rows: Sequence[Opening]) -> Mapping[str, list[LedgerEntry]]:
    """The facts that meet a promise, by account, in the order in which they happened."""
    accounts = {row.account_id for row in rows}
    since = min(row.opened_at for row in rows)
    nouns = {each.on.partition(".")[0] for each in terms.met_by}  # what takes a fact back is of its noun, not its kind
    wanted = LedgerEntry.objects.filter(subject__in=nouns, account_id__in=accounts, happened_at__gte=since)
    fields = {account: known.fields for account, known in known_accounts(accounts).items()}
    found: dict[str, list[LedgerEntry]] = defaultdict(list)
    meeting = as_of.seen(at, wanted).filter(kind__in={each.on for each in terms.met_by})
    for entry in sorted(meeting, key=lambda each: (each.happened_at, each.id)):
        view = FactView(entry.fact, fields.get(str(entry.account_id)))
        tests = [each.where for each in terms.met_by if each.on == entry.kind]
        if any(where is None or predicate(where)(view) is True for where in tests):
            found[str(entry.account_id)].append(entry)
    return found


def _about(entry: LedgerEntry, match: str) -> Any:
    """What a fact says that it is about: the field that is matched on, else its own subject."""
    return (None if match == "subject" else entry.data.get(match.removeprefix("data."))) or entry.subject_id


def _openers(rows: Sequence[Opening], match: str) -> dict[str, Any]:
    """What the facts that opened some openings said in the field that is matched on."""
    ids = {row.pk: int(row.opening.split("/")[1]) for row in rows}
    entries = LedgerEntry.objects.in_bulk(list(ids.values()))
    field = match.removeprefix("data.")
    return {pk: entries[at].data.get(field) for pk, at in ids.items() if at in entries}
