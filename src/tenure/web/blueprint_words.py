"""The parts of an operating model in plain words, a function per section: the company and its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.safestring import SafeString

from tenure.blueprint.model import Calendar, Level, Model, Raci, Ramp, Role
from tenure.identity.operations import OPERATIONS, VIEWS
from tenure.web import wording
from tenure.web.conditions import Speaker

REACHES = {
    "book": "the accounts of their own book",
    "pod": "the accounts of their pod",
    "team": "the accounts of their team",
    "all": "every account",
    "own": "their own account",
}
WEEK = {"mon": "Mon", "tue": "Tue", "wed": "Wed", "thu": "Thu", "fri": "Fri", "sat": "Sat", "sun": "Sun"}
SILENCE = {"proceed": "it is done", "escalate": "it goes on to the next above", "lapse": "it lapses"}
LONGEST = 300  # letters of a setting; the whole of it stands where it is written
MONTHS = tuple(date(2000, month, 1).strftime("%B") for month in range(1, 13))


@dataclass(frozen=True)
class Step:
    """One line of something that has an order, with what stands below it."""

    label: str
    said: str = ""
    below: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Curve:
    """A component of a score: what it measures, and the points that its values earn as a drawing."""

    label: str
    said: str
    drawing: SafeString
    why: str = ""


@dataclass
class Entry:
    """One part of the model as a page shows it.

    `said` are sentences, `facts` names and values, `steps` and `curves` what has an order or a shape; `text` is shown
    as it is. `tag` is a word beside the title, `role` the key of a role that has a card; `is_ordered` says whether
    the order of the steps means something.
    """

    section: str
    key: str
    label: str
    said: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    steps: Sequence[Step] = ()
    curves: Sequence[Curve] = ()
    scale: SafeString | str = ""
    text: str = ""
    tag: str = ""
    role: str = ""
    is_ordered: bool = True

    @property
    def id(self) -> str:
        return f"{self.section}-{self.key}".replace(".", "-").replace("*", "every") if self.key else self.section

    def holds(self, words: str) -> bool:
        """Whether a search for some words finds it: each stands somewhere in it."""
        return all(word in self._everything for word in words.lower().split())

    @property
    def _everything(self) -> str:
        parts = [self.label, self.key, self.tag, self.text, *self.said, *(f"{a} {b}" for a, b in self.facts)]
        for step in self.steps:
            parts += [step.label, step.said, *(f"{each.label} {each.said}" for each in step.below)]
        parts += [f"{curve.label} {curve.said} {curve.why}" for curve in self.curves]
        return " ".join(parts).lower()


def facts_of(*pairs: tuple[str, object]) -> list[tuple[str, str]]:
    """Names and values; what says nothing is left out."""
    return [(name, str(value)) for name, value in pairs if value not in (None, "", ())]


def sentence(text: str) -> str:
    """Words as a sentence: a capital in front, a full stop behind."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?', ':')) else '.'}" if text else ""


def company(model: Model, _: Speaker) -> Iterator[Entry]:
    it = model.company
    hours = model.calendars[it.calendar].label if it.calendar in model.calendars else it.calendar
    said = [sentence(it.about)] if it.about else []
    said.append(f"Days are counted in {it.zone}, money in {it.currency}.")
    facts = facts_of(("Working hours", hours), ("The year begins in", MONTHS[it.fiscal_year_starts - 1]))
    yield Entry("company", "", it.name, said, facts)


def words(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.words.items():
        yield Entry("words", key, wording.sentence(key), [", ".join(dict.fromkeys((each.one, each.many)))])


def tiers(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, tier in model.tiers.items():
        facts = facts_of(("Touch", tier.touch), ("Hours a month", tier.hours_per_month))
        yield Entry("tiers", key, tier.label, [sentence(tier.about)] if tier.about else [], facts)


def segments(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, each in model.segments.items():
        facts = facts_of(("Shown to", speak.roles(each.roles)), ("Sorted by", each.sort.replace("_", " ")))
        yield Entry("segments", key, each.label, [sentence(f"Accounts where {speak.condition(each.where)}")], facts)


def calendars(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.calendars.items():
        yield Entry("calendars", key, each.label, [_hours(each)], facts_of(("Zone", each.zone), _holidays(each)))


def _hours(calendar: Calendar) -> str:
    days = [f"{WEEK[day]} {wording.listed(spans)}" for day, spans in calendar.hours.items()]
    return f"Open {', '.join(days)}." if days else "Never open."


def _holidays(calendar: Calendar) -> tuple[str, str]:
    return "Holidays", ", ".join(f"{day.day} {day:%b} {day.year}" for day in calendar.holidays)


def fields(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, each in model.fields.items():
        said = f"A {each.type} on each {each.on}{', which the client sees' if each.client_visible else ''}."
        yield Entry(
            "fields", key, each.label, [said], facts_of(("Choices", ", ".join(each.choices)), ("Help", each.help))
        )


def roles(model: Model, speak: Speaker) -> Iterator[Entry]:
    for key, role in model.roles.items():
        said = [sentence(role.accountable)] if role.accountable else []
        said.append(f"Sees {REACHES[role.reach]}{', in the portal' if role.portal else ''}.")
        entry = Entry("roles", key, role.label, said, role=key, is_ordered=False)
        figures = (model.kpis[each].label for each in role.measured_by if each in model.kpis)
        entry.facts = facts_of(
            ("Owns", "; ".join(role.owns)), ("Its week", "; ".join(role.week)), ("Measured by", ", ".join(figures))
        )
        entry.steps = [*_levels(role), *(_ramp(ramp, model, speak) for ramp in role.ramp.values())]
        yield entry


def _levels(role: Role) -> Iterator[Step]:
    for level in sorted(role.levels.values(), key=lambda each: each.rank):
        after = f"after {level.after}" if level.after else ""
        yield Step(level.label, ", ".join(filter(None, (_book(level), after, level.about))))


def _book(of: Level | Ramp) -> str:
    match of.accounts_from, of.accounts_to:
        case None, None:
            return ""
        case None, most:
            return f"up to {most} accounts"
        case least, None:
            return f"{least} accounts or more"
        case least, most:
            return f"{least} to {most} accounts"


def _ramp(ramp: Ramp, model: Model, speak: Speaker) -> Step:
    below = []
    for each in ramp.expects.values():
        least = "at least" if each.better == "up" else "at most"
        of = model.kpis[each.kpi].label if each.kpi in model.kpis else speak.trigger(each.counts) if each.counts else ""
        below.append(Step(each.label, f"{least} {wording.number(each.target)}{f': {of}' if of else ''}"))
    return Step(f"By {ramp.by}: {ramp.label}", _book(ramp), tuple(below))


def raci(model: Model, speak: Speaker) -> Iterator[Entry]:
    for name, rule in model.raci.items():
        label = OPERATIONS[name].label if name in OPERATIONS else VIEWS.get(name, f"Every {name}")
        yield Entry("raci", name, label, _rule(rule, speak), facts_of(("Act", name)))


def _rule(rule: Raci, speak: Speaker) -> list[str]:
    said = [f"{speak.role(rule.accountable)} answers for it."]
    if rule.responsible:
        said.append(f"{speak.roles(rule.responsible)} may do it too.")
    for role, level in rule.limits.items():
        said.append(f"{speak.role(role)} only from {_level(speak.model, role, level)}.")
    if rule.consulted:
        silent = f"after {rule.within} of silence {SILENCE[rule.on_silence]}"
        said.append(f"{speak.roles(rule.consulted)} is asked first; {silent}.")
    if rule.informed:
        said.append(f"{speak.roles(rule.informed)} is told.")
    return [*said, sentence(rule.why)] if rule.why else said


def _level(model: Model, role: str, level: str) -> str:
    levels = model.roles[role].levels if role in model.roles else {}
    return levels[level].label if level in levels else level


def retention(model: Model, _: Speaker) -> Iterator[Entry]:
    it = model.retention
    ends = (
        (it.contact_days, "A contact is erased {} days after they left, or their account was closed."),
        (it.person_days, "Somebody of ours is erased {} days after their access ended."),
        (it.upload_days, "Files are removed {} days after their account was closed."),
    )
    said = [text.format(days) for days, text in ends if days is not None]
    if said:
        yield Entry("retention", "", "Retention", said)


def settings(model: Model, _: Speaker) -> Iterator[Entry]:
    for key, value in model.settings.items():
        yield Entry("settings", key, wording.sentence(key), [], facts_of(("Is", _short(_value(value)))))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _value(value: Any) -> str:
    match value:
        case dict():
            return "; ".join(f"{wording.sentence(str(name)).lower()} {_value(each)}" for name, each in value.items())
        case list() | tuple():
            said = [_value(each) for each in value]
            return (" " if any(each.endswith(".") for each in said) else ", ").join(said)
        case _:
            return str(value)


Section = Callable[[Model, Speaker], Iterator[Entry]]
