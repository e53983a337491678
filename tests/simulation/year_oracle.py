"""An oracle of R7's KPIs: it reads the exported ledger and the sources' points, and says what each came to on a day.

It shares no code with the product: every figure is counted here a second time, from facts, as the handbook says it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

Line = dict[str, Any]
ZONE = ZoneInfo("America/New_York")
ONBOARDING = {"handover", "discovery", "brand", "content", "first_result"}
VERDICTS = {"commitment.met", "commitment.missed", "commitment.cancelled", "commitment.restated"}
# KPI: the promise it counts, and the days back over which openings fall due; twelve months are a year back.
PROMISES = {
    "tfr1_on_time": "tfr1",
    "tfr2_on_time": "tfr2",
    "yellow_acted_on": "yellow_acted_on",
    "home_run": "home_run",
    "syncs_held": "sync",
    "replies_in_time": "replies",
}
YEARLY = {"home_run", "days_to_first_content"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def day_of(line: Line) -> date:
    return moment(line["happened_at"]).astimezone(ZONE).date()


def starts(day: date) -> datetime:
    return datetime.combine(day, time(0), ZONE).astimezone(UTC)


def rounded(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_UP)


def share(flags: Iterable[bool]) -> Decimal | None:
    """The per cent of those that are true: 100 × true / all."""
    found = list(flags)
    return rounded(Fraction(100 * sum(found), len(found))) if found else None


def mean(values: Iterable[float]) -> Decimal | None:
    found = [Fraction(str(value)) for value in values]
    return rounded(sum(found, Fraction(0)) / len(found)) if found else None


@dataclass
class Account:
    """An account as facts tell of it up to a day."""

    id: str
    created: date
    status: str = "active"
    stage: str = ""
    begun: date | None = None  # the first contract
    closed: date | None = None
    owner: str = ""
    band: str = ""
    band_since: date | None = None
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> Decimal | None:
        """The mean of the three parts, to two decimals; unknown while one is."""
        if set(self.parts) != {"ease", "pace", "result_quality"}:
            return None
        return rounded(sum((Fraction(str(each)) for each in self.parts.values()), Fraction(0)) / 3)


class Day:
    """What was known when the night of a day had closed it."""

    def __init__(self, ledger: list[Line], points: list[Line], day: date, known: datetime) -> None:
        self.day, self.ends = day, starts(day + timedelta(days=1))
        seen = [line for line in ledger if moment(line["known_at"]) <= known]
        gone = {line[name] for line in seen for name in ("corrects", "retracts") if line[name] is not None}
        stands = [line for line in seen if line["id"] not in gone and line["retracts"] is None]
        # A fact that was corrected stands at the place of the one that it corrects, among those of its moment.
        stands.sort(key=lambda line: (moment(line["happened_at"]), line["corrects"] or line["id"], line["id"]))
        self.facts = [line for line in stands if moment(line["happened_at"]) < self.ends]
        self.told = sorted(self.facts, key=lambda line: int(line["id"]))
        self._points: dict[tuple[str, str], list[tuple[date, float]]] = defaultdict(list)
        for point in points:
            if moment(point["known_at"]) <= known:
                row = (date.fromisoformat(point["day"]), float(point["value"]))
                self._points[point["account_id"], point["metric"]].append(row)

    def back(self, days: int) -> date:
        """The first day of a window of so many days that ends today."""
        return self.day - timedelta(days=days - 1)

    def of(self, *kinds: str) -> list[Line]:
        return [line for line in self.facts if line["kind"] in kinds]

    @cached_property
    def accounts(self) -> dict[str, Account]:
        found: dict[str, Account] = {}
        for line in self.facts:
            kind, data, day = line["kind"], line["data"], day_of(line)
            if kind == "account.created":
                found[line["account_id"]] = Account(line["account_id"], day)
            account = found.get(line["account_id"] or "")
            if account is None:
                continue
            if line["subject"] == "account":
                account.status, account.stage = data["status"], data["stage"]
            match kind:
                case "account.closed":
                    account.closed = day
                case "contract.started":
                    account.begun = account.begun or date.fromisoformat(data["starts_on"])
                case "rating.given":
                    account.parts[data["part"]] = data["value"]
                case "score.banded":
                    account.band, account.band_since = data["band"], day
        for line in self.told:  # whoever was given an account last has it
            if line["kind"] == "assignment.started" and line["data"]["role"] == "csm":
                found[line["account_id"]].owner = line["data"]["person_id"]
        return found

    # Windows over facts and points.

    def total(self, account: str, metric: str, first: date, last: date) -> float | None:
        held = [value for day, value in self._points[account, metric] if first <= day <= last]
        if metric == "engagement_rate":
            return sum(held) / len(held) if held else None
        return sum(held) if held else None

    def change(self, account: str, metric: str) -> float | None:
        """The share by which 28 days are above the 28 before; unknown where either is, or was nothing before.

        The 28 before are read as of the day before these began, on which the account must have been there.
        """
        if self.accounts[account].created > self.day - timedelta(days=28):
            return None
        now = self.total(account, metric, self.back(28), self.day)
        before = self.total(account, metric, self.back(56), self.back(29))
        return (now - before) / before if now is not None and before else None

    def acting(self, person: str, at: datetime) -> str:
        """Whoever did somebody's work at a moment: they, or whoever covered, as far as their leave had been told."""
        seen = {person}
        while (cover := self._cover(person, at)) is not None and cover not in seen:
            person = cover
            seen.add(cover)
        return person

    @cached_property
    def _leaves(self) -> list[Line]:
        return self.of("leave.taken")

    def _cover(self, person: str, at: datetime) -> str | None:
        today = at.astimezone(ZONE).date().isoformat()
        for line in self._leaves:
            data = line["data"]
            is_away = data["person_id"] == person and data["from_day"] <= today <= data["until_day"]
            if is_away and moment(line["known_at"]) <= at:
                cover: str = data["cover_id"]
                return cover
        return None

    def pieces(self) -> dict[str, list[Line]]:
        """The facts of each published piece, in their order."""
        found: dict[str, list[Line]] = defaultdict(list)
        for line in self.facts:
            if line["subject"] == "deliverable" and line["data"].get("state"):
                found[line["subject_id"]].append(line)
        return found


# The figures, each for the accounts and promises of a scope.

Held = list[Account]


def promises(day: Day, rule: str) -> dict[str, Line]:
    """Each opening of a promise: whose, when opened and due, its verdict and when that came."""
    found: dict[str, Line] = {}
    for line in day.told:
        data = line["data"]
        if line["subject"] != "commitment" or data.get("rule") != rule:
            continue
        if line["kind"] == "commitment.opened":
            found[line["subject_id"]] = {
                "account": line["account_id"],
                "opened": moment(data["opened_at"]),
                "verdict": "open",
                "paused": False,
                "at": None,
            }
        row = found[line["subject_id"]]
        # One that is kept while its time stands still has no due time any more; it counts by the one it had.
        row["due"] = moment(data["due_at"]) if data["due_at"] else row.get("due")
        row.setdefault("owner", data["owner"])
        if line["kind"] in VERDICTS:
            # It is to the credit of whoever acted when it was said.
            row["owner"] = day.acting(data["owner"], moment(line["recorded_at"]))
            row["verdict"], row["at"] = data["verdict"], moment(line["happened_at"])
        elif line["kind"] in ("commitment.paused", "commitment.resumed"):
            row["paused"] = line["kind"] == "commitment.paused"
    return found


def fell_due(day: Day, key: str, rule: str, person: str) -> list[Line]:
    """The openings that fell due in a KPI's time, and were neither called off nor are paused."""
    if key in YEARLY:
        begins = starts(day.day.replace(year=day.day.year - 1) + timedelta(days=1))
    else:
        begins = starts(day.back(90))
    rows = [row for row in promises(day, rule).values() if not person or row["owner"] == person]
    return [
        row
        for row in rows
        if row["due"] is not None and begins <= row["due"] < day.ends
        if row["verdict"] in ("met", "missed") or (row["verdict"] == "open" and not row["paused"])
    ]


def kept_share(day: Day, key: str, person: str) -> Decimal | None:
    return share(row["verdict"] == "met" for row in fell_due(day, key, PROMISES[key], person))


def days_to_content(day: Day, person: str) -> Decimal | None:
    """The area under the share of clients that still wait, by days since the contract (Kaplan and Meier)."""
    out = [line for line in day.of("deliverable.delivered") if line["data"]["type"] == "published_piece"]
    times: list[tuple[Fraction, bool]] = []
    for row in fell_due(day, "days_to_first_content", "contract_to_content", person):
        hits = [moment(x["happened_at"]) for x in out if x["account_id"] == row["account"]]
        first = row["at"] if row["verdict"] == "met" else min((x for x in hits if x >= row["opened"]), default=None)
        seconds = Decimal(((first or day.ends) - row["opened"]).total_seconds())
        lasted = (seconds / 86400).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        times.append((Fraction(lasted), first is not None))
    if not times:
        return None
    area, before, waiting = Fraction(0), Fraction(0), Fraction(1)
    for at in sorted({lasted for lasted, _ in times}):
        area += waiting * (at - before)
        at_risk = sum(lasted >= at for lasted, _ in times)
        ended = sum(lasted == at and done for lasted, done in times)
        waiting, before = waiting * Fraction(at_risk - ended, at_risk), at
    return rounded(area)


def running(held: Held) -> Held:
    return [each for each in held if each.stage == "running"]


def active(held: Held) -> Held:
    return [each for each in held if each.status == "active"]


def known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def retained(day: Day, held: Held) -> Decimal | None:
    cohort = [each for each in held if each.begun and 90 <= (day.day - each.begun).days <= 455]
    stayed = [((each.closed or day.day) - each.begun).days for each in cohort if each.begun]
    return share(days >= 90 for days in stayed)


def improving(day: Day, held: Held) -> Decimal | None:
    """Any of three figures above the four weeks before; false only where all three are known."""
    flags = []
    oldest: dict[str, date] = {}
    for line in day.of("contract.started", "contract.renewed", "contract.ended"):
        oldest.setdefault(line["account_id"], date.max)
    for each in active(held):
        began = contract_began(day, each.id)
        if began is None or (day.day - began).days < 56:
            continue
        changes = [day.change(each.id, metric) for metric in ("views", "interactions", "inquiries")]
        if any(change is not None and change > 0 for change in changes):
            flags.append(True)
        elif None not in changes:
            flags.append(False)
    return share(flags)


def contract_began(day: Day, account: str) -> date | None:
    """When the oldest contract began that runs today."""
    found: dict[str, Line] = {}
    renewed: dict[str, date] = {}
    for line in day.of("contract.started", "contract.changed", "contract.renewed", "contract.ended"):
        if line["account_id"] == account:
            found[line["subject_id"]] = line
            if line["data"].get("renews"):
                renewed[line["data"]["renews"]] = date.fromisoformat(line["data"]["starts_on"])
    runs = []
    for pk, line in found.items():
        data = line["data"]
        begins, ends = date.fromisoformat(data["starts_on"]), data.get("ends_on")
        over = ends is not None and date.fromisoformat(ends) < day.day
        goes_on = (
            data.get("auto_renew") and line["kind"] != "contract.ended" and not renewed.get(pk, date.max) <= day.day
        )
        if begins <= day.day and (not over or goes_on):
            runs.append(begins)
    return min(runs, default=None)


def checklists(day: Day, held: Held) -> Decimal | None:
    """Per account, the share of its items that are done of those that are or should be; their mean, in per cent."""
    items: dict[str, Line] = {}
    for line in day.facts:
        if line["subject"] == "checklist":
            items[line["subject_id"]] = line
    shares = []
    for each in active(held):
        if each.begun is None or (day.day - each.begun).days > 90:
            continue
        own = [line for line in items.values() if line["account_id"] == each.id]
        done = sum(line["kind"] == "checklist.done" for line in own)
        listed = ("opened", "blocked", "unblocked", "reopened")
        late = sum(
            line["kind"].partition(".")[2] in listed
            and line["data"].get("due_at") is not None
            and moment(line["data"]["due_at"]) < day.ends
            for line in own
        )
        if done + late:
            shares.append(Fraction(100 * done, done + late))
    return rounded(sum(shares, Fraction(0)) / len(shares)) if shares else None


def satisfaction(day: Day, held: Held) -> Decimal | None:
    shares = []
    for each in held:
        given = [
            line["data"]["score"]
            for line in day.of("survey.answered")
            if line["account_id"] == each.id and line["data"]["scale"] == "csat" and day_of(line) >= day.back(90)
        ]
        if given:
            shares.append(Fraction(100 * sum(score >= 4 for score in given), len(given)))
    return rounded(sum(shares, Fraction(0)) / len(shares)) if shares else None


def attendance(day: Day, held: Held) -> Decimal | None:
    """Per client that runs, syncs attended of those held or missed by them in 90 days; the mean of these."""
    last: dict[str, Line] = {}
    for line in day.facts:
        if line["subject"] == "meeting" and line["kind"].partition(".")[2] in (
            "scheduled", "rescheduled", "held", "missed", "cancelled",
        ):  # fmt: skip
            last[line["subject_id"]] = line
    shares = []
    for each in running(held):
        own = [line for line in last.values() if line["account_id"] == each.id and day_of(line) >= day.back(90)]
        own = [line for line in own if line["data"]["type"] == "sync"]
        met = [line for line in own if line["kind"] == "meeting.held"]
        missed = [line for line in own if line["kind"] == "meeting.missed" and line["data"].get("whose") != "us"]
        came = sum(line["data"].get("attended") is not False for line in met)
        if met or missed:
            shares.append(Fraction(100 * came, len(met) + len(missed)))
    return rounded(sum(shares, Fraction(0)) / len(shares)) if shares else None


def planned_weeks(day: Day, account: str) -> Fraction | None:
    """Pieces that are planned, not out, and go out later, by the rhythm that was told last."""
    ahead, rhythm = 0, None
    for line in day.facts:
        if line["account_id"] == account and line["data"].get("per_week"):
            rhythm = line["data"]["per_week"]
    for facts in day.pieces().values():
        data = facts[-1]["data"]
        if facts[-1]["account_id"] != account or data["status"] != "planned" or data["means"] in ("idea", "done"):
            continue
        ahead += data["due_on"] is None or date.fromisoformat(data["due_on"]) > day.day
    return Fraction(ahead) / Fraction(str(rhythm)) if rhythm else None


def submission(day: Day, held: Held) -> Decimal | None:
    """Per client, of the pieces asked for in four weeks the per cent that have come, to one decimal; their mean."""
    rates = []
    for each in running(held):
        asked = came = 0
        for facts in day.pieces().values():
            if facts[0]["account_id"] != each.id:
                continue
            theirs = [line for line in facts if line["data"]["material_by"] == "client"]
            received = [x["data"]["received_on"] for x in theirs if x["data"]["received_on"]]
            if was_asked(day, theirs):
                asked += 1
                came += bool(received)
        if asked:
            rates.append(Decimal(100 * came / asked).quantize(Decimal("0.1"), ROUND_HALF_UP))
    return mean(map(float, rates))


def was_asked(day: Day, facts: list[Line]) -> bool:
    """Whether a piece's material was due on one of 28 days, as the plan stood at that day's end."""
    for number, line in enumerate(facts):
        on = line["data"]["material_on"]
        if on is None or line["data"]["status"] == "cancelled":
            continue
        due = date.fromisoformat(on)
        stood = day_of(line) <= due and (number + 1 == len(facts) or day_of(facts[number + 1]) > due)
        if stood and day.back(28) <= due <= day.day:
            return True
    return False


def published(day: Day, account: str) -> int:
    return len(
        {
            line["subject_id"]
            for line in day.of("deliverable.delivered")
            if line["account_id"] == account and line["data"].get("state") and day_of(line) >= day.back(28)
        }
    )


def spoken_for(day: Day, held: Held) -> Decimal:
    """Testimonials, referrals and reviews of us, each counted once, on the day on which it was first given."""
    first: dict[str, Line] = {}
    for line in day.of("advocacy.given", "advocacy.published"):
        first.setdefault(line["subject_id"], line)
    own = {each.id for each in held}
    wanted = ("testimonial", "referral", "review")
    found = [x for x in first.values() if x["account_id"] in own and x["data"]["type"] in wanted]
    return Decimal(sum(day_of(line) >= day.back(365) for line in found))


def rising(day: Day, held: Held, metric: str) -> Decimal | None:
    return share(change > 0 for change in known(day.change(each.id, metric) for each in running(held)))


def red(day: Day, held: Held, longer_than: int) -> Decimal:
    """Active clients whose score is under 3, and who have been in their band for more than so many days."""
    return Decimal(
        sum(
            each.score is not None
            and each.score < 3
            and (longer_than < 0 or (day.day - (each.band_since or day.day)).days > longer_than)
            for each in active(held)
        )
    )


def sums(day: Day, held: Held, metric: str) -> list[float]:
    return known(day.total(each.id, metric, day.back(28), day.day) for each in active(held))


OF_ACCOUNTS: dict[str, Callable[[Day, Held], Decimal | None]] = {
    "rvs_average": lambda day, held: mean(known(None if x.score is None else float(x.score) for x in active(held))),
    "red_now": lambda day, held: red(day, held, -1),
    "red_too_long": lambda day, held: red(day, held, 14),
    "retained_after_90": retained,
    "clients": lambda day, held: Decimal(len(active(held))),
    "improving": improving,
    "checklist_completion": checklists,
    "review_satisfaction": satisfaction,
    "sync_attendance": attendance,
    "buffer_kept": lambda day, held: share(
        weeks >= 3 for weeks in (planned_weeks(day, each.id) for each in running(held)) if weeks is not None
    ),
    "submission": submission,
    "pieces_per_week": lambda day, held: mean(round(published(day, each.id) / 4, 2) for each in running(held)),
    "engagement_rising": lambda day, held: rising(day, held, "engagement_rate"),
    "profile_views_rising": lambda day, held: rising(day, held, "profile_views"),
    "inquiries": lambda day, held: rounded(Fraction(sum(sums(day, held, "inquiries")))),
    "reviews": lambda day, held: mean(sums(day, held, "reviews")),
    "advocacy": spoken_for,
}


def figure(day: Day, key: str, person: str = "") -> Decimal | None:
    """What a KPI came to on a day, for the company, or for somebody's promises and book."""
    if key in PROMISES:
        return kept_share(day, key, person)
    if key == "days_to_first_content":
        return days_to_content(day, person)
    held = [each for each in day.accounts.values() if not person or each.owner == person]
    return OF_ACCOUNTS[key](day, held)
