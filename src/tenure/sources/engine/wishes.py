"""What a row wishes for: facts through operations, or rows of the lake. Worked out without a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tenure.base import clock
from tenure.sources.imports import LONGEST_KEY
from tenure.sources.mapping.model import File, Make, Ref, Step
from tenure.sources.rows.reading import Row, digest_of, key_of
from tenure.sources.rows.reasons import Reason
from tenure.sources.rows.takes import Reference, Taker, as_json, expression_of, moment_of, reference_of, take_of
from tenure.sources.rows.values import Misfit

MADE = ""  # the name of the first fact among the steps of a link


@dataclass(frozen=True, slots=True)
class Telling:
    """One operation to perform: its arguments, and when the thing happened and was known; None is at import."""

    step: str
    do: str
    arguments: dict[str, Any]
    happened_at: datetime | None
    known_at: datetime | None
    empty: tuple[str, ...] = ()  # arguments for which the row has no value: a change takes the old one away

    @property
    def digest(self) -> str:
        return digest_of(as_json([self.do, self.arguments, self.happened_at, self.known_at]))


@dataclass(frozen=True, slots=True)
class Wish:
    """What one `makes` of the mapping wants for one row."""

    noun: str
    key: str
    account: Reference | None
    about: Reference | None
    tellings: tuple[Telling, ...] = ()
    change: str | None = None
    changed_at: datetime | None = None
    table: str | None = None
    lake: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        return digest_of(as_json([self.account, self.lake])) if self.table else self.tellings[0].digest

    @property
    def happened_at(self) -> datetime | None:
        return self.lake.get("happened_at") if self.table else self.tellings[0].happened_at


class Wisher:
    """Turns the rows of one file into wishes; `wishes` adds reasons to a row that cannot be granted."""

    def __init__(self, file: File, source: str, zone: str) -> None:
        self.file = file
        self._only_if = _condition(file.only_if)
        self._makers = [_Maker(make, file, source, ZoneInfo(zone)) for make in file.makes]

    def is_wanted(self, row: Row) -> bool:
        """Whether the file's `only_if` lets the row in; an unknown does not."""
        return self._only_if(row.values)

    def wishes(self, row: Row) -> list[Wish]:
        """What the row wishes for; nothing, and reasons on the row, where it cannot be said."""
        found: list[Wish] = []
        for maker in self._makers:
            try:
                if maker.applies(row.values):
                    found.append(maker.wish(row.values))
            except Misfit as misfit:
                row.reasons.append(Reason(misfit.code, misfit.message, maker.make.noun, misfit.mend))
            except (TypeError, ArithmeticError) as error:
                row.reasons.append(Reason("not_computable", f"This cannot be worked out: {error}", maker.make.noun))
        return found


def _condition(text: str | None) -> Callable[[Mapping[str, Any]], bool]:
    if text is None:
        return lambda _: True
    holds = expression_of(text)
    return lambda values: holds(values) is True


def _maybe(ref: Ref | None, source: str) -> Callable[[Mapping[str, Any]], Reference | None]:
    return reference_of(ref, source) if ref is not None else lambda _: None


class _Maker:
    """One `makes` of a file, made ready."""

    def __init__(self, make: Make, file: File, source: str, zone: ZoneInfo) -> None:
        self.make = make
        self.applies = _condition(make.only_if)
        self._key: Sequence[str] = make.key or file.key
        self._account, self._about = _maybe(make.account, source), _maybe(make.about, source)
        self._changed_at = moment_of(make.changed_at, zone)
        self._happened, self._known = moment_of(make.happened_at, zone), moment_of(make.known_at, zone)
        self._tellers = [_Teller(MADE, make.do, make, source, zone)] if make.do else []
        self._tellers += [_Teller(key, step.do, step, source, zone) for key, step in make.then.items()]
        self._lake = list(_lake_takers(make, source))

    def wish(self, values: Mapping[str, Any]) -> Wish:
        make = self.make
        key = key_of(values, self._key)
        if not key:
            raise Misfit("no_key", f"The key of this {make.noun} is empty.", "Fill in its key, or dismiss the row.")
        if len(key) > LONGEST_KEY:
            raise Misfit(
                "long_key", f"The key of this {make.noun} has {len(key)} characters; {LONGEST_KEY} is the most."
            )
        account, about = self._account(values), self._about(values)
        if make.account is not None and account is None and not make.account.optional:
            raise Misfit("no_account", f"{make.account.column} is empty.", "Say whose it is, or dismiss the row.")
        if make.about is not None and about is None:
            raise Misfit("no_subject", f"{make.about.column} is empty.", "Say what it is about, or dismiss the row.")
        if make.table:
            return Wish(make.noun, key, account, None, table=make.table, lake=self._lake_row(values))
        tellings = tuple(telling for teller in self._tellers if (telling := teller.tell(values)) is not None)
        return Wish(make.noun, key, account, about, tellings, make.change, self._changed_at(values))

    def _lake_row(self, values: Mapping[str, Any]) -> dict[str, Any]:
        happened, known = self._happened(values), self._known(values)
        check_times(happened, known)
        if happened is None:
            raise Misfit("no_moment", "It is not said when this happened.", "Fill in the day, or dismiss the row.")
        row: dict[str, Any] = {"happened_at": happened, "known_at": known}
        for name, required, take in self._lake:
            value = take(values)
            if value is None and required:
                raise Misfit("missing", f"The {name} is empty.", "Fill it in, or dismiss the row.")
            if value is not None:
                row[name] = value
        return row


def _lake_takers(make: Make, source: str) -> Iterator[tuple[str, bool, Taker]]:
    if make.event is not None:
        event = make.event
        yield "name", True, take_of(event.name, source)
        optional = {"user_id": event.user, "count": event.count, "seconds": event.seconds, "errors": event.errors}
        for name, take in optional.items():
            if take is not None:
                yield name, False, take_of(take, source)
        properties = {name: take_of(take, source) for name, take in event.properties.items()}
        if properties:
            yield "properties", False, lambda values: _known(properties, values)
    if make.point is not None:
        yield "metric", True, take_of(make.point.metric, source)
        yield "value", True, take_of(make.point.value, source)
        yield "value", True, take_of(make.point.value, source)
        if make.point.attribution is not None:
            yield "attribution", False, take_of(make.point.attribution, source)


def _known(properties: Mapping[str, Taker], values: Mapping[str, Any]) -> dict[str, Any]:
    """The properties that a row has a value for."""
    return {name: as_json(value) for name, take in properties.items() if (value := take(values)) is not None}


class _Teller:
    """One operation of a make: its first fact, or a step."""

    def __init__(self, step: str, do: str, part: Make | Step, source: str, zone: ZoneInfo) -> None:
        self._step, self._do = step, do
        # What a whole row needs is asked once, by the maker.
        self._applies = _condition(part.only_if if isinstance(part, Step) else None)
        self._arguments = {name: take_of(take, source) for name, take in part.arguments.items()}
        self._happened, self._known = moment_of(part.happened_at, zone), moment_of(part.known_at, zone)
        self._says_when = part.happened_at is not None

    def tell(self, values: Mapping[str, Any]) -> Telling | None:
        if not self._applies(values):
            return None
        happened, known = self._happened(values), self._known(values)
        if self._says_when and happened is None:
            raise Misfit("no_moment", f"It is not said when {self._step or 'this'} happened.", "Fill in the day.")
        check_times(happened, known)
        taken = {name: take(values) for name, take in self._arguments.items()}
        arguments = {name: value for name, value in taken.items() if value is not None}
        empty = tuple(name for name, value in taken.items() if value is None)
        return Telling(self._step, self._do, arguments, happened, known, empty)


def check_times(happened: datetime | None, known: datetime | None) -> None:
    """Raise Misfit where a thing lies in the future, or would be known before it happened."""
    now = clock.now()
    if (happened or now) > now or (known or now) > now:
        raise Misfit("in_the_future", "This lies in the future.", "Import it again when it has happened.")
    if known is not None and known < (happened or now):
        raise Misfit("known_too_early", "This would be known before it happened.", "Correct one of the two moments.")
