"""The headline of a report: the figure that the plan puts first, how it went, and how its outcome stands."""

from __future__ import annotations

from dataclasses import dataclass

from tenure.outlets.words import change, day, number, way, with_unit
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
    def is_worse(self) -> bool:
        """Whether what it tells is bad: a figure that fell clearly, or one that stands worse than where it began."""
        if self.outcome and self.outcome.status in ("attained", "missed"):
            return self.outcome.status == "missed"
        done = self.outcome.progress if self.outcome else None
        return (self.gained or 0) <= -FELL or (done is not None and done < 0)

    @property
    def is_better(self) -> bool:
        """Whether what it tells is good: a figure that moved the right way, or an outcome that came closer."""
        if self.is_worse:
            return False
        is_nearer = self.outcome is not None and (
            self.outcome.status == "attained" or (self.series is None and (self.outcome.progress or 0) > 0)
        )
        return is_nearer or (self.series is not None and (self.gained or 0) >= MOVED)


def lead_of(content: Content) -> Lead:
    """The first outcome of the plan of which there is something to tell, the Home Run first; else the first figure."""
    compared = {each.metric: each for each in content.series if each.change is not None}
    for outcome in content.outcomes:
        if outcome.is_news and outcome.metric in compared:
            return Lead(outcome, compared[outcome.metric])
        if outcome.is_news and (outcome.progress is not None or outcome.status == "attained"):
            return Lead(outcome, beside=next(iter(compared.values()), None))
    known = next(iter(compared.values()), None) or next((each for each in content.series if each.now is not None), None)
    return Lead(series=known)


def sentence_of(content: Content) -> str:
    """The result in a sentence, or in two where there is more to it."""
    lead = lead_of(content)
    plan = _of_outcome(lead.outcome) if lead.outcome else _of_judged(content.outcomes)
    figures = _of_figures(content, lead)
    if lead.outcome and not lead.series:
        return " ".join(f"{each}." for each in (plan, figures) if each)
    if not figures and not plan:
        figures = _of_first(content, lead.series)
    told = [each for each in (figures, plan) if each]
    if ", while" in told[0]:
        return " ".join(f"{each[:1].upper()}{each[1:]}." for each in told)
    said = ", and ".join(told)
    return f"{said[:1].upper()}{said[1:]}."


def _of_first(content: Content, told: Series | None) -> str:
    """Where nothing can be compared and no outcome is known: how much there was of the first figure."""
    if told is None:
        return "There are no figures for this time yet"
    since = f"since {day(told.since)}" if told.since else content.period
    if told.aggregate == "sum":
        return f"There were {with_unit(told.now, told.unit)} {since}".rstrip()
    return f"{told.label} stood at {with_unit(told.now, told.unit)} {since}".rstrip()


def _of_judged(outcomes: list[Outcome]) -> str:
    """How the plan ended, where all of it was judged before."""
    judged = [each for each in outcomes if each.status in ("attained", "missed")]
    reached = sum(each.status == "attained" for each in judged)
    if not judged or len(judged) < len(outcomes):
        return ""
    if len(judged) == 1:
        return f"“{judged[0].title}” {'is' if reached else 'was not'} reached"
    if not reached:
        return f"none of the {len(judged)} outcomes of the plan was reached"
    if reached == len(judged):
        return f"{'both' if reached == 2 else f'all {reached}'} outcomes of the plan are reached"
    return f"{reached} of the {len(judged)} outcomes of the plan {'is' if reached == 1 else 'are'} reached"


def _of_outcome(outcome: Outcome) -> str:
    said = f"“{outcome.title}”"
    if outcome.status == "attained":
        return f"{said} is reached" + (
            f" with {with_unit(outcome.now, outcome.unit)}" if outcome.now is not None else ""
        )
    if outcome.progress is None:
        return f"{said} was not reached" if outcome.status == "missed" else ""
    figures = f"{number(outcome.now)} of {with_unit(outcome.target, outcome.unit)}"
    verb = "was not reached, with" if outcome.status == "missed" else "stands at"
    if outcome.progress < 0:
        side = "below" if outcome.rises else "above"
        return f"{said} {verb} {figures}, {side} the {number(outcome.baseline)} with which it began"
    if outcome.status == "missed":
        return f"{said} {verb} {figures}"
    return f"{said} {verb} {figures}, {way(outcome.progress, rises=outcome.rises)}"


def _of_figures(content: Content, lead: Lead) -> str:
    """How the figure of the headline went, and beside it the first that clearly went the other way."""
    known = [each for each in content.series if each.change is not None]
    if not known:
        return ""
    told = lead.series if lead.series and lead.series.change is not None else known[0]
    period = f" {content.period}" if content.period else ""
    moved = told.change or 0
    turned = [
        each
        for each in known
        if _is_count(each) and abs(each.change or 0) >= FELL and abs(moved) >= MOVED and (each.change or 0) * moved < 0
    ]
    if not turned:
        return f"{_of_series(told)}{period}"
    other = _of_series(turned[0])
    return f"{_of_series(told)}{period}, while {other[:1].lower()}{other[1:]}"


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
