"""An oracle of promises: it reads an exported ledger and a blueprint's YAML, walks through the facts, and says how each
promise must have ended.

It follows the handbook's page on commitments and shares no code with the engine: times, conditions and matching are
written here a second time.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

Line = dict[str, Any]
NINE, FIVE = time(9), time(17)  # the working day of both shipped companies, Monday to Friday
CLOSERS = {"met", "missed", "cancelled"}


def read_promises(folder: Path) -> tuple[ZoneInfo, dict[str, Line]]:
    """The company's zone and its commitments, as written."""
    yaml = YAML(typ="safe")
    company = yaml.load((folder / "company.yaml").read_text())["company"]
    return ZoneInfo(company["zone"]), yaml.load((folder / "commitments.yaml").read_text())["commitments"]


# Time.


class Hours:
    """What lengths of time mean in a zone in which people work from nine to five on weekdays."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def local(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)

    def spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Open spans from the local day on, without end."""
        while True:
            if day.weekday() < 5:
                yield self.local(day, NINE), self.local(day, FIVE)
            day += timedelta(days=1)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def on_the_wall(self, moment: datetime, step: timedelta) -> datetime:
        wall = moment.astimezone(self.zone).replace(tzinfo=None) + step
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def add(self, moment: datetime, length: "Length") -> datetime:
        amount = length.amount
        match length.unit:
            case "hour":
                return moment + timedelta(hours=amount)
            case "day":
                return self.on_the_wall(moment, timedelta(days=amount))
            case "week":
                return self.on_the_wall(moment, timedelta(weeks=amount))
            case "month":
                wall = moment.astimezone(self.zone)
                months = wall.month - 1 + amount
                year, month = wall.year + months // 12, months % 12 + 1
                last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
                return self.local(date(year, month, min(wall.day, last)), wall.time())
            case "business hour":
                return self.after_work(moment, timedelta(hours=amount))
            case "business day":
                return self.business_days(moment, amount)
        raise AssertionError(length)

    def after_work(self, moment: datetime, worked: timedelta) -> datetime:
        for opens, closes in self.spans(self.day(moment)):
            begins = max(opens, moment)
            if closes - begins >= worked:
                return begins + worked
            worked -= max(timedelta(0), closes - begins)
        raise AssertionError("spans never end")

    def business_days(self, moment: datetime, amount: int) -> datetime:
        begun = next(max(opens, moment) for opens, closes in self.spans(self.day(moment)) if closes > moment)
        day, left = self.day(begun), amount
        while left:
            day += timedelta(days=1)
            left -= day.weekday() < 5
        return min(self.local(day, begun.astimezone(self.zone).time()), self.local(day, FIVE))

    def work_between(self, start: datetime, end: datetime) -> timedelta:
        total = timedelta(0)
        for opens, closes in self.spans(self.day(start)):
            if opens >= end:
                return total
            total += max(timedelta(0), min(closes, end) - max(opens, start))
        raise AssertionError("spans never end")

    def between(self, start: datetime, end: datetime, length: "Length") -> timedelta:
        if length.unit.startswith("business"):
            return self.work_between(start, end)
        if length.unit == "hour":
            return end - start
        return end.astimezone(self.zone).replace(tzinfo=None) - start.astimezone(self.zone).replace(tzinfo=None)

    def after(self, moment: datetime, counted: timedelta, length: "Length") -> datetime:
        if length.unit.startswith("business"):
            return self.after_work(moment, counted)
        return moment + counted if length.unit == "hour" else self.on_the_wall(moment, counted)

    def midnight(self, moment: datetime) -> datetime:
        return self.local(self.day(moment) + timedelta(days=1), time(0))


@dataclass(frozen=True)
class Length:
    amount: int
    unit: str  # hour, day, week, month, business hour, business day


def length_of(text: str | None, *, in_company_hours: bool = False) -> Length | None:
    if text is None:
        return None
    amount, _, unit = text.partition(" ")
    unit = unit.removesuffix("s")
    if in_company_hours and unit in ("hour", "day"):
        unit = f"business {unit}"
    return Length(int(amount), unit)


# Conditions.


def holds(condition: str | None, fact: Line) -> bool:
    """Whether a condition of the few forms that the shipped blueprints use is true of a fact; unknown is not true."""
    if condition is None:
        return True
    text = re.sub(r"(data|account)\.(\w+) is null", r"(\1.get('\2') is None)", condition)
    text = re.sub(r"(data|account)\.(\w+)(?!\w|\()", r"\1.get('\2', NOTHING)", text)
    text = re.sub(r"\btrue\b", "True", re.sub(r"\bfalse\b", "False", text))
    text = re.sub(r"\('([^']*)'\)", r"('\1',)", text)
    text = re.sub(r"(?<![!<>=])=(?!=)", "==", text)
    scope = {"data": fact["data"], "account": fact["account"], "NOTHING": _Nothing()}
    return eval(text, {"__builtins__": {}}, scope) is True


class _Nothing:
    """A field that a fact does not carry: no comparison with it is true."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]


# Promises.


@dataclass
class Clock:
    name: str
    fact: int
    number: int
    subject: str
    opened: datetime
    due: datetime | None
    grace: datetime | None = None
    paused: datetime | None = None
    rest: timedelta | None = None
    status: str = "open"
    at: datetime | None = None

    @property
    def end(self) -> datetime | None:
        return max(self.due, self.grace) if self.due and self.grace else self.due

    def is_live(self, at: datetime) -> bool:
        return self.status == "open" and self.opened <= at and (self.end is None or at <= self.end)


@dataclass
class Cadence:
    fact: int
    subject: str
    begun: datetime
    anchor: datetime
    steps: int = 1
    number: int = 1
    end: datetime | None = None
    paused: datetime | None = None
    rest: timedelta | None = None


@dataclass
class Promise:
    """One rule on one account, walked through."""

    rule: str
    terms: Line
    hours: Hours
    clocks: list[Clock] = field(default_factory=list)
    cadence: Cadence | None = None
    plans: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        company = self.terms.get("hours") == "company"
        self.every = length_of(self.terms.get("every"))
        within = length_of(self.terms.get("within"), in_company_hours=company)
        self.length: Length = within or self.every  # type: ignore[assignment]
        self.match = self.terms.get("match", "account")

    def plays(self, part: str, fact: Line) -> bool:
        triggers = self.terms.get(part) or []
        return any(t["on"] == fact["kind"] and holds(t.get("where"), fact) for t in _listed(triggers))

    def around(self, fact: Line) -> bool:
        """Whether a fact plans, moves or drops what would keep the promise."""
        noun, _, verb = fact["kind"].partition(".")
        kept = [t for t in self.terms["met_by"] if t["on"].partition(".")[0] == noun]
        if verb not in ("scheduled", "rescheduled", "cancelled") or (
            verb != "cancelled" and "starts_at" not in fact["data"]
        ):
            return False  # work that is put off says no moment at which it will be
        return any(holds(t.get("where"), fact) for t in kept)

    def hear(self, fact: Line) -> None:
        at = fact["at"]
        self.roll(at)
        kind = fact["kind"]
        if kind in ("commitment.paused", "commitment.resumed") and fact["data"].get("rule") == self.rule:
            self.toggle(fact, kind.endswith("paused"))
        if kind == "commitment.judged" and fact["data"].get("rule") == self.rule:
            for clock in self.clocks:
                if clock.name == fact["data"]["opening"] and clock.is_live(at):
                    clock.status, clock.at = fact["data"]["verdict"], at
        if kind == "account.closed" and self.terms.get("kind") == "cadence":
            self.stop(at)
        met = self.meet(fact) if self.plays("met_by", fact) else []
        if self.around(fact):
            self.plan(fact)
        if self.plays("cancelled_by", fact):
            self.cancel(fact, met)
        self.run_on(at)
        if self.plays("opens", fact):
            self.open(fact)

    # Openings.

    def open(self, fact: Line) -> None:
        if self.terms.get("kind") != "cadence":
            name = f"{self.rule}/{fact['root']}"
            self.begin(Clock(name, fact["root"], 0, fact["subject_id"], fact["at"], None))
        elif self.cadence is None and self.applies(fact):
            self.cadence = Cadence(fact["root"], fact["subject_id"], fact["at"], fact["at"])
            self.period(fact["at"])

    def applies(self, fact: Line) -> bool:
        condition = self.terms.get("applies")
        return condition is None or holds(condition.replace("tier", "data.tier"), fact)

    def begin(self, clock: Clock, due: datetime | None = None) -> None:
        clock.due = due or self.hours.add(clock.opened, self.length)
        self.clocks.append(clock)
        for subject, (owed, now) in self.plans.items():
            if self.match != "subject" or subject == clock.subject:
                self.wait(clock, owed, now)

    def period(self, start: datetime) -> None:
        cadence = self.cadence
        assert cadence is not None and self.every is not None
        cadence.end = self.hours.add(cadence.anchor, Length(self.every.amount * cadence.steps, self.every.unit))
        name = f"{self.rule}/{cadence.fact}/{cadence.number}"
        self.begin(Clock(name, cadence.fact, cadence.number, cadence.subject, start, None), cadence.end)

    def roll(self, until: datetime) -> None:
        while self.cadence is not None and self.cadence.end is not None and self.cadence.end <= until:
            start = self.cadence.end
            self.cadence.number += 1
            self.cadence.steps += 1
            self.period(start)

    def stop(self, at: datetime) -> None:
        if self.cadence is None:
            return
        for clock in list(self.clocks):
            if clock.number and (clock.opened > at or clock.opened == at > self.cadence.begun):
                self.clocks.remove(clock)
            elif clock.number and clock.is_live(at):
                clock.status, clock.at = "cancelled", at
        self.cadence = None

    # Facts.

    def about(self, fact: Line) -> list[Clock]:
        live = [clock for clock in self.clocks if clock.is_live(fact["at"])]
        return [c for c in live if c.subject == fact["subject_id"]] if self.match == "subject" else live

    def meet(self, fact: Line) -> list[Clock]:
        found = self.about(fact)
        if not found:
            return []
        first = min(found, key=lambda c: (c.subject != fact["subject_id"], c.opened, c.fact, c.number))
        chosen = found if self.match == "all" and not first.number else [first]
        for clock in chosen:
            clock.status, clock.at = "met", fact["at"]
        self.plans.pop(fact["subject_id"], None)
        return chosen

    def cancel(self, fact: Line, met: list[Clock]) -> None:
        at, of_account = fact["at"], fact["subject"] == "account"
        live = [clock for clock in self.clocks if clock.is_live(at) and clock not in met]
        found = live if of_account else self.about(fact)
        own = [clock for clock in found if clock.subject == fact["subject_id"]]
        for clock in found if of_account else own or found:
            if clock not in met:
                clock.status, clock.at = "cancelled", at
        if self.cadence is not None and (
            of_account or self.match != "subject" or self.cadence.subject == fact["subject_id"]
        ):
            self.stop(at)

    def plan(self, fact: Line) -> None:
        verb, subject = fact["kind"].partition(".")[2], fact["subject_id"]
        if verb == "cancelled":
            self.plans.pop(subject, None)
            return
        starts = datetime.fromisoformat(fact["data"]["starts_at"]).astimezone(UTC)
        before = self.plans.get(subject)
        if before is not None and max(before) < fact["at"] - timedelta(days=35):
            before = None
        waits = verb == "rescheduled" and fact["data"].get("whose") != "us"
        owed = (before[0] if before else fact["at"]) if waits else starts
        self.plans[subject] = (owed, starts)
        if verb == "rescheduled":
            for clock in sorted(self.about(fact), key=lambda c: (c.opened, c.fact, c.number)):
                if self.wait(clock, owed, starts):
                    break

    def wait(self, clock: Clock, owed: datetime, now: datetime) -> bool:
        end = clock.end
        if end is None or clock.due is None or not clock.opened <= owed <= end or now <= end:
            return False
        until = min(self.hours.midnight(now), self.hours.add(clock.due, self.length))
        clock.grace = max(until, clock.grace or until)
        return True

    def toggle(self, fact: Line, pauses: bool) -> None:
        at, name = fact["at"], fact["data"].get("opening")
        for clock in self.clocks:
            if clock.name == name and pauses and clock.is_live(at) and clock.due and at < clock.due:
                clock.rest, clock.paused, clock.due = self.hours.between(at, clock.due, self.length), at, None
            elif clock.name == name and not pauses and clock.status == "open" and clock.rest is not None:
                clock.due, clock.rest = self.hours.after(at, clock.rest, self.length), None
        cadence = self.cadence
        if cadence is None or name != f"{self.rule}/{cadence.fact}/{cadence.number}" or self.every is None:
            return
        if pauses and cadence.end is not None and at < cadence.end:
            cadence.rest, cadence.end = self.hours.between(at, cadence.end, self.every), None
        elif not pauses:
            self.go_on(cadence, at)

    def run_on(self, at: datetime) -> None:
        """The pause of a period ends with it."""
        cadence = self.cadence
        if cadence is not None:
            name = f"{self.rule}/{cadence.fact}/{cadence.number}"
            if all(clock.status != "open" for clock in self.clocks if clock.name == name):
                self.go_on(cadence, at)

    def go_on(self, cadence: Cadence, at: datetime) -> None:
        if cadence.rest is not None and self.every is not None:
            cadence.end, cadence.rest = self.hours.after(at, cadence.rest, self.every), None
            cadence.anchor, cadence.steps = cadence.end, 0

    def close(self, now: datetime) -> None:
        """Let time pass up to now: what is due and has settled is missed."""
        self.roll(now)
        settle = length_of(self.terms.get("settle"))
        for clock in self.clocks:
            if clock.status == "open" and clock.end is not None:
                judged = self.hours.add(clock.end, settle) if settle else clock.end
                if judged <= now:
                    clock.status, clock.at = "missed", clock.end


def _listed(triggers: Any) -> list[Line]:
    return [triggers] if isinstance(triggers, dict) else triggers


def standing(lines: list[Line]) -> list[Line]:
    """The facts that hold in the end, each at the place of the first of its corrections."""
    by_id = {line["id"]: line for line in lines}
    gone = {line[name] for line in lines for name in ("corrects", "retracts") if line[name] is not None}
    found = []
    for line in lines:
        if line["id"] in gone or line["retracts"] is not None:
            continue
        root = line
        while root["corrects"] is not None:
            root = by_id[root["corrects"]]
        found.append(line | {"root": root["id"], "at": datetime.fromisoformat(line["happened_at"]).astimezone(UTC)})
    return found


def verdicts(ledger: list[Line], folder: Path, now: datetime) -> dict[tuple[str, str], tuple[str, datetime | None]]:
    """Per account and opening how it must have ended, and when; ``open`` where it has not."""
    zone, promises = read_promises(folder)
    by_account: dict[str, list[Line]] = defaultdict(list)
    for line in standing(_with_accounts(ledger)):
        if line["account_id"] and (not line["kind"].startswith("commitment.") or line["kind"] in _SAID_BY_PEOPLE):
            by_account[line["account_id"]].append(line)
    found: dict[tuple[str, str], tuple[str, datetime | None]] = {}
    for account, facts in by_account.items():
        for rule, terms in promises.items():
            promise = Promise(rule, terms, Hours(zone))
            for fact in sorted(facts, key=lambda fact: (fact["at"], _rank(promise, fact), fact["root"])):
                promise.hear(fact)
            promise.close(now)
            judged = {
                fact["data"]["opening"]: fact["data"]["verdict"]
                for fact in facts
                if fact["kind"] == "commitment.judged" and fact["data"]["rule"] == rule
            }
            for clock in promise.clocks:
                verdict = judged.get(clock.name)
                found[account, clock.name] = (verdict, None) if verdict else (clock.status, clock.at)
    return found


def _with_accounts(ledger: list[Line]) -> list[Line]:
    """Each fact with its account's fields as they stood when it was written down; what is empty is not known."""
    fields: dict[str, Line] = defaultdict(dict)
    found = []
    for line in ledger:
        account = line["account_id"] or ""
        if line["subject"] == "account":
            known = {name: value for name, value in line["data"].items() if name in _ACCOUNT_FIELDS}
            fields[account] = fields[account] | known
        held = {name: value for name, value in fields[account].items() if value not in ("", None)}
        found.append(line | {"account": held})
    return found


_ACCOUNT_FIELDS = {"tier", "stage", "status", "seats", "trial", "industry", "country"}
_SAID_BY_PEOPLE = {"commitment.paused", "commitment.resumed", "commitment.judged"}


def _rank(promise: Promise, fact: Line) -> int:
    """At one moment come openings first, then what may open and meet, then the rest."""
    opens, meets = promise.plays("opens", fact), promise.plays("met_by", fact)
    return 1 if opens and not meets else 2 if opens else 3


def said(ledger: list[Line]) -> dict[tuple[str, str], tuple[str, datetime | None]]:
    """Per account and opening the last word of the ledger on it, and when it says that it ended."""
    found: dict[tuple[str, str], tuple[str, datetime | None]] = {}
    for line in ledger:
        kind, data = line["kind"], line["data"]
        if not kind.startswith("commitment.") or line["account_id"] is None:
            continue
        key = (line["account_id"], data.get("opening", ""))
        if kind == "commitment.opened":
            found[key] = ("open", None)
        elif kind.partition(".")[2] in CLOSERS or kind == "commitment.restated":
            verdict = data["verdict"] if data["verdict"] in CLOSERS else "open"
            at = datetime.fromisoformat(line["happened_at"]).astimezone(UTC) if verdict != "open" else None
            found[key] = (verdict, at)
    return found
