"""The figures of a made-up client on their way to the lake, as if a source had told them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tenure.base import clock
from tenure.blueprint.model import Metric, PracticeClient
from tenure.identity.actor import company_zone
from tenure.identity.blueprints import in_force
from tenure.records.account import Account
from tenure.records.point import start_of
from tenure.records.practice_client import FIGURES
from tenure.sources.parcels import parcel

SOURCE = "practice"
# How a week's figure falls on its days, from the first to the last: shares of a hundred.
SHARES = (15, 13, 14, 16, 17, 13, 12)


def daily(week: Decimal, metric: Metric) -> list[tuple[int, float]]:
    """A week's figure as points, each by its day in the week from 0. What is summed adds up to the week again.

    A whole number stays whole on every day: the greatest remainders get what is left over.
    """
    if metric.aggregate != "sum":
        return [(6, float(week))]
    if week != week.to_integral_value():
        return [(day, float(week * share / 100)) for day, share in enumerate(SHARES)]
    exact = [int(week) * share for share in SHARES]
    whole = [each // 100 for each in exact]
    by_rest = sorted(range(7), key=lambda day: (-(exact[day] % 100), day))
    for day in by_rest[: int(week) - sum(whole)]:
        whole[day] += 1
    return [(day, float(value)) for day, value in enumerate(whole)]


def rows_of(
    account_id: str, metric: str, terms: Metric, weeks: Sequence[Decimal], day: date
) -> Iterator[dict[str, Any]]:
    """The points of one metric; the last week ends the day before `day`."""
    zone, now = company_zone(), clock.now()
    first = day - timedelta(days=7 * len(weeks))
    for number, week in enumerate(weeks):
        for offset, value in daily(week, terms):
            on = first + timedelta(days=7 * number + offset)
            yield {
                "account_id": account_id,
                "metric": metric,
                "value": value,
                "happened_at": start_of(on, zone),
                "known_at": now,
                "source": SOURCE,
                "key": f"{SOURCE}/{account_id}/{metric}/{on.isoformat()}",
            }


def hand_over(account: Account, client: PracticeClient, day: date) -> None:
    """Send the figures on their way, and say that they are whole, so that a day without a point is nothing."""
    metrics, now = in_force().metrics, clock.now()
    for key, weeks in client.figures.items():
        parcel("points", list(rows_of(account.pk, key, metrics[key], weeks, day)), is_ready=True)
        if weeks:
            covered = {
                "source": SOURCE,
                "relation": f"points.{key}",
                "account_id": account.pk,
                "from_day": day - timedelta(days=7 * len(weeks)),
                "through_day": day - timedelta(days=1),
                "known_at": now,
                "key": f"{SOURCE}/{account.pk}/{key}",
            }
            parcel("coverage", [covered], is_ready=True)


FIGURES.add("sources", hand_over)
