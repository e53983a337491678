"""What a blueprint would change before it is applied: definitions, and what runs under them now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from tenure.base import clock
from tenure.blueprint.diff import Change, diff
from tenure.blueprint.model import Model
from tenure.facts.days import company_day
from tenure.facts.lake import Lake
from tenure.identity import blueprints
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.company import apply_blueprint
from tenure.pipeline.cursors import Run
from tenure.pipeline.measuring import Day, measure_day, primary_of, score_day
from tenure.pipeline.retention import Ending, coming
from tenure.watch import commitments as watch
from tenure.work.commitments import CommitmentBook, Opening
from tenure.work.journeys import JourneyRun
from tenure.work.plays import Play
from tenure.work.promises import Known, Rulebook, known_accounts
from tenure.work.signals import OpenSignal
from tenure.work.standing import Standing
from tenure.work.watching import Watch

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rescored:
    """An account whose band would be another one."""

    account_id: str
    account: str
    before: str
    after: str
    score_before: Decimal | None
    score_after: Decimal | None

    def __str__(self) -> str:
        before, after = _shown(self.score_before), _shown(self.score_after)
        return f"{self.account}: {before} {self.before} -> {after} {self.after}"


@dataclass(frozen=True, slots=True)
class ClockMove:
    """A promise that would open, close, or have another time. Times are None where there is none."""

    kind: Literal["opens", "closes", "moves", "runs_on"]
    rule: str
    account_id: str
    account: str
    due_before: datetime | None = None
    due_after: datetime | None = None
    status_after: str = ""


@dataclass(frozen=True, slots=True)
class SignalMove:
    """A signal that would begin, or be over. One that must hold for a while begins as pending."""

    kind: Literal["fires", "pending", "resolves"]
    rule: str
    account_id: str
    account: str


@dataclass(frozen=True, slots=True)
class PlayStop:
    """A running play that would stop, because its playbook goes."""

    playbook: str
    account_id: str
    account: str


@dataclass(frozen=True, slots=True)
class JourneyKept:
    """A running journey that changes: who is on it keeps the checklist with which it began."""

    journey: str
    account_id: str
    account: str


@dataclass(frozen=True)
class Plan:
    """Everything that applying a blueprint would do. `day` is the one whose measures were taken."""

    day: date
    known_through: datetime | None
    changes: Sequence[Change] = ()
    scores: Sequence[Rescored] = ()
    unscored: int = 0  # accounts whose score would change within its band
    clocks: Sequence[ClockMove] = ()
    signals: Sequence[SignalMove] = ()
    plays: Sequence[PlayStop] = ()
    journeys: Sequence[JourneyKept] = ()
    endings: Sequence[Ending] = ()
    accounts: int = 0
    reterm: bool = field(default=False)

    @property
    def is_empty(self) -> bool:
        return not self.changes

    def lines(self) -> Iterator[str]:
        """The plan as lines of text: definitions first, then what they do to what is live."""
        if self.is_empty:
            yield "Nothing changes."
            return
        yield from (f"  {change}" for change in self.changes)
        yield f"On {self.accounts} accounts, by the measures of {self.day.isoformat()}:"
        yield f"  {len(self.scores)} would change band, {self.unscored} would change their score within it"
        yield from (f"    {each}" for each in self.scores)
        for kind, says in _CLOCKS.items():
            found = [move for move in self.clocks if move.kind == kind]
            yield f"  {len(found)} {says}"
            yield from (f"    {_clock(move)}" for move in found if kind != "runs_on")
        for kind, says in _SIGNALS.items():
            moved = [move for move in self.signals if move.kind == kind]
            yield f"  {len(moved)} {says}"
            yield from (f"    {move.rule} on {move.account}" for move in moved)
        yield f"  {len(self.plays)} plays would stop"
        yield from (f"    {stop.playbook} on {stop.account}" for stop in self.plays)
        yield f"  {len(self.journeys)} running journeys keep their checklist"
        yield from (f"    {kept.journey} on {kept.account}" for kept in self.journeys)
        yield from (f"  {ending}" for ending in self.endings)
        if any(ending.tonight for ending in self.endings):
            yield "  What is erased or removed cannot be brought back"


_CLOCKS = {
    "opens": "promises would open",
    "closes": "promises would close",
    "moves": "running promises would have another time",
    "runs_on": "running promises keep their old terms",
}
_SIGNALS = {
    "fires": "signals would fire",
    "pending": "signals would begin to wait",
    "resolves": "signals would be over",
}


def _shown(score: Decimal | None) -> str:
    return "unknown" if score is None else f"{score.normalize():f}"


def _clock(move: ClockMove) -> str:
    if move.kind != "moves":
        return f"{move.rule} on {move.account}"
    before, after = (f"{due:%Y-%m-%d %H:%M}" if due else "paused" for due in (move.due_before, move.due_after))
    settled = f", {move.status_after}" if move.status_after != "open" else ""
    return f"{move.rule} on {move.account}: due {before} -> {after}{settled}"


def plan(lake: Lake, new: Model, *, reterm: bool = False) -> Plan:
    """What would change if `new` were applied now. Reads only.

    `reterm` says that running promises take the new terms.
    """
    old = blueprints.in_force()
    run = Run.objects.filter(status=Run.Status.DONE).order_by("-day", "-started_at").first()
    day = run.day if run else company_day(clock.now(), lake.zone)
    known = run.known_through if run else None
    measured = measure_day(lake, new, day, known_through=known)
    accounts = known_accounts(measured.values)
    names = {row.account_id: row.name for row in Standing.objects.filter(account_id__in=list(accounts)).only("name")}
    scores, within = _rescored(old, measured, names)
    return Plan(
        day=day,
        known_through=known,
        changes=diff(old, new),
        scores=scores,
        unscored=within,
        clocks=[*_openings(old, new, measured, accounts, names), *_running(old, new, accounts, names, reterm)],
        signals=list(_signals(new, measured, accounts, names)),
        plays=_plays(new, names),
        journeys=_journeys(old, new, names),
        endings=list(coming(new, clock.now())),
        accounts=len(accounts),
        reterm=reterm,
    )


def _rescored(old: Model, measured: Day, names: Mapping[str, str]) -> tuple[list[Rescored], int]:
    """Accounts whose band would be another, and how many only their score. Labels are of the cards that made them."""
    moves, within = [], 0
    made = score_day(measured)
    rows = Standing.objects.filter(account_id__in=list(names)).exclude(status="closed").order_by("name", "account_id")
    for row in rows.only("band", "score", "name"):
        found = primary_of(measured.model, made.get(row.account_id, []))
        band, value = (found.band, found.value) if found else ("unknown", None)
        if band != row.band:
            before, after = _band(old, row.band), _band(measured.model, band)
            moves.append(Rescored(row.account_id, row.name, before, after, row.score, value))
        elif value != row.score:
            within += 1
    return moves, within


def _band(model: Model, band: str) -> str:
    card = model.scorecards.get(model.primary_scorecard or "")
    return card.bands[band].label if card and band in card.bands else band.capitalize()


def _openings(
    old: Model, new: Model, measured: Day, accounts: Mapping[str, Known], names: Mapping[str, str]
) -> Iterator[ClockMove]:
    """Promises that begin or end by themselves, because they come to hold for an account, or no longer do."""
    before, after = Rulebook(old, is_stored=False), Rulebook(new, is_stored=False)
    running = set(
        Opening.objects.filter(status__in=Opening.OPEN, account_id__in=list(accounts)).values_list("rule", "account_id")
    )
    for rule, commitment in new.commitments.items():
        if not after.asks_applies(rule):
            continue
        begins_alone = commitment.kind == "cadence" and commitment.opens is None
        for account, known in accounts.items():
            values = measured.values[account]
            now = after.applies(rule, known.status, values)
            was = before.applies(rule, known.status, values) if rule in old.commitments else False
            if begins_alone and now and (rule, account) not in running and not was:
                yield ClockMove("opens", rule, account, names.get(account, ""))
            if now is False and commitment.kind == "cadence" and (rule, account) in running:
                yield ClockMove("closes", rule, account, names.get(account, ""))


def _running(
    old: Model, new: Model, accounts: Mapping[str, Known], names: Mapping[str, str], reterm: bool
) -> Iterator[ClockMove]:
    """What runs of promises whose terms change: moved where the new terms are to hold for it, else running on."""
    hours_changed = (old.calendars, old.company) != (new.calendars, new.company)
    changed = [rule for rule, made in old.commitments.items() if hours_changed or new.commitments.get(rule) != made]
    rules, current = Rulebook(new, is_stored=False), Rulebook(old, is_stored=False)
    books = CommitmentBook.objects.filter(rule__in=changed, account_id__in=list(accounts))
    for row in books.order_by("rule", "account_id").iterator(chunk_size=AT_ONCE):
        state = watch.from_json(row.state, current.kept)
        if not state.open:
            continue
        terms = rules.terms(row.rule, accounts[row.account_id], lambda: None)
        if terms is None or not reterm:
            due = state.open[0].due_at
            yield ClockMove("runs_on", row.rule, row.account_id, names.get(row.account_id, ""), due, due, "open")
            continue
        for move in watch.what_would_move(state, None, terms):
            yield ClockMove(
                "moves",
                row.rule,
                row.account_id,
                names.get(row.account_id, ""),
                move.due_before,
                move.due_after,
                move.status_after,
            )


def _signals(
    new: Model, measured: Day, accounts: Mapping[str, Known], names: Mapping[str, str]
) -> Iterator[SignalMove]:
    watcher = Watch.of(new)
    made = score_day(measured)
    states = OpenSignal.objects.exclude(state=OpenSignal.State.RESOLVED).filter(account_id__in=list(accounts))
    is_open = set(states.values_list("rule", "account_id"))
    for rule in sorted({rule for rule, _ in is_open} | set(new.signals)):
        for account, known in accounts.items():
            found = primary_of(new, made.get(account, []))
            values: dict[str, Any] = {**measured.values[account], "score": found.value if found else None}
            holds = watcher.read(rule, values) if rule in new.signals and known.status != "closed" else False
            if (rule, account) in is_open and holds is False:
                yield SignalMove("resolves", rule, account, names.get(account, ""))
            elif (rule, account) not in is_open and holds is True:
                kind: Literal["fires", "pending"] = "pending" if watcher.rules[rule].holds_for.amount else "fires"
                yield SignalMove(kind, rule, account, names.get(account, ""))


def _plays(new: Model, names: Mapping[str, str]) -> list[PlayStop]:
    running = Play.objects.filter(status=Play.Status.RUNNING).exclude(playbook__in=new.playbooks)
    rows = running.order_by("playbook", "id").values_list("playbook", "account_id")
    return [PlayStop(playbook, account, names.get(account, "")) for playbook, account in rows]


def _journeys(old: Model, new: Model, names: Mapping[str, str]) -> list[JourneyKept]:
    changed = [key for key, journey in old.journeys.items() if new.journeys.get(key) != journey]
    running = JourneyRun.objects.filter(status=JourneyRun.Status.RUNNING, journey__in=changed)
    rows = running.order_by("journey", "id").values_list("journey", "account_id")
    return [JourneyKept(journey, account, names.get(account, "")) for journey, account in rows]


def apply(
    new: Model, files: dict[str, str], actor: Actor, *, folder: str = "", note: str = "", reterm: bool = False
) -> BlueprintVersion:
    """Put a checked blueprint in force, in one transaction; readers and the next night do the rest."""
    data = new.model_dump(mode="json", by_alias=True)
    return apply_blueprint(model=data, files=files, folder=folder, note=note, reterm=reterm, actor=actor)
