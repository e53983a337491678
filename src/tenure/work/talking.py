"""Who to talk to: people of the book, ranked, each with the one reason why today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.records.contact import Contact
from tenure.work.standing import Standing

LATELY = timedelta(days=3)
LONG_AGO = timedelta(days=21)
AHEAD = timedelta(days=45)
MOST = 8

# What happened lately that is worth a word, with its weight and how it is said.
OCCASIONS = {
    "contact.left": (90, "Somebody left: find out who carries us now"),
    "goal.attained": (60, "A goal was reached: say so and ask for a word about it"),
    "commitment.missed": (70, "A promise was missed: own it before they raise it"),
    "issue.escalated": (75, "An issue was escalated: tell them where it stands"),
}


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody worth talking to, why, and how much it weighs against others (0 to 100)."""

    contact: Contact | None
    account_id: str
    account: str
    reason: str
    weight: int
    last_touch_at: datetime | None


def who_to_talk_to(book: Sequence[Standing], actor: Actor, now: datetime, most: int = MOST) -> list[Talk]:
    """The accounts of a book that a word would serve most today, with the contact to call. Three queries."""
    occasions = _occasions([row.account_id for row in book], now)
    ranked: list[tuple[int, str, Standing]] = []
    for row in book:
        weight, reason = max([*_standing_reasons(row, now), *occasions.get(row.account_id, [])], default=(0, ""))
        if weight > 0:
            ranked.append((weight, reason, row))
    ranked.sort(key=lambda each: (-each[0], each[2].health_rank, each[2].name))
    chosen = ranked[:most]
    contacts = _contacts([row.account_id for _, _, row in chosen])
    return [
        Talk(contacts.get(row.account_id), row.account_id, row.name, reason, weight, row.last_touch_at)
        for weight, reason, row in chosen
    ]


def _standing_reasons(row: Standing, now: datetime) -> Iterable[tuple[int, str]]:
    silent = None if row.last_touch_at is None else now - row.last_touch_at
    days = "" if silent is None else f", last spoken {_ago(silent.days)}"
    if row.band_tone == "red" and row.next_touch_at is None:
        yield 85, f"Red and nothing planned{days}"
    elif row.band_tone == "red":
        yield 55, f"Red{days}"
    if row.worst_signal == "red":
        yield 65, f"A red signal is open{days}"
    if row.renewal_on is not None and 0 <= (row.renewal_on - now.date()).days <= AHEAD.days:
        yield 50, f"Renewal in {(row.renewal_on - now.date()).days} days{days}"
    if silent is not None and silent > LONG_AGO and row.next_touch_at is None:
        yield 45, f"Last spoken {silent.days} days ago and nothing planned"
    if row.band_tone == "unknown":
        yield 20, "Nobody can say how they are"


def _ago(days: int) -> str:
    return "today" if days < 1 else "yesterday" if days == 1 else f"{days} days ago"


def _occasions(accounts: Sequence[str], now: datetime) -> dict[str, list[tuple[int, str]]]:
    entries = LedgerEntry.objects.filter(
        account_id__in=accounts, kind__in=list(OCCASIONS),
        recorded_at__gte=now - LATELY, retracts=None,
    )  # fmt: skip
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for account, kind in entries.order_by("id").values_list("account_id", "kind"):
        found[str(account)].append(OCCASIONS[kind])
    return found


def _contacts(accounts: Sequence[str]) -> dict[str, Contact]:
    """The contact of each account to call first: the primary one, then whoever has most influence."""
    rows = Contact.objects.filter(account_id__in=accounts, left_on=None, erased_at=None)
    first: dict[str, Contact] = {}
    for contact in rows.order_by("-is_primary", "pk"):
        first.setdefault(contact.account_id, contact)
    return first
