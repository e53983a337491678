"""The stations of the round trip that read the ledger, in the order in which they follow one another."""

from __future__ import annotations

from collections.abc import Sequence

from tenure.assist import drafting
from tenure.identity.accounts import AccountAnchor
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.pipeline.readers import Reader
from tenure.sources.tools import queueing
from tenure.work import going, handover, keeping, running
from tenure.work.refresh import refresh_standing


class Promises(Reader):
    """Takes facts into the books of promises."""

    name = "promises"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.account_id is not None or entry.kind in keeping.COMPANY_KINDS

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        keeping.keep(entries, actor)


class Handover(Reader):
    """Gives what is open on an account to whoever it belongs to now."""

    name = "handover"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.account_id is not None and entry.kind in handover.KINDS

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        handover.hand_over({entry.account_id for entry in entries if entry.account_id}, actor)


class Plays(Reader):
    """Starts plays, opens their steps, and ends what was done."""

    name = "plays"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.kind in (running.KINDS if entry.account_id else running.COMPANY_KINDS)

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        known = AccountAnchor.objects.filter(pk__in={entry.account_id for entry in entries})
        accounts = set(known.values_list("pk", flat=True))
        running.follow([entry for entry in entries if entry.account_id in {None, *accounts}], actor)


class Journeys(Reader):
    """Deploys journeys, leads them from stage to stage, and ends the items that facts show as done."""

    name = "journeys"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.account_id is not None

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        going.follow(entries, actor)


class Drafts(Reader):
    """Drafts what a person may want to tell the client of what happened."""

    name = "drafts"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.account_id is not None

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        asking = drafting.kinds_of(actor.model)
        drafting.draft_for([entry for entry in entries if entry.kind in asking], actor)


class Tools(Reader):
    """Asks tools for what facts want set up in them, and tells them figures."""

    name = "tools"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.account_id is not None

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        queueing.ask_for(entries, actor)


class Standings(Reader):
    """Brings the standing of every account up to date on which something happened."""

    name = "standings"

    def wants(self, entry: LedgerEntry) -> bool:
        return entry.account_id is not None

    def read(self, entries: Sequence[LedgerEntry], actor: Actor) -> None:
        refresh_standing({entry.account_id for entry in entries if entry.account_id}, actor)


CONCLUDING: tuple[Reader, ...] = (Promises(), Handover(), Plays(), Journeys(), Drafts())
# Tools are told once accounts are described, since what they are told is how an account stands.
DESCRIBING: tuple[Reader, ...] = (Standings(), Tools())
READERS: tuple[Reader, ...] = CONCLUDING + DESCRIBING
