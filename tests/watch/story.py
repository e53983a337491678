"""A small story to test promises by: facts of one account told in order, ticks between them, and what was said."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tenure.base.calendar import ALWAYS, WorkCalendar, parse_hours
from tenure.blueprint.expressions import parse
from tenure.blueprint.model import Commitment
from tenure.facts.contract import Fact
from tenure.watch.commitments import Outcome, State, Terms, Tick, advance, next_tick, start, terms_from
from tenure.watch.compiled import compile_expression

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OFFICE = WorkCalendar("UTC", parse_hours({day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}))


def at(day: float, clock: str = "00:00") -> datetime:
    """A moment: day 0 is Monday 2 March 2026, in UTC."""
    hours, minutes = clock.split(":")
    return MONDAY + timedelta(days=day, hours=int(hours), minutes=int(minutes))


def terms(key: str = "reply", *, calendar: WorkCalendar = ALWAYS, **fields: Any) -> Terms:
    """Terms compiled as the system compiles them, from the fields of a blueprint's commitment."""
    more = {name: fields.pop(name) for name in ("since", "in_force_from", "keep") if name in fields}
    commitment = Commitment.model_validate({"label": key, "owner": "csm", **fields})
    return terms_from(
        key, commitment, calendar=calendar, predicate=lambda text: compile_expression(parse(text)), **more
    )


class Story:
    """One promise to one account, and all that was said of it."""

    def __init__(self, terms: Terms, account: str = "acme") -> None:
        self.terms = terms
        self.state: State = start(terms.key, account)
        self.outcomes: list[Outcome] = []
        self.last_id = 0

    def fact(
        self,
        kind: str,
        happened_at: datetime,
        subject: str = "one",
        *,
        known_at: datetime | None = None,
        corrects: int | None = None,
        retracts: int | None = None,
        **data: Any,
    ) -> Fact:
        """A fact with the next id, not yet told."""
        self.last_id += 1
        known = known_at or happened_at
        noun = kind.partition(".")[0]
        return Fact(
            self.last_id,
            kind,
            self.state.account,
            noun,
            subject,
            None,
            happened_at,
            known,
            known,
            data,
            corrects,
            retracts,
        )

    def tell(self, kind: str, happened_at: datetime, subject: str = "one", **more: Any) -> int:
        """Tell a fact as it happens, time having gone on until it became known; gives its id."""
        fact = self.fact(kind, happened_at, subject, **more)
        self.wake_until(fact.known_at)
        self.take(fact)
        return fact.id

    def take(self, event: Fact | Tick, account: Mapping[str, Any] | None = None) -> tuple[Outcome, ...]:
        self.state, outcomes = advance(self.state, event, self.terms, account=account)
        self.outcomes += outcomes
        return outcomes

    def tick(self, moment: datetime, applies: bool | None = None, **read_through: datetime) -> None:
        """Let time go by until the moment, waking the state whenever it asks to be."""
        self.wake_until(moment)
        self.take(Tick(moment, read_through, applies))

    def wake_until(self, moment: datetime) -> None:
        while (wake := next_tick(self.state)) is not None and wake < moment:
            self.take(Tick(max(wake, self.state.known_at or wake)))

    @property
    def said(self) -> list[tuple[str, str, datetime]]:
        return [(each.kind, each.opening, each.happened_at) for each in self.outcomes]

    @property
    def verdicts(self) -> dict[str, str]:
        """The latest verdict per opening."""
        return {each.opening: each.verdict for each in self.outcomes}

    def last(self, opening: str) -> Outcome:
        return next(each for each in reversed(self.outcomes) if each.opening == opening)
