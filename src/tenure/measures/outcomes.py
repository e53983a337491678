"""Measures of outcomes: goals, surveys and ratings, from the ledger.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.measures.progress import LOOKS_BACK
from tenure.measures.registry import Function, Measure, Window, measure
from tenure.measures.relations import DAYS, ENTERED, READ_AS, SERIES, in_turn, noun, relation

GOAL = ("goal.set", "goal.changed", "goal.attained", "goal.missed", "goal.confirmed", "goal.dropped")
SPOKEN = ("advocacy.given", "advocacy.published")
ENDED = ("attained", "confirmed", "missed", "dropped")


@relation("goals", kinds=(*GOAL, *ENTERED))
def goals(span: int) -> ir.Table:
    """Goals as they stand, with the share of the way gone and the share of the time gone.

    A goal with a metric stands where its points say, as `tenure.measures.progress` reads them.
    """
    fields = {"status": "text", "baseline": "number", "target": "number", "current": "number", "due_on": "day"}
    rows = _read(noun(GOAL, span, fields | {"metric": "text"}, also=_set))
    way = (rows.reached - rows.baseline) / (rows.target - rows.baseline).nullif(0.0)
    days = rows.due_on.delta(rows.set_day, unit="day").cast("float64").nullif(0.0)
    return rows.mutate(way=way, time=rows.day.delta(rows.set_day, unit="day") / days)


def _read(rows: ir.Table) -> ir.Table:
    """The goals with what their metric's points say in place of what was typed."""
    figures = _figures()
    joined = rows.left_join(figures, ["account_id", "metric", "day"])
    has_metric = joined.metric.fill_null("") != ""
    return joined.mutate(reached=ibis.ifelse(has_metric, joined.figure, joined.reached)).select(*rows.columns)


def _figures() -> ir.Table:
    """Per account, metric and day in question the figure that a goal reads; null where it is not known."""
    points = SERIES.join(READ_AS, "metric").join(DAYS, SERIES.fact_day <= DAYS.day)
    points = points.mutate(age_days=points.day.delta(points.fact_day, unit="day"))
    points = points.filter(points.age_days < points.days * LOOKS_BACK)
    alike = ["account_id", "metric", "day"]
    points = points.mutate(newest=points.age_days.min().over(ibis.window(group_by=alike)))
    points = points.filter(points.newest < points.days)
    points = points.mutate(back=points.age_days - points.newest)
    order = [ibis.desc("fact_day"), ibis.desc("happened_at"), ibis.desc("key"), ibis.desc("value")]
    points = points.mutate(place=ibis.row_number().over(ibis.window(group_by=alike, order_by=order)))
    mine = points.back < points.days
    figure = ibis.cases(
        (points.gathers.max() == "mean", points.value.mean(where=mine)),
        (points.gathers.max() == "max", points.value.max(where=mine)),
        (points.gathers.max() == "last", points.value.max(where=points.place == 0)),
        else_=ibis.ifelse(
            points.back.max() >= points.days.max() - 1, points.value.sum(where=mine), ibis.null("float64")
        ),
    )
    return points.group_by(*alike).aggregate(figure=figure.round(4))


def _set(rows: ir.Table) -> ir.Table:
    # The noun's own `current` would hide the goal's.
    rows = rows.rename(reached="current")
    return rows.mutate(set_day=rows.fact_day.min().over(in_turn("subject_id", so_far=True)))


@relation("surveys", kinds=("survey.answered",), source="surveys")
def surveys(span: int) -> ir.Table:
    """Answers to surveys."""
    fields = {"scale": "text", "score": "number", "meeting": "text"}
    return noun(("survey.answered",), span, fields, only_within=True)


@relation("advocacy", kinds=SPOKEN)
def advocacy(span: int) -> ir.Table:
    """What clients said or did for us, on the day on which they first did: what is published later is not another."""
    rows = noun(SPOKEN, None, {"type": "text"}, also=_first_given)
    rows = rows.mutate(age_days=rows.day.delta(rows.given_day, unit="day"))
    return rows.filter(rows.age_days < span)


def _first_given(rows: ir.Table) -> ir.Table:
    return rows.mutate(given_day=rows.fact_day.min().over(in_turn("subject_id", so_far=True)))


@relation("ratings", kinds=("rating.given",))
def ratings(span: int) -> ir.Table:
    """The latest rating of each part that is rated."""
    return noun(("rating.given",), None, {"part": "text", "value": "number"}, per=("account_id", "part"))


@measure("goals_on_track_rate", over="goals", unit="share", window=None, empty=None)
def goals_on_track_rate(goals: ir.Table, window: Window) -> ir.Value:
    """Open goals that are on track: as far along as their time is, from baseline to target.

    Per account and day, as of the day; a share from 0 to 1 of the open goals of which that can be told. Null where
    there are none. A goal with a metric stands where its points say, and cannot be told without them. A goal past its
    due day is on track only when it has reached its target. Source: ours; linear pace.

    >>> trial("goals_on_track_rate", "03-11 goal.set baseline=0 target=100 current=60 due_on=2026-04-20")
    1.0
    """
    judged = goals.current & ~goals.status.fill_null("").isin(ENDED) & ~_has_ended(goals) & goals.way.notnull()
    on_track = judged & (goals.way >= ibis.least(goals.time, 1.0))
    return goals.count(where=on_track) / goals.count(where=judged & goals.time.notnull()).cast("float64").nullif(0.0)


def _has_ended(goals: ir.Table) -> ir.BooleanValue:
    return goals.kind.isin(["goal.attained", "goal.missed", "goal.confirmed", "goal.dropped"])


@measure("goals_attained", over="goals", unit="goals", window=90)
def goals_attained(goals: ir.Table, window: Window) -> ir.Value:
    """Goals that were attained.

    Per account and day, over the window's days; goals. Never null. Source: ours.

    >>> trial("goals_attained", "01-10 goal.set subject=g1", "03-10 goal.attained subject=g1")
    1.0
    """
    return goals.subject_id.nunique(where=window.both(goals.kind == "goal.attained"))


@measure("survey_nps", over="surveys", unit="points", window=90, empty=None)
def survey_nps(surveys: ir.Table, window: Window) -> ir.Value:
    """Net promoter score: per cent of 9 and 10 less per cent of 0 to 6.

    Per account and day, over the window's days; points from -100 to 100. Null where nobody answered such a question,
    and where a source of surveys was not live throughout. Source: the field's NPS.

    >>> trial("survey_nps", "03-10 survey.answered scale=nps score=9", "03-10 survey.answered scale=nps score=7")
    50.0
    """
    asked = window.both(surveys.scale == "nps", surveys.score.notnull())
    promoters, detractors = asked & (surveys.score >= 9), asked & (surveys.score <= 6)
    balance = surveys.count(where=promoters) - surveys.count(where=detractors)
    return balance * 100.0 / surveys.count(where=asked).cast("float64").nullif(0.0)


@measure("survey_csat", over="surveys", unit="per cent", window=90, empty=None)
def survey_csat(surveys: ir.Table, window: Window) -> ir.Value:
    """Customer satisfaction: per cent of 4 and 5 on a scale of 5.

    Per account and day, over the window's days; per cent. Null where nobody answered such a question, and where a
    source of surveys was not live throughout. Source: the field's CSAT.

    >>> trial("survey_csat", "03-10 survey.answered scale=csat score=5", "03-10 survey.answered scale=csat score=2")
    50.0
    """
    asked = window.both(surveys.scale == "csat", surveys.score.notnull())
    return (
        surveys.count(where=asked & (surveys.score >= 4))
        * 100.0
        / surveys.count(where=asked).cast("float64").nullif(0.0)
    )


@measure("meeting_csat", over="surveys", unit="per cent", window=90, empty=None)
def meeting_csat(surveys: ir.Table, window: Window) -> ir.Value:
    """Satisfaction after meetings: per cent of 4 and 5 on a scale of 5, of answers to what a meeting asked.

    Per account and day, over the window's days; per cent. Null where nobody answered such a question, and where a
    source of surveys was not live throughout. Source: the field's CSAT.

    >>> trial("meeting_csat", "03-11 survey.answered scale=csat score=5 meeting=m1")
    100.0
    """
    asked = window.both(surveys.scale == "csat", surveys.score.notnull(), surveys.meeting.fill_null("") != "")
    good = surveys.count(where=asked & (surveys.score >= 4))
    return good * 100.0 / surveys.count(where=asked).cast("float64").nullif(0.0)


@measure("advocacy_given", over="advocacy", unit="times", window=365)
def advocacy_given(advocacy: ir.Table, window: Window) -> ir.Value:
    """How often the client spoke for us: testimonials, referrals, reviews, case studies, references and stories.

    Per account and day, over the window's days; times. Never null. What was given and then published counts once, on
    the day on which it was given. Source: ours.

    >>> trial("advocacy_given", "03-10 advocacy.given subject=a", "03-20 advocacy.published subject=a")
    1.0
    """
    return advocacy.subject_id.nunique(where=window.holds)


@measure("testimonials_given", over="advocacy", unit="testimonials", window=365)
def testimonials_given(advocacy: ir.Table, window: Window) -> ir.Value:
    """Testimonials that the client gave.

    Per account and day, over the window's days; testimonials. Never null. Source: ours.

    >>> trial("testimonials_given", "03-10 advocacy.given type=testimonial", "03-11 advocacy.given type=referral")
    1.0
    """
    return advocacy.subject_id.nunique(where=window.both(advocacy.type == "testimonial"))


@measure("referrals_given", over="advocacy", unit="referrals", window=365)
def referrals_given(advocacy: ir.Table, window: Window) -> ir.Value:
    """Referrals that the client gave.

    Per account and day, over the window's days; referrals. Never null. Source: ours.

    >>> trial("referrals_given", "03-10 advocacy.given type=testimonial", "03-11 advocacy.given type=referral")
    1.0
    """
    return advocacy.subject_id.nunique(where=window.both(advocacy.type == "referral"))


@measure("reviews_given", over="advocacy", unit="reviews", window=365)
def reviews_given(advocacy: ir.Table, window: Window) -> ir.Value:
    """Public reviews of us that the client wrote.

    Per account and day, over the window's days; reviews. Never null. Source: ours.

    >>> trial("reviews_given", "03-10 advocacy.given type=review", "03-11 advocacy.given type=referral")
    1.0
    """
    return advocacy.subject_id.nunique(where=window.both(advocacy.type == "review"))


def rating(name: str, part: str) -> Measure:
    """The latest rating of a part: what ``rating_<part>`` means.

    Per account and day, as of the day; in the scale of the rating. Null where it was never rated. Source: ours.

    >>> trial("rating_ease", "03-10 rating.given part=ease value=2", "03-24 rating.given part=ease value=4")
    4.0
    """

    def latest(ratings: ir.Table, window: Window) -> ir.Value:
        return ratings["value"].max(where=ratings.part == part)

    latest.__doc__ = f"The latest rating of {part}."
    return _measure_of(name, "ratings", latest)


def _measure_of(name: str, over: str, function: Function) -> Measure:
    return Measure(name, over, function, unit="rating", window=None, empty=None, better="up")
