"""The promises of the blueprint in force, compiled for the fold: what each listens to, and its terms per account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from tenure.base.calendar import WorkCalendar, always
from tenure.blueprint.expressions import parse
from tenure.blueprint.model import Commitment, Model
from tenure.identity.hours import calendar_in, calendar_of, calendar_of_company, hours_for
from tenure.identity.people import Company, Person
from tenure.records.account import Account
from tenure.watch import commitments as watch
from tenure.watch.commitments import Terms
from tenure.watch.compiled import compile_expression
from tenure.work.commitments import CommitmentRule, KeptTerms
from tenure.work.names import evaluate, names_of

Row = Mapping[str, Any]


@lru_cache(maxsize=2048)
def predicate(text: str) -> Callable[[Row], Any]:
    """An expression as a function of a row."""
    return compile_expression(parse(text))


@lru_cache(maxsize=512)
def _compiled(key: str, commitment: Commitment, calendar: WorkCalendar, since: datetime | None) -> Terms:
    return watch.terms_from(key, commitment, calendar=calendar, predicate=predicate, since=since)


@lru_cache(maxsize=64)
def _always(zone: str) -> WorkCalendar:
    return always(zone)


@dataclass(frozen=True, slots=True)
class Known:
    """What a promise may ask of an account: its fields as facts name them, and in whose hours its client lives."""

    fields: Mapping[str, Any]
    zone: str
    calendar: str
    status: str


def fields_of(account: Account) -> dict[str, Any]:
    """An account's fields as expressions name them; what is not known is absent."""
    values = {
        "name": account.name,
        "tier": account.tier,
        "industry": account.industry,
        "country": account.country,
        "status": account.status,
        "seats": account.seats,
        "stage": account.stage,
        "pod": account.pod_id,
        "parent": account.parent_id,
        "zone": account.zone,
        "trial": account.trial,
        "source": account.source,
        "custom": dict(account.custom),
    }
    return {name: value for name, value in values.items() if value not in ("", None)}


def known_accounts(ids: Iterable[str]) -> dict[str, Known]:
    """The accounts that still exist, by id, in one query."""
    rows = Account.objects.filter(pk__in=set(ids)).select_related("pod")
    return {row.pk: Known(fields_of(row), *hours_for(row.pod, row.zone, row.calendar), row.status) for row in rows}


class Rulebook:
    """The promises of one blueprint, with the kept terms of what still runs under others.

    `is_stored` is false for a blueprint that is only looked at: then nothing is written down of it.
    """

    def __init__(self, model: Model, *, is_stored: bool = True) -> None:
        self.model = model
        self.names = names_of(model)
        self.since = dict(CommitmentRule.objects.values_list("rule", "since"))
        self._kept: dict[str, Terms] = {}
        self.listeners: dict[str, set[str]] = defaultdict(set)
        digests = list(KeptTerms.objects.values_list("digest", flat=True))
        unread = [digest for digest in digests if digest not in _read]
        for digest, terms in KeptTerms.objects.filter(pk__in=unread).values_list("digest", "terms") if unread else ():
            _kept_terms(digest, terms)
        for digest in digests:
            self._kept[digest] = _read[digest]
            self._listen(_read[digest])
        for rule in model.commitments:
            self._listen(self._terms(rule, calendar_of_company(model)))
        if is_stored:
            self._begin_missing()

    def _begin_missing(self) -> None:
        """A promise counts from when its rule came into the blueprint, the first ones from when the home was made."""
        missing = [rule for rule in self.model.commitments if rule not in self.since]
        if missing:
            begun = Company.objects.values_list("initialised_at", flat=True).get()
            rows = [CommitmentRule(rule=rule, since=begun) for rule in missing]
            CommitmentRule.objects.bulk_create(rows, ignore_conflicts=True)
            self.since |= dict.fromkeys(missing, begun)

    def _listen(self, terms: Terms) -> None:
        for kind in terms.listens_to:
            self.listeners[kind].add(terms.key)

    def _terms(self, rule: str, calendar: WorkCalendar) -> Terms:
        commitment = self.model.commitments[rule]
        return _compiled(rule, commitment, calendar, self.since.get(rule))

    def terms(self, rule: str, account: Known, owner: Callable[[], Person | None]) -> Terms | None:
        """The terms in force for a rule on an account; None where the blueprint makes this promise no longer."""
        commitment = self.model.commitments.get(rule)
        return None if commitment is None else self._terms(rule, self._calendar(commitment, account, owner))

    def _calendar(self, commitment: Commitment, account: Known, owner: Callable[[], Person | None]) -> WorkCalendar:
        match watch.whose_hours(commitment):
            case "account":
                return calendar_in(account.zone, account.calendar, self.model)
            case "owner":
                person = owner()
                return calendar_of(person, self.model) if person else calendar_of_company(self.model)
            case "company":
                return calendar_of_company(self.model)
            case _:
                return _always(self.model.company.zone)

    def kept(self, digest: str) -> Terms:
        """Terms by their digest."""
        if digest not in self._kept:
            self._kept[digest] = _kept_terms(digest, KeptTerms.objects.values_list("terms", flat=True).get(pk=digest))
        return self._kept[digest]

    def keep(self, terms: Iterable[Terms]) -> None:
        """Store terms that something runs under, once."""
        new = [each for each in terms if each.digest not in self._kept]
        if new:
            rows = [KeptTerms(digest=each.digest, rule=each.key, terms=each.to_json()) for each in new]
            KeptTerms.objects.bulk_create(rows, ignore_conflicts=True)
            for each in new:
                self._kept[each.digest] = each
                self._listen(each)

    def asks_applies(self, rule: str) -> bool:
        """Whether somebody must say if the promise holds: it is for some accounts, or begins with the account."""
        commitment = self.model.commitments.get(rule)
        if commitment is None:
            return False
        return commitment.applies is not None or (commitment.kind == "cadence" and commitment.opens is None)

    def applies(self, rule: str, status: str, values: Row) -> bool | None:
        """Whether a promise holds for an account; None where that is unknown or nobody needs to know."""
        if not self.asks_applies(rule):
            return None
        commitment = self.model.commitments[rule]
        if commitment.kind == "cadence" and commitment.opens is None and status != Account.Status.ACTIVE:
            return False
        if commitment.applies is None:
            return True
        found = evaluate(self.names.parse(commitment.applies), values)
        return None if found is None else bool(found)


def _kept_terms(digest: str, data: Mapping[str, Any]) -> Terms:
    # A digest stands for its terms wherever it was made, so that one reading serves the process.
    if digest not in _read:
        _read[digest] = watch.terms_from_json(data, predicate=predicate)
    return _read[digest]


_read: dict[str, Terms] = {}
