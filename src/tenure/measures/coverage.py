"""Where sources were live: the difference between zero and unknown.

Coverage is stated in spans of days, for all accounts or for one. Spans of both kinds count together for an account,
and spans that touch are one.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis import _

from tenure.facts.reading import standing
from tenure.facts.tables import COVERAGE
from tenure.measures.relations import cut

Span = tuple[date, date]


def spans() -> ir.Table:
    """The spans for which each relation was live, as they were known: as few as say it, per account or for all."""
    rows = standing(COVERAGE, COVERAGE.relation(), cut())
    by, order = ["relation", "account_id"], ["from_day", "through_day"]
    rows = rows.select(*by, *order).distinct()
    reach = rows.through_day.max().over(ibis.window(group_by=by, order_by=order, rows=(None, -1)))
    apart = (reach.isnull() | (rows.from_day.delta(reach, unit="day") > 1)).cast("int64")
    rows = rows.mutate(apart=apart)
    rows = rows.mutate(island=rows.apart.sum().over(ibis.cumulative_window(group_by=by, order_by=order)))
    rows = rows.group_by(*by, "island").aggregate(from_day=_.from_day.min(), through_day=_.through_day.max())
    return rows.drop("island")


class Spans:
    """Answers since when a source has been live for an account on a day."""

    def __init__(self, rows: pa.Table) -> None:
        self._said: dict[tuple[str, str | None], list[Span]] = defaultdict(list)
        for row in rows.to_pylist():
            self._said[row["relation"], row["account_id"]].append((row["from_day"], row["through_day"]))
        self._alone = {account for _, account in self._said if account is not None}
        self._of = cache(self._merged)

    def beside(self, accounts: pa.Table, sources: Sequence[str]) -> pa.Table:
        """Accounts and days with, beside each: since when each source has been live without a gap (null where it is
        not live), and whether coverage speaks of that source for that account at all."""
        names, days = accounts["account_id"].to_pylist(), accounts["day"].to_pylist()
        for source in sources:
            of = [self._of(source, name if name in self._alone else None) for name in names]
            since = [_since(spans, day) for spans, day in zip(of, days, strict=True)]
            accounts = accounts.append_column(f"since {source}", pa.array(since, pa.date32()))
            spoken = pa.array([bool(spans) for spans in of], pa.bool_())
            accounts = accounts.append_column(f"spoken {source}", spoken)
        return accounts

    def _merged(self, source: str, account: str | None) -> tuple[Span, ...]:
        # A metric's source, such as points.leads, is also live where all points are.
        relations = {source, source.partition(".")[0]}
        said = sorted(span for name in relations for of in {account, None} for span in self._said.get((name, of), ()))
        merged: list[Span] = []
        for first, last in said:
            if merged and first <= merged[-1][1] + timedelta(days=1):
                merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
            else:
                merged.append((first, last))
        return tuple(merged)


def _since(spans: Sequence[Span], day: date) -> date | None:
    at = bisect_right(spans, day, key=lambda span: span[0]) - 1
    return spans[at][0] if at >= 0 and spans[at][1] >= day else None
