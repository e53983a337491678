"""Measures of product usage: what people did in the product, from the rollups of events.

The examples ask `tenure.measures.trial.trial` on 31 March 2026.
"""

import ibis
import ibis.expr.types as ir

from tenure.blueprint.expressions import Column
from tenure.measures.registry import Window, derived, measure, share_change
from tenure.measures.relations import USAGE, on_days, relation


@relation("usage", source="events", must_be_live=True)
def usage(span: int) -> ir.Table:
    """What users did with features, on the days in question."""
    return on_days(USAGE, span)


@relation("last_usage", source="events", must_be_live=True)
def last_usage(span: int) -> ir.Table:
    """The last day with usage, of each account on the days in question."""
    days = USAGE.select("account_id", "fact_day").distinct()
    later = ibis.window(group_by="account_id", order_by="fact_day")
    rows = on_days(days.mutate(next_day=days.fact_day.lead().over(later)), None)
    return rows.filter(rows.next_day.isnull() | (rows.next_day > rows.day))


@measure("active_users", over="usage", unit="people")
def active_users(usage: ir.Table, window: Window) -> ir.Value:
    """Distinct users who did anything in the product.

    Per account and day, over the window's days; people. Null where the source was not live throughout, and where
    usage names no users. Source: the field's active users; with windows of 1, 7 and 28 days DAU, WAU and MAU.

    >>> trial("active_users", "03-30 event user=ann", "03-31 event user=bob", "03-31 event user=ann")
    2.0
    """
    people = usage.user_id.nunique(where=window.holds)
    nameless = (people == 0) & (usage.count(where=window.holds) > 0)
    return ibis.ifelse(nameless, ibis.null(), people)


@measure("usage_events", over="usage", unit="events")
def usage_events(usage: ir.Table, window: Window) -> ir.Value:
    """How often the product was used: the sum of the events' counts.

    Per account and day, over the window's days; events. Null where the source was not live throughout. Source: ours.

    >>> trial("usage_events", "03-30 event user=ann count=4", "03-31 event user=bob")
    5.0
    """
    return usage["count"].sum(where=window.holds).fill_null(0.0)


@measure("usage_days", over="usage", unit="days")
def usage_days(usage: ir.Table, window: Window) -> ir.Value:
    """Days on which anybody used the product.

    Per account and day, over the window's days; days. Null where the source was not live throughout. Source: ours.

    >>> trial("usage_days", "03-30 event user=ann", "03-30 event user=bob", "03-31 event user=ann")
    2.0
    """
    return usage.fact_day.nunique(where=window.holds)


@measure("usage_seconds", over="usage", unit="seconds")
def usage_seconds(usage: ir.Table, window: Window) -> ir.Value:
    """How long the product was used.

    Per account and day, over the window's days; seconds. Null where the source was not live throughout. Source: ours.

    >>> trial("usage_seconds", "03-30 event user=ann seconds=60", "03-31 event user=ann seconds=30")
    90.0
    """
    return usage.seconds.sum(where=window.holds).fill_null(0.0)


@measure("usage_errors", over="usage", unit="errors", better="down")
def usage_errors(usage: ir.Table, window: Window) -> ir.Value:
    """Errors that users met in the product.

    Per account and day, over the window's days; errors. Null where the source was not live throughout. Source: ours.

    >>> trial("usage_errors", "03-30 event user=ann count=10 errors=2", "03-31 event user=ann")
    2.0
    """
    return usage.errors.sum(where=window.holds).fill_null(0.0)


@measure("error_rate", over="usage", unit="share", empty=None, better="down")
def error_rate(usage: ir.Table, window: Window) -> ir.Value:
    """Errors per event.

    Per account and day, over the window's days; a share, 0 to 1 unless one event met several errors. Null where
    nothing was used and where the source was not live throughout. Source: ours.

    >>> trial("error_rate", "03-30 event user=ann count=10 errors=2")
    0.2
    """
    events = usage["count"].sum(where=window.holds)
    return usage.errors.sum(where=window.holds) / events.nullif(0.0)


@measure("features_used", over="usage", unit="features")
def features_used(usage: ir.Table, window: Window) -> ir.Value:
    """Distinct features that were used: breadth of adoption.

    Per account and day, over the window's days; features (names of events). Null where the source was not live
    throughout. Source: the field's breadth, before it is divided by what the account is entitled to.

    >>> trial("features_used", "03-30 event name=export", "03-31 event name=share")
    2.0
    """
    return usage.name.nunique(where=window.holds)


@measure("stickiness", over="usage", unit="share", empty=None)
def stickiness(usage: ir.Table, window: Window) -> ir.Value:
    """How often those who use the product come back: mean daily active users over active users of the window.

    Per account and day, over the window's days; a share, 1 where everyone comes daily. Null where nobody used the
    product, where usage names no users and where the source was not live throughout. Source: the field's DAU/MAU.

    >>> trial("stickiness/4", "03-30 event user=ann", "03-31 event user=ann", "03-31 event user=bob")
    0.375
    """
    user_days = usage.user_id.concat(ibis.literal(" "), usage.fact_day.cast("string"))
    people = usage.user_id.nunique(where=window.holds)
    return user_days.nunique(where=window.holds) / window.days / people.cast("float64").nullif(0.0)


@measure("days_since_usage", over="last_usage", unit="days", window=None, empty=None, better="down", live="since")
def days_since_usage(last_usage: ir.Table, window: Window) -> ir.Value:
    """Days since anybody used the product; 0 when somebody did on the day itself.

    Per account and day, as of the day; days. Null where it was never used, and where the source was not live from that
    day on: somebody may have used it unseen. Source: ours.

    >>> trial("days_since_usage", "03-02 event user=ann", "03-11 event user=ann")
    20.0
    """
    return last_usage.age_days.min()


@derived(
    "usage_change",
    lambda days: {"now": Column("usage_events", days), "before": Column("usage_events", days, days)},
    unit="share",
)
def usage_change(now: ir.NumericValue, before: ir.NumericValue) -> ir.Value:
    """The change of usage against the window before, as a share of it.

    Per account and day, over the window's days and as many before; a share, -0.5 where usage halved. Null where there
    was no usage before and where the source was not live throughout both. Source: ours.

    >>> trial("usage_change", "02-20 event count=10", "03-20 event count=5")
    -0.5
    """
    return share_change(now, before)


@derived(
    "active_users_per_seat",
    lambda days: {"people": Column("active_users", days), "seats": Column("seats")},
    unit="share",
)
def active_users_per_seat(people: ir.NumericValue, seats: ir.NumericValue) -> ir.Value:
    """Active users per seat that the account pays for.

    Per account and day, over the window's days; a share, above 1 where more people use it than are paid for. Null
    where there are no seats and where active users are unknown. Source: the field's adoption: active over licensed.

    >>> trial("active_users_per_seat", "01-01 contract.started seats=8", "03-31 event user=ann")
    0.125
    """
    return people / seats.nullif(0.0)
