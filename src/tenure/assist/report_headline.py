"""The headline of a report: the figure that the plan puts first, how it went, and how its outcome stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure.outlets.words import change, day, inside, number, way, with_unit
from tenure.records.report import Content, Outcome, Series

MOVED, FELL = 0.01, 0.05  # from what share on a figure has moved, and from what on it is no small change
FEW = 10  # a figure below it is told by its ends: "rose from 2 to 5" and not "by 150 %"


@dataclass(frozen=True)
class Lead:
    """What the headline is about: an outcome of the plan, a figure, or both, where the outcome follows it."""

    outcome: Outcome | None = None
    series: Series | None = None
    beside: Series | None = None  # the figure that is told after an outcome that follows none

    @property
    def rises(self) -> bool:
        """Whether more of it is better."""
        return self.outcome is None or self.outcome.rises

    @property
    def gained(self) -> float | None:
        """The change of its figure, above 0 where it became better; None where it cannot be compared."""
        if self.series is None:
            return self.beside.change if self.beside else None
        moved = self.series.change
        return moved if moved is None or self.rises else -moved

    @property
    def is_there(self) -> bool:
        """Whether its outcome stands at its target or beyond, judged or not."""
        return self.outcome is not None and (self.outcome.progress or 0) >= 1

    @property
    def is_worse(self) -> bool:
        """Whether what it tells is bad: a figure that fell clearly, or one that stands worse than where it began."""
        if self.outcome and self.outcome.status in ("attained", "missed"):
            return self.outcome.status == "missed"
        if self.is_there:
            return False
        done = self.outcome.progress if self.outcome else None
        return (self.gained or 0) <= -FELL or (done is not None and done < 0)

    @property
    def is_better(self) -> bool:
        """Whether what it tells is good: a figure that moved the right way, or an outcome that came closer."""
        if self.is_worse:
            return False
        is_nearer = self.outcome is not None and (
            self.outcome.status == "attained"
            or self.is_there
            or (self.series is None and (self.outcome.progress or 0) > 0)
        )
        return is_nearer or (self.series is not None and (self.gained or 0) >= MOVED)


def lead_of(content: Content) -> Lead:
    """The first outcome of the plan of which there is something to tell, the Home Run first; else the first figure."""
    compared = {each.metric: each for each in content.series if each.change is not None}
    for outcome in content.outcomes:
        if not outcome.is_news or _is_stale(outcome, content):
            continue
        if outcome.metric in compared:
            return Lead(outcome, compared[outcome.metric])
        if outcome.progress is not None or outcome.status == "attained":
            return Lead(outcome, beside=next(iter(compared.values()), None))
    known = next(iter(compared.values()), None) or next((each for each in content.series if each.now is not None), None)
    return Lead(series=known)


def _is_stale(outcome: Outcome, content: Content) -> bool:
    """Whether an outcome that runs was counted by hand, and last before the days that the report is of."""
    is_typed = outcome.status == "open" and outcome.told_on is not None and outcome.progress is not None
    return is_typed and content.figures_from is not None and outcome.told_on < content.figures_from  # type: ignore[operator]


def sentence_of(content: Content) -> str:
    """The result in a sentence, or in a few where there is more to it."""
    lead = lead_of(content)
    plan = _of_outcome(lead.outcome) if lead.outcome else _of_judged(content.outcomes, content.figures_to)
    figures = _of_figures(content, lead)
    told = [plan, figures] if lead.is_there or (lead.outcome and not lead.series) else [figures, plan]
    told += [_last_counted(each) for each in stale(content)]
    if not any(told):
        told = [_of_first(content, lead.series)]
    return " ".join(f"{each[:1].upper()}{each[1:]}." for each in told if each)


def stale(content: Content) -> list[Outcome]:
    """What matters most, where it was last counted before these days."""
    return [each for each in content.outcomes if each.home_run and _is_stale(each, content)]


def _last_counted(outcome: Outcome) -> str:
    """What is told of an outcome whose number is older than the report's days."""
    figures = f"{number(outcome.now)} of {with_unit(outcome.target, outcome.unit)}"
    return f"“{outcome.title}” was last counted on {day(outcome.told_on)}, at {figures}"


def _of_first(content: Content, told: Series | None) -> str:
    """Where nothing can be compared and no outcome is known: how much there was of the first figure."""
    if told is None:
        return "There are no figures for this time yet"
    since = f"since {day(told.since)}" if told.since else content.period
    if told.aggregate == "sum":
        return f"There were {with_unit(told.now, told.unit)} {since}".rstrip()
    return f"{told.label} stood at {with_unit(told.now, told.unit)} {since}".rstrip()


def _of_judged(outcomes: list[Outcome], through: date | None) -> str:
    """How the plan ended, where all of it was judged before, and when."""
    judged = [each for each in outcomes if each.status in ("attained", "missed")]
    reached = [each for each in judged if each.status == "attained"]
    if not judged or len(judged) < len(outcomes):
        return ""
    last = max((each.due_on for each in judged if each.due_on), default=None)
    is_over = last is not None and through is not None and last <= through
    ended = f"the plan ended on {day(last)}: " if is_over else "the plan has ended: "
    count, of = len(reached), len(judged)
    if of == 1:
        return f"{ended}“{judged[0].title}” was {'' if reached else 'not '}reached"
    if count == of:
        return f"{ended}{'both' if of == 2 else f'all {of}'} of its outcomes were reached"
    if not count:
        return f"{ended}none of its {of} outcomes was reached"
    named = f", “{reached[0].title}”" if count == 1 else ""
    return f"{ended}{count} of its {of} outcomes {'was' if count == 1 else 'were'} reached{named}"


def _of_outcome(outcome: Outcome) -> str:
    said = f"“{outcome.title}”"
    if outcome.status == "attained":
        return f"{said} is reached" + (
            f" with {with_unit(outcome.now, outcome.unit)}" if outcome.now is not None else ""
        )
    if outcome.progress is None:
        return f"{said} was not reached" if outcome.status == "missed" else ""
    # The figure before it may be of the same name and of a month: this one says over how many days it was read.
    rule = f" ({outcome.rule})" if outcome.rule and outcome.since else ""
    target = with_unit(outcome.target, outcome.unit)
    if outcome.status == "open" and outcome.progress >= 1:
        where = "at" if outcome.progress == 1 else "past"
        return f"{said} is {where} its target of {target}, with {number(outcome.now)}{rule}"
    figures = f"{number(outcome.now)} of {target}{rule}"
    verb = "was not reached, with" if outcome.status == "missed" else "stands at"
    if outcome.progress < 0:
        side = "below" if outcome.rises else "above"
        return f"{said} {verb} {figures}, {side} the {number(outcome.baseline)} with which it began"
    if outcome.status == "missed":
        return f"{said} {verb} {figures}"
    begun = f" from {number(outcome.baseline)}" if outcome.progress else ""
    return f"{said} {verb} {figures}, {way(outcome.progress, rises=outcome.rises)}{begun}"


def told_of(content: Content, lead: Lead) -> list[Series]:
    """The figure of the headline, and the first that clearly went the other way; none where none can be compared."""
    known = [each for each in content.series if each.change is not None]
    if not known:
        return []
    told = lead.series if lead.series and lead.series.change is not None else known[0]
    moved = told.change or 0
    turned = [
        each
        for each in known
        if _is_count(each) and abs(each.change or 0) >= FELL and abs(moved) >= MOVED and (each.change or 0) * moved < 0
    ]
    return [told, *turned[:1]]


def _of_figures(content: Content, lead: Lead) -> str:
    """How the figure of the headline went, and beside it the one that went the other way."""
    found = told_of(content, lead)
    if not found:
        return ""
    told, turned = found[0], found[1:]
    period = f" {content.period}" if content.period else ""
    if not turned:
        # Beside an outcome of the same figure, which is held against where it began, one says against what this is.
        against = f", against {number(told.before)} in {content.beside}" if lead.outcome and lead.series else ""
        return f"{_of_series(told)}{period}{against if content.beside else ''}"
    return f"{_of_series(told)}{period}, while {inside(_of_series(turned[0]))}"


def _is_count(series: Series) -> bool:
    """Whether it counts something of which there is more than a handful."""
    return series.aggregate == "sum" and max(series.now or 0, series.before or 0) >= FEW


def _of_series(series: Series) -> str:
    moved = series.change or 0
    unit = "" if series.unit.lower() in series.label.lower() else series.unit
    if abs(moved) < MOVED:
        return f"{series.label} held at {with_unit(series.now, unit)}"
    verb = f"{'rose' if moved > 0 else 'fell'}{' slightly,' if abs(moved) < FELL else ''}"
    if max(series.now or 0, series.before or 0) < FEW or abs(moved) > 2:
        return f"{series.label} {verb} from {number(series.before)} to {with_unit(series.now, unit)}"
    return f"{series.label} {verb} by {change(moved).lstrip('+−')} to {with_unit(series.now, unit)}"
