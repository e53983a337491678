"""An earlier day as it stood: what had happened by its end and was known when its night closed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.facts.days import company_day, day_ends
from tenure.facts.lake import Lake
from tenure.identity.actor import company_zone
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.measures.editions import Published, bands_on, scores_on
from tenure.measures.scorecards import UNKNOWN, Score
from tenure.pipeline.cursors import Run
from tenure.pipeline.past import model_of, night_of
from tenure.records.account import Account
from tenure.records.goal import Goal
from tenure.records.meeting import Meeting
from tenure.work.commitments import Opening
from tenure.work.owners import main_role
from tenure.work.signals import OpenSignal
from tenure.work.standing import SPARK_WEEKS, Standing, health_rank

ALWAYS_ALL = 500  # with more accounts than these their facts are read by kind instead of one account after the other
MISSED_FOR = timedelta(days=14)  # as in the standing: how long a miss without a cause counts as overdue


@dataclass(frozen=True)
class Cut:
    """What the view of an earlier day sees."""

    day: date
    zone: str
    ends: datetime  # the company day's end: what happened later is not seen
    known: datetime  # when the day's night had finished: what became known later is not seen
    run: Run | None  # the night; None where none closed the day, and then nothing was measured
    model: Model  # the blueprint that the day ran under
    night: Run | None = None  # the day's night, else the last one before it: its scores are those that people saw


def cut(day: date) -> Cut:
    """The view of a company day that is over."""
    zone = company_zone()
    night = Run.objects.filter(is_night=True, day__lte=day, status=Run.Status.DONE).order_by("-day").first()
    run = night if night and night.day == day else None
    finished = run.finished_at if run and run.finished_at else night_of(day, zone)
    return Cut(day, zone, day_ends(day, zone), min(finished, clock.now()), run, model_of(day, zone), night)


def seen(at: Cut, rows: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
    """The entries of a query that had happened and were known, without those that were taken back by then."""
    known = rows.filter(known_at__lte=at.known)
    marks = known.exclude(corrects=None, retracts=None).values_list("corrects", "retracts")
    gone = {each for pair in marks for each in pair if each is not None}
    standing = known.filter(happened_at__lt=at.ends, retracts=None)
    return standing.exclude(id__in=gone) if gone else standing


def _of(accounts: Collection[str] | None) -> Q:
    return Q() if accounts is None or len(accounts) > ALWAYS_ALL else Q(account_id__in=list(accounts))


def _in_order(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """By when they happened; a correction stands where the corrected one stood."""
    return sorted(entries, key=lambda entry: (entry.happened_at, entry.corrects or entry.id, entry.id))


def latest(at: Cut, nouns: Sequence[str], accounts: Collection[str] | None) -> dict[tuple[str, str], LedgerEntry]:
    """The last fact of every row of some nouns, by noun and the row's id: its data are what the row held then."""
    entries = seen(at, LedgerEntry.objects.filter(_of(accounts), subject__in=nouns))
    return {(entry.subject, entry.subject_id): entry for entry in _in_order(entries)}


def fields(at: Cut, accounts: Collection[str] | None = None) -> dict[str, Mapping[str, Any]]:
    """The fields of the accounts that existed, by id: tier, stage, status, industry and the rest."""
    entries = seen(at, LedgerEntry.objects.filter(_of(accounts), subject="account"))
    wanted = None if accounts is None else set(accounts)
    return {
        entry.subject_id: entry.data for entry in _in_order(entries) if wanted is None or entry.subject_id in wanted
    }


def owners_of_all(at: Cut) -> dict[str, str]:
    """Who held the company's main role on every account that anybody held."""
    return owners(at, None)


def owners(at: Cut, accounts: Collection[str] | None) -> dict[str, str]:
    """Who held the company's main role on each account, leave aside, by the person's id."""
    role = main_role(at.model)
    held: dict[str, tuple[str, str]] = {}
    for entry in latest(at, ("assignment",), accounts).values():
        data, day = entry.data, at.day.isoformat()
        over = data.get("until_day") if entry.kind == "assignment.started" else data.get("until_day") or ""
        begun = str(data.get("from_day", "")) <= day
        if data.get("role") == role and begun and (over is None or over >= day):
            account, since = str(entry.account_id), str(data["from_day"])
            if since >= held.get(account, ("", ""))[0]:
                held[account] = (since, str(data["person_id"]))
    return {account: person for account, (_, person) in held.items()}


def signals(at: Cut, accounts: Collection[str]) -> list[OpenSignal]:
    """The signals that fired, as they stood: snoozed or behind another as of then. They are copies and not stored."""
    states: dict[str, dict[str, Any]] = {}
    entries = seen(at, LedgerEntry.objects.filter(_of(accounts), subject="signal"))
    for entry in _in_order(entries):
        state = states.setdefault(entry.subject_id, {"until": None, "behind": False, "firing": False})
        match entry.kind.partition(".")[2]:
            case "fired":
                state |= {"firing": True, "behind": bool(entry.data.get("inhibited"))}
            case "resolved":
                state["firing"] = False
            case "snoozed":
                state["until"] = entry.data.get("until")
            case "woken":
                state["until"] = None
            case "inhibited" | "uninhibited" as verb:
                state["behind"] = verb == "inhibited"
    firing = [pk for pk, state in states.items() if state["firing"]]
    found = list(OpenSignal.objects.filter(pk__in=firing, account_id__in=list(accounts)).order_by("fired_at", "id"))
    for signal in found:
        state = states[signal.pk]
        signal.state, signal.resolved_at, signal.is_inhibited = OpenSignal.State.FIRING, None, state["behind"]
        signal.snoozed_until = datetime.fromisoformat(state["until"]) if state["until"] else None
    return found


_STATUS = {
    "opened": Opening.Status.RUNNING,
    "warned": Opening.Status.WARNED,
    "paused": Opening.Status.PAUSED,
    "resumed": Opening.Status.RUNNING,
    "met": Opening.Status.MET,
    "missed": Opening.Status.MISSED,
    "cancelled": Opening.Status.CANCELLED,
}


def openings(at: Cut, accounts: Collection[str], rule: str = "") -> list[Opening]:
    """The promises that had been opened, with status, due time, cause and verdict as of then. Copies, not stored."""
    rows = Opening.objects.filter(account_id__in=list(accounts), opened_at__lt=at.ends).select_related("owner")
    stored = {row.pk: row for row in (rows.filter(rule=rule) if rule else rows)}
    told: dict[str, list[LedgerEntry]] = defaultdict(list)
    entries = LedgerEntry.objects.filter(_of(accounts), subject="commitment", known_at__lte=at.known)
    for entry in entries.filter(happened_at__lt=at.ends).order_by("id"):
        told[entry.subject_id].append(entry)
    found = [as_told(stored[pk], entries) for pk, entries in told.items() if pk in stored]
    return sorted(found, key=lambda row: row.opened_at, reverse=True)


def as_told(row: Opening, entries: Sequence[LedgerEntry]) -> Opening:
    """A promise as its facts told it up to then."""
    row.cause = row.whose = row.cause_note = row.pause_reason = ""
    row.met_at = row.judged_at = row.paused_since = None
    row.is_corrected = False
    for entry in entries:
        verb, data = entry.kind.partition(".")[2], entry.data
        row.due_at = datetime.fromisoformat(data["due_at"]) if data.get("due_at") else row.due_at
        status = _STATUS.get(verb)
        if verb in ("judged", "restated"):
            said = data.get("verdict")
            status = Opening.Status.RUNNING if said == "open" else Opening.Status(said)
            row.is_corrected = row.is_corrected or verb == "judged"
        elif verb == "moved" and not row.is_open:
            status = Opening.Status.RUNNING
        if status is not None:
            row.status = status
            row.met_at = entry.happened_at if status == Opening.Status.MET else None
            row.judged_at = None if status in Opening.OPEN else entry.known_at
            row.paused_since = entry.happened_at if status == Opening.Status.PAUSED else None
        if "cause" in data and verb != "paused":
            row.cause, row.whose = data["cause"] or "", data.get("whose") or ""
    return row


def is_overdue(row: Opening, at: Cut) -> bool:
    """Whether a promise counted as overdue: open past its time, or missed lately without a cause."""
    if row.due_at is None:
        return False
    if row.is_open:
        return row.due_at < at.ends
    return row.status == Opening.Status.MISSED and not row.cause and row.due_at >= at.ends - MISSED_FOR


def meetings(at: Cut, account: str) -> list[Meeting]:
    """The meetings that were planned or had been, with time and state as of then, the latest first. Copies."""
    told = {pk: entry.data for (_, pk), entry in latest(at, ("meeting",), [account]).items()}
    rows = list(Meeting.objects.filter(pk__in=told))
    for row in rows:
        row.status, row.minutes = told[row.pk]["status"], told[row.pk]["minutes"]
        row.starts_at = datetime.fromisoformat(told[row.pk]["starts_at"])
    return sorted(rows, key=lambda row: row.starts_at, reverse=True)


def goals(at: Cut, account: str) -> list[Goal]:
    """The outcomes that had been set, with figures and state as of then. Copies."""
    told = {pk: entry.data for (_, pk), entry in latest(at, ("goal",), [account]).items()}
    rows = list(Goal.objects.filter(pk__in=told))
    for row in rows:
        data = told[row.pk]
        row.status = data["status"]
        row.baseline, row.target, row.current = (_exact(data[name]) for name in ("baseline", "target", "current"))
        row.due_on = date.fromisoformat(data["due_on"]) if data["due_on"] else None
    return rows


def _exact(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


@dataclass(frozen=True, slots=True)
class Ranked:
    """Where an account stood in a list by health."""

    account: str
    tone: str
    rank: Decimal


def ranked(lake: Lake, at: Cut, accounts: Iterable[str]) -> list[Ranked]:
    """Accounts with the tone of their score and what lists by health sort by; unknown where none was made."""
    card = at.model.scorecards.get(at.model.primary_scorecard or "")
    known: Mapping[tuple[str, date], tuple[Decimal | None, str]] = {}
    scored = at.night.day if at.night else at.day
    if card is not None and at.night is not None:
        known = bands_on(lake, [scored], str(at.model.primary_scorecard), known_through=at.known)
    found = []
    for account in accounts:
        value, band = known.get((account, scored), (None, UNKNOWN))
        tone = card.bands[band].tone if card is not None and band in card.bands else UNKNOWN
        low, high = (card.low, card.high) if card is not None else (Decimal(0), Decimal(1))
        found.append(Ranked(account, tone, health_rank(tone, value, low, high)))
    return found


def standings(lake: Lake, at: Cut, accounts: Sequence[str]) -> list[Standing]:
    """The standing of some accounts as it was, in the order given. What the ledger keeps no words of stays empty."""
    held, known = owners(at, accounts), fields(at, accounts)
    names = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "name"))
    people = dict(Person.objects.filter(pk__in=set(held.values())).values_list("pk", "name"))
    rows = {}
    for account in accounts:
        data = known.get(account, {})
        owner = held.get(account)
        rows[account] = Standing(
            account_id=account, name=names.get(account, ""), status=data.get("status") or "active",
            tier=data.get("tier") or "", industry=data.get("industry") or "", stage=data.get("stage") or "",
            owner_id=owner, owner_name=people.get(owner or "", ""),
            score_day=at.night.day if at.night else at.day,
            fresh_at=at.known if at.run or not at.night else at.night.finished_at,
        )  # fmt: skip
    _put_contracts(rows, at)
    _put_signals(rows, at)
    _put_promises(rows, at)
    _put_bands(rows, at)
    _put_scores(lake, rows, at)
    return [rows[account] for account in accounts]


def _put_contracts(rows: Mapping[str, Standing], at: Cut) -> None:
    """Yearly value and renewal from the contracts that ran."""
    day = at.day.isoformat()
    for entry in latest(at, ("contract",), list(rows)).values():
        row, data = rows.get(str(entry.account_id)), entry.data
        ends = data.get("ends_on")
        if row is None or data.get("status") != "active" or (ends and ends < day) or data.get("starts_on", "") > day:
            continue
        if row.currency in ("", data.get("currency")):
            row.currency = data.get("currency") or ""
            row.amount = (row.amount or Decimal(0)) + Decimal(str(data.get("amount") or 0))
        if ends and (row.renewal_on is None or ends < row.renewal_on.isoformat()):
            row.renewal_on = date.fromisoformat(ends)


def _put_signals(rows: Mapping[str, Standing], at: Cut) -> None:
    weights = {"red": 3, "yellow": 2, "green": 1}
    for signal in signals(at, list(rows)):
        row = rows[signal.account_id]
        if signal.is_inhibited:
            continue
        if signal.snoozed_until is not None and signal.snoozed_until > at.ends:
            row.signals_snoozed += 1
            continue
        row.signals_open += 1
        if weights.get(signal.severity, 0) > weights.get(row.worst_signal, 0):
            row.worst_signal = signal.severity


def _put_promises(rows: Mapping[str, Standing], at: Cut) -> None:
    for opening in openings(at, list(rows)):
        row = rows[opening.account_id]
        row.commitments_open += opening.is_open
        row.commitments_overdue += is_overdue(opening, at)


def _put_bands(rows: Mapping[str, Standing], at: Cut) -> None:
    """Since when the band held, from the facts of its changes."""
    for entry in _bands(at, list(rows)):
        row = rows.get(str(entry.account_id))
        if row is not None:
            row.band_since = company_day(entry.happened_at, at.zone)
            row.previous_band = entry.data.get("before") or ""


def _bands(at: Cut, accounts: Collection[str]) -> list[LedgerEntry]:
    return _in_order(seen(at, LedgerEntry.objects.filter(_of(accounts), kind="score.banded")))


def band_since(at: Cut, accounts: Collection[str]) -> dict[str, date]:
    """Since which company day each account was in its band."""
    return {str(entry.account_id): company_day(entry.happened_at, at.zone) for entry in _bands(at, accounts)}


def _put_scores(lake: Lake, rows: Mapping[str, Standing], at: Cut) -> None:
    """Score, band, parts, explanation and reason from the edition of the day, and the twelve weeks up to it.

    Where no night closed the day it is the edition of the last night before, as people saw it then.
    """
    key = at.model.primary_scorecard
    card = at.model.scorecards.get(key or "")
    if card is None or at.night is None:
        for row in rows.values():
            row.reason = "no night had closed yet, so no score was made" if card else ""
            row.band_since = None
        return
    scored = at.night.day
    days = weeks_to(scored)
    weekly = bands_on(lake, days, str(key), accounts=list(rows), known_through=at.known)
    before = _explained(scores_on(lake, scored - timedelta(days=1), known_through=at.known, accounts=list(rows)), key)
    made = _explained(scores_on(lake, scored, known_through=at.known, accounts=list(rows)), key)
    for account, row in rows.items():
        row.spark = [_figure(weekly.get((account, day), (None, ""))[0]) for day in days]
        found = made.get(account)
        if found is None:
            row.reason = "no score was made of it that night"
            continue
        explained = found.explanation
        row.score, row.band, row.coverage = found.score, found.band, found.coverage
        row.band_tone = card.bands[found.band].tone if found.band in card.bands else UNKNOWN
        row.health_rank = health_rank(row.band_tone, found.score, card.low, card.high)
        row.parts = [{name: part[name] for name in ("key", "label", "level")} for part in explained["parts"]]
        row.explanation = dict(explained)
        earlier = before.get(account)
        row.reason = Score.stored(explained).reason(card, _points(earlier.explanation if earlier else {}))[:400]


def weeks_to(day: date, weeks: int = SPARK_WEEKS) -> list[date]:
    """The last day of each week up to one that ends with `day` itself, oldest first."""
    sunday = day - timedelta(days=day.weekday() + 1)
    return [*(sunday - timedelta(weeks=back) for back in reversed(range(weeks - 1))), day]


def _explained(scores: Iterable[Published], card: str | None) -> dict[str, Published]:
    return {score.account: score for score in scores if score.card == card}


def _points(explanation: Mapping[str, Any]) -> dict[str, Decimal | None]:
    """What each part earned, from a stored explanation."""
    parts: Sequence[Mapping[str, Any]] = explanation.get("parts", ())
    return {part["key"]: None if part["points"] is None else Decimal(part["points"]) for part in parts}


def _figure(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
