"""Keeping promises: the ledger's facts and the passing of time go through the fold, and what it says is stored.

Everything here runs inside a batch of the pipeline, over many accounts at once: a constant number of queries reads the
books of the accounts concerned, and a constant number writes what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.db.models import F, Q

from tenure.base import clock
from tenure.facts.contract import Fact
from tenure.identity import blueprints
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.watch import commitments as watch
from tenure.watch.commitments import State, Terms, Tick
from tenure.work.commitments import CommitmentBook, CommitmentRule, SourceRead
from tenure.work.owners import Staffing
from tenure.work.promises import Known, Rulebook, known_accounts
from tenure.work.saying import Said, say
from tenure.work.standing import Standing

COMPANY_KINDS = (
    "source.read_through",
    "connector.added",
    "connector.removed",
    "blueprint.applied",
    "blueprint.rolled_back",
)
ACCOUNT_KINDS = ("account.created", "account.changed", "account.closed", "account.reopened")
TICKS_AT_ONCE = 200
AT_HAND = 4000  # states kept beside the database, some kilobytes each


@dataclass(slots=True)
class Book:
    """A book in hand: its row, and its state as far as this batch has taken it."""

    row: CommitmentBook
    before: State
    state: State


class Desk:
    """The books of some accounts, opened for one batch."""

    def __init__(self, actor: Actor, accounts: Iterable[str], rulebook: Rulebook | None = None) -> None:
        self.actor = actor
        self.now = clock.now()
        self.rules = rulebook or Rulebook(actor.model)
        self.accounts: dict[str, Known] = known_accounts(accounts)
        self.read_through = dict(SourceRead.objects.values_list("source", "through"))
        self._books: dict[tuple[str, str], Book] = {}
        self._values: dict[str, Mapping[str, Any]] | None = None
        self._people: dict[str, Person] = {}
        self.said: list[Said] = []

    @cached_property
    def staffing(self) -> Staffing:
        """Who holds which role on these accounts; read where something opens, ends, or counts in somebody's hours."""
        return Staffing(self.actor.model, self.actor.day, self.accounts)

    def open(self, rows: Iterable[CommitmentBook]) -> list[Book]:
        """Take stored books in hand, read without their states: those that are not at hand are read here, together."""
        wanted = [row for row in rows if row.account_id in self.accounts]
        at_hand = {row.stamp: _states[row.stamp] for row in wanted if row.stamp in _states}
        unread = [row.pk for row in wanted if row.stamp not in at_hand]
        told = dict(CommitmentBook.objects.filter(pk__in=unread).values_list("pk", "state")) if unread else {}
        found = []
        for row in wanted:
            if row.stamp not in at_hand:
                at_hand[row.stamp] = watch.from_json(told[row.pk], self.rules.kept)
                _remember(row.stamp, at_hand[row.stamp])
            state = at_hand[row.stamp]
            book = self._books[row.rule, row.account_id] = Book(row, state, state)
            found.append(book)
        return found

    def book(self, rule: str, account: str, at: datetime) -> Book:
        """The book of a rule on an account; a new one is first asked whether the promise holds there."""
        key = (rule, account)
        if key not in self._books:
            state = watch.start(rule, account)
            self._books[key] = Book(CommitmentBook(rule=rule, account_id=account), state, state)
            self.ask(self._books[key], at)
        return self._books[key]

    def held(self, account: str) -> list[Book]:
        """The books of an account that are in hand."""
        return [book for (_, of), book in self._books.items() if of == account]

    def terms(self, book: Book) -> Terms | None:
        """The terms now in force for a book: the blueprint's, or its last ones, retired, where the rule is gone."""
        row = book.row
        terms = self.rules.terms(row.rule, self.accounts[row.account_id], lambda: self._owner_of(row))
        if terms is None and book.state.epochs:
            return book.state.epochs[-1][1].retired()
        return terms

    def _owner_of(self, row: CommitmentBook) -> Person | None:
        role = self.rules.model.commitments[row.rule].owner
        person = self.staffing.responsible(row.account_id, role)
        if person is None:
            return None
        if person not in self._people:
            self._people[person] = Person.objects.get(pk=person)
        return self._people[person]

    def values(self, account: str) -> Mapping[str, Any]:
        """What an expression over the account reads: the latest edition's measures and the fields as they are now."""
        if self._values is None:
            rows = Standing.objects.filter(account_id__in=list(self.accounts))
            self._values = dict(rows.values_list("account_id", "metrics"))
        return {**self._values.get(account, {}), **flat_fields(self.accounts[account].fields), "day": self.actor.day}

    def ask(self, book: Book, at: datetime) -> None:
        """Ask anew whether the promise holds for the account, and let the fold know where that has turned."""
        account = book.row.account_id
        applies = self.rules.applies(book.row.rule, self.accounts[account].status, self.values(account))
        if applies is not None and applies != book.row.applies:
            book.row.applies = applies
            self.tick(book, at, applies)

    def tick(self, book: Book, moment: datetime, applies: bool | None = None) -> None:
        """Let time pass for a book."""
        terms = self.terms(book)
        if terms is None:
            return
        if book.row.is_retermed:
            book.state, book.row.is_retermed = watch.retermed(book.state, terms), False
        self._advance(book, Tick(moment, self.read_through | self._unread(book, terms, moment), applies), terms, None)

    def _unread(self, book: Book, terms: Terms, moment: datetime) -> dict[str, datetime]:
        """The sources of a book that nothing in this home reads: what is done by hand is all there is to know."""
        named = {terms.source, *(each.source for each in book.state.terms().values())}
        return {source: moment for source in named if source and source not in self.read_through}

    def next_tick(self, state: State) -> datetime | None:
        """When time alone changes something, also where the fold waits for a source that nothing here reads."""
        wake = watch.next_tick(state)
        sources = {each.source for each in state.terms().values() if each.source}
        if state.awaited is None or sources <= set(self.read_through):
            return wake
        return state.awaited if wake is None else min(wake, state.awaited)

    def take(self, book: Book, entry: LedgerEntry) -> None:
        """Let a fact go into a book."""
        terms = self.terms(book)
        if terms is not None:
            self._advance(book, entry.fact, terms, entry)

    def _advance(self, book: Book, event: Fact | Tick, terms: Terms, entry: LedgerEntry | None) -> None:
        fields = self.accounts[book.row.account_id].fields
        book.state, outcomes = watch.advance(book.state, event, terms, account=fields)
        self.said += [Said(outcome, book.state.openings.get(outcome.opening), entry) for outcome in outcomes]

    def close(self) -> None:
        """Store the books that changed, and say what there is to say."""
        changed = [book for book in self._books.values() if book.state is not book.before or book.row.pk is None]
        self.rules.keep({terms for book in changed for terms in book.state.terms().values()})
        rows = [_stored(book, self.next_tick(book.state)) for book in changed]
        CommitmentBook.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["rule", "account"],
            update_fields=["state", "stamp", "next_tick_at", "awaited_at", "applies", "is_retermed"],
            batch_size=100,
        )
        if self.said:
            say(self.said, self.rules.model, self.staffing)


def flat_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Account fields with the company's own beside the others, as expressions over accounts name them."""
    return {**fields.get("custom", {}), **{name: value for name, value in fields.items() if name != "custom"}}


def _stored(book: Book, next_tick_at: datetime | None) -> CommitmentBook:
    row, state = book.row, book.state
    row.state, row.stamp = watch.to_json(state), uuid4().hex
    row.next_tick_at, row.awaited_at = next_tick_at, state.awaited
    _remember(row.stamp, state)
    return row


# The states written last, so that a busy account's is not read from JSON again and again. One process writes them.
_states: dict[str, State] = {}


def _remember(stamp: str, state: State) -> None:
    if len(_states) > AT_HAND:
        for old in list(_states)[: AT_HAND // 4]:
            del _states[old]
    _states[stamp] = state


def listens(entry: LedgerEntry, rules: Rulebook) -> bool:
    """Whether an entry can concern any promise."""
    if entry.account_id is None:
        return entry.kind in COMPANY_KINDS
    takes_back = entry.corrects is not None or entry.retracts is not None
    return takes_back or entry.kind in rules.listeners or entry.kind in ACCOUNT_KINDS


def keep(entries: Sequence[LedgerEntry], actor: Actor) -> int:
    """Let facts go into the books that they concern; returns how many outcomes were said. Called in a batch."""
    rules = Rulebook(actor.model)
    wanted = [entry for entry in entries if listens(entry, rules)]
    if not wanted:
        return 0
    accounts = {entry.account_id for entry in wanted if entry.account_id}
    desk = Desk(actor, accounts, rules)
    kinds = {entry.kind for entry in wanted}
    concerned = Q(rule__in={rule for kind in kinds for rule in rules.listeners.get(kind, ())})
    takers = {e.account_id for e in wanted if e.corrects or e.retracts or e.kind in ACCOUNT_KINDS}
    of_rules = CommitmentBook.objects.filter(concerned, account_id__in=accounts)
    desk.open((of_rules | CommitmentBook.objects.filter(account_id__in=takers - {None})).defer("state"))
    for entry in wanted:
        _take(desk, entry)
    desk.close()
    return len(desk.said)


def _take(desk: Desk, entry: LedgerEntry) -> None:
    if entry.account_id is None:
        _COMPANY[entry.kind](desk, entry)
        return
    if entry.account_id not in desk.accounts:
        return  # the account was taken back since
    if entry.kind in ACCOUNT_KINDS:
        for book in desk.held(entry.account_id):
            desk.ask(book, entry.recorded_at)
    rules = set(desk.rules.listeners.get(entry.kind, ()))
    if entry.corrects is not None or entry.retracts is not None:
        rules |= {book.row.rule for book in desk.held(entry.account_id)}
    for rule in sorted(rules):
        known = (rule, entry.account_id) in desk._books
        if known or (rule in desk.rules.model.commitments and _can_begin(desk, rule, entry)):
            desk.take(desk.book(rule, entry.account_id, entry.recorded_at), entry)


def _can_begin(desk: Desk, rule: str, entry: LedgerEntry) -> bool:
    """Whether an entry can be the first of a book: what opens the promise, or the account that it begins with."""
    commitment = desk.rules.model.commitments[rule]
    if commitment.opens is not None:
        return commitment.opens.on == entry.kind
    return entry.kind in ("account.created", "account.reopened") and entry.data.get("status") == "active"


# Facts of the company.


def _source_read(desk: Desk, entry: LedgerEntry) -> None:
    source, through = entry.data["source"], datetime.fromisoformat(entry.data["through"])
    if through <= desk.read_through.get(source, datetime.min.replace(tzinfo=through.tzinfo)):
        return
    desk.read_through[source] = through
    SourceRead.objects.update_or_create(source=source, defaults={"through": through})
    _wake(desk, source, through)


def _wake(desk: Desk, source: str, through: datetime) -> None:
    """Let the books that wait for a source be looked at: the ticks take them up, a few at a time."""
    rules = [rule for rule, made in desk.rules.model.commitments.items() if made.source == source]
    waiting = CommitmentBook.objects.filter(rule__in=rules, awaited_at__lte=through)
    waiting.update(next_tick_at=F("awaited_at"))


def _source_connected(desk: Desk, entry: LedgerEntry) -> None:
    """From now on misses wait for the source; what fell due before was known by hand alone."""
    row, _ = SourceRead.objects.get_or_create(source=entry.data["source"], defaults={"through": entry.happened_at})
    desk.read_through[row.source] = row.through


def _source_gone(desk: Desk, entry: LedgerEntry) -> None:
    """Nothing reads the source any more, so nothing waits for it."""
    source = entry.data["source"]
    SourceRead.objects.filter(source=source).delete()
    desk.read_through.pop(source, None)
    _wake(desk, source, datetime.max.replace(tzinfo=UTC))


def _blueprint_changed(desk: Desk, entry: LedgerEntry) -> None:
    """New rules count from now; the books of changed ones take the new terms at their next tick, which is now."""
    version = BlueprintVersion.objects.get(pk=entry.data["version"])
    before = BlueprintVersion.objects.filter(pk__lt=version.pk).order_by("-pk").first()
    new, old = blueprints.at(version.pk), blueprints.at(before.pk) if before else None
    earlier = old.commitments if old else {}
    CommitmentRule.objects.exclude(rule__in=new.commitments).delete()
    for rule in set(new.commitments) - set(earlier):
        CommitmentRule.objects.update_or_create(rule=rule, defaults={"since": version.applied_at})
    same = {rule for rule in earlier if new.commitments.get(rule) == earlier[rule]}
    hours_changed = old is not None and (old.calendars, old.company) != (new.calendars, new.company)
    changed = set(earlier) if hours_changed else set(earlier) - same
    CommitmentBook.objects.filter(rule__in=changed).update(next_tick_at=version.applied_at)
    if version.retermed:
        CommitmentBook.objects.filter(rule__in=changed).update(is_retermed=True)
    desk.rules = Rulebook(new)


_COMPANY = {
    "source.read_through": _source_read,
    "connector.added": _source_connected,
    "connector.removed": _source_gone,
    "blueprint.applied": _blueprint_changed,
    "blueprint.rolled_back": _blueprint_changed,
}


# The passing of time.


def tick_due(now: datetime, actor: Actor, limit: int = TICKS_AT_ONCE) -> int:
    """Let time pass for the books that are due, oldest first; returns how many. Called in a batch."""
    ripe = CommitmentBook.objects.filter(next_tick_at__lte=now).defer("state")
    due = list(ripe.order_by("next_tick_at", "id")[:limit])
    if not due:
        return 0
    desk = Desk(actor, {row.account_id for row in due})
    for book in desk.open(due):
        desk.ask(book, now)
        desk.tick(book, now)
        if book.state is book.before:  # nothing to say, and nothing to come back for until the fold names a moment
            CommitmentBook.objects.filter(pk=book.row.pk).update(
                next_tick_at=_after(desk.next_tick(book.state), now), is_retermed=False
            )
    desk.close()
    return len(due)


def _after(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment to come; what lies behind changed nothing just now, and asking at once again would not either."""
    return moment if moment is None or moment > now else None


def ask_again(accounts: Sequence[str], actor: Actor) -> int:
    """Ask for some accounts whether their promises hold, now that measures or the blueprint say something new.

    Books of promises that begin with the account are opened where they are missing. Returns how many books turned.
    """
    rules = Rulebook(actor.model)
    asking = [rule for rule in actor.model.commitments if rules.asks_applies(rule)]
    if not asking:
        return 0
    desk = Desk(actor, accounts, rules)
    held = CommitmentBook.objects.filter(account_id__in=list(desk.accounts), rule__in=asking)
    books = desk.open(held.defer("state"))
    for book in books:
        desk.ask(book, desk.now)
    for account in desk.accounts:
        for rule in asking:
            commitment = actor.model.commitments[rule]
            if commitment.kind == "cadence" and commitment.opens is None:
                desk.book(rule, account, desk.now)
    desk.close()
    return sum(book.state is not book.before for book in books)
