"""From the inbox to the lake: users are matched to accounts, events become rows, rows go out in parcels."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from tenure.base import clock, fault
from tenure.facts.days import company_day, day_ends
from tenure.identity.actor import Actor, company_zone
from tenure.identity.operations import batch, record
from tenure.sources.inbox import Spooled
from tenure.sources.messages import figure, plain_properties
from tenure.sources.parcels import LakeDoor, parcel, ship
from tenure.sources.users import SourceUser, account_by_key, domain_of, match

DAY = timedelta(days=1)
AGAIN = timedelta(minutes=1)  # how long a held message rests before it is looked at again
QUIET = 3  # days without a message after which a source is not taken to have been live between


class LiveSource(models.Model):
    """A source of events: when it last spoke, from when on without a long silence, and the days that it covers."""

    source = models.CharField(primary_key=True, max_length=60)
    since = models.DateField()
    last_day = models.DateField()
    covered_through = models.DateField(null=True)


def drain(lake: LakeDoor, limit: int = 1000) -> int:
    """Take in up to `limit` messages and hand what is ready to the lake; returns how much was done, 0 at the end.

    Call it from the one process that writes the lake. Killed anywhere, the next call goes on: a message leaves the
    inbox in the transaction that stores its row's parcel, and a parcel is delivered under one name.
    """
    done = take_in(limit) or _wake_held(limit)
    return done + cover_days() + ship(lake)


def take_in(limit: int = 1000) -> int:
    """Read waiting messages in the order in which they came; returns how many."""
    with transaction.atomic():
        waiting = Spooled.objects.select_for_update().filter(status=Spooled.Status.WAITING).order_by("id")
        messages = list(waiting.select_related("key")[:limit])
        if not messages:
            return 0
        reading = _Reading()
        rows = [row for message in messages if (row := reading.row(message)) is not None]
        # Who somebody is may be said by a later message of the same batch.
        held = [message for message in messages if message.status == Spooled.Status.HELD]
        rows += [row for message in held if (row := reading.row(message)) is not None]
        reading.store()
        made = parcel("events", rows, is_ready=True)
        taken = [message.pk for message in messages if message.status == Spooled.Status.TAKEN]
        # What is taken in is forgotten here, but for the id by which it is known when it is sent again.
        nobody = dict.fromkeys(("user_key", "anonymous_key", "group_key"), "")
        Spooled.objects.filter(pk__in=taken).update(status=Spooled.Status.TAKEN, parcel=made, payload={}, **nobody)
        held = [message for message in held if message.status == Spooled.Status.HELD]
        Spooled.objects.bulk_update(held, ["status", "user", "tried_at"], batch_size=200)
        _note_live(messages)
        fault.point("intake.taking")
    fault.point("intake.taken")
    return len(messages)


class _Reading:
    """The users and groups that some messages speak of."""

    def __init__(self) -> None:
        self._users: dict[tuple[str, bool, str], SourceUser] = {}
        self._changed: dict[str, SourceUser] = {}
        self._groups: dict[tuple[str, str], str | None] = {}

    def row(self, message: Spooled) -> dict[str, Any] | None:
        """The row of the lake that a message becomes; None where it is held, or says something of a user alone."""
        user = self._user_of(message)
        message.user = user
        message.tried_at = clock.now()
        if message.type in ("identify", "group", "alias"):
            self._learn(message, user)
            message.status = Spooled.Status.TAKEN
            return None
        account = self._account(message, user)
        if account is None:
            message.status = Spooled.Status.HELD
            return None
        message.status = Spooled.Status.TAKEN
        return _event(message, user, account)

    def store(self) -> None:
        """Store what was learnt of users."""
        names = ["email", "domain", "group_key", "account", "matched_by", "same_as", "tried_at"]
        SourceUser.objects.bulk_update(self._changed.values(), names, batch_size=200)

    def _user_of(self, message: Spooled) -> SourceUser:
        source = message.key.source
        anonymous = self._user(source, message.anonymous_key, True) if message.anonymous_key else None
        if not message.user_key:
            return self._real(anonymous) if anonymous is not None else self._user(source, "", True)
        user = self._user(source, message.user_key, False)
        if anonymous is not None and anonymous.same_as_id is None:
            self._join(anonymous, user)
        return self._real(user)

    def _user(self, source: str, key: str, is_anonymous: bool) -> SourceUser:
        name = (source, is_anonymous, key)
        if name not in self._users:
            defaults = {"first_seen_at": clock.now()}
            self._users[name], _ = SourceUser.objects.get_or_create(
                source=source, is_anonymous=is_anonymous, key=key, defaults=defaults
            )
        return self._users[name]

    def _real(self, user: SourceUser) -> SourceUser:
        """Who a user turned out to be."""
        seen = {user.pk}
        while user.same_as_id is not None and user.same_as_id not in seen:
            seen.add(user.same_as_id)
            held = next((each for each in self._users.values() if each.pk == user.same_as_id), None)
            user = held or SourceUser.objects.get(pk=user.same_as_id)
            self._users[user.source, user.is_anonymous, user.key] = user
        return user

    def _join(self, one: SourceUser, other: SourceUser) -> None:
        real = self._real(other)
        if real.pk != one.pk:
            one.same_as = real
            self._changed[one.pk] = one
            # What waits for the one is looked at again, as the other.
            Spooled.objects.filter(user_id=one.pk, status=Spooled.Status.HELD).update(status=Spooled.Status.WAITING)

    def _learn(self, message: Spooled, user: SourceUser) -> None:
        traits = message.payload.get("traits")
        traits = traits if isinstance(traits, dict) else {}
        if message.type == "alias":
            previous = str(message.payload.get("previousId", ""))[:200]
            for is_anonymous in (True, False):
                found = SourceUser.objects.filter(source=user.source, is_anonymous=is_anonymous, key=previous).first()
                if found is not None and found.pk != user.pk:
                    self._users[found.source, found.is_anonymous, found.key] = found
                    self._join(found, user)
            return
        if message.type == "identify":
            email = traits.get("email")
            if isinstance(email, str) and "@" in email:
                user.email = email.strip().lower()[:254]
            company = traits.get("company")
            if isinstance(company, dict) and isinstance(company.get("id"), str | int) and not user.group_key:
                user.group_key = str(company["id"])[:200]
        else:
            user.group_key = message.group_key
            sites = (traits.get("domain"), traits.get("website"), traits.get("email"))
            user.domain = next((host for site in sites if isinstance(site, str) and (host := domain_of(site))), "")
        if user.matched_by != "person":
            user.account_id, user.matched_by = None, ""
        if match(user):
            Spooled.objects.filter(user_id=user.pk, status=Spooled.Status.HELD).update(status=Spooled.Status.WAITING)
        self._changed[user.pk] = user

    def _account(self, message: Spooled, user: SourceUser) -> str | None:
        """Whose account an event counts for: the group that it names itself, else its user's."""
        if message.group_key:
            group = (message.key.source, message.group_key)
            if group not in self._groups:
                self._groups[group] = account_by_key(*group)
            if self._groups[group]:
                return self._groups[group]
        if user.account_id is None and match(user):
            self._changed[user.pk] = user
        return user.account_id


def _event(message: Spooled, user: SourceUser, account: str) -> dict[str, Any]:
    payload = message.payload
    given = payload.get("properties")
    properties = plain_properties(given)
    name = str(payload.get("event", "")).strip() if message.type == "track" else message.type
    if message.type != "track" and isinstance(payload.get("name"), str) and "@" not in payload["name"]:
        properties |= {"name": payload["name"][:80]}
    raw = given if isinstance(given, dict) else {}
    seconds = figure(raw.get("seconds")) or figure(raw.get("duration"))
    return {
        "account_id": account,
        "user_id": user.pk,
        "name": name[:200],
        "happened_at": message.happened_at,
        "known_at": message.received_at,
        "source": message.key.source,
        "key": f"{message.key.source}/{message.key_id}/{message.message_id}",
        "seconds": max(seconds or 0.0, 0.0),
        "errors": max(figure(raw.get("errors")) or 0.0, 0.0),
        "properties": properties,
    }


def _wake_held(limit: int) -> int:
    """Look again at users whose messages are held; returns how many messages can now be taken in."""
    now = clock.now()
    rested = Q(tried_at__isnull=True) | Q(tried_at__lt=now - AGAIN)
    woken = 0
    with transaction.atomic():
        held = Spooled.objects.filter(rested, status=Spooled.Status.HELD).order_by("tried_at", "id")
        seen: dict[tuple[str, str], bool] = {}
        for message in held.select_related("user", "key")[:limit]:
            name = (message.user_id or "", message.group_key)
            if name not in seen:
                seen[name] = _is_known(message)
            woken += seen[name]
            message.status = Spooled.Status.WAITING if seen[name] else Spooled.Status.HELD
            message.tried_at = now
            message.save(update_fields=["status", "tried_at"])
    return woken


def _is_known(message: Spooled) -> bool:
    if message.group_key and account_by_key(message.key.source, message.group_key):
        return True
    user = message.user
    if user is None:
        return False
    known = match(user)
    user.save(update_fields=["account", "matched_by", "tried_at"])
    return known


def _note_live(messages: Iterable[Spooled]) -> None:
    """Remember on which days sources spoke."""
    zone = company_zone()
    days: dict[str, set[date]] = {}
    for message in messages:
        days.setdefault(message.key.source, set()).add(company_day(message.received_at, zone))
    for source, spoken in days.items():
        for day in sorted(spoken):
            live, _ = LiveSource.objects.get_or_create(source=source, defaults={"since": day, "last_day": day})
            if day > live.last_day:
                live.since = day if (day - live.last_day).days > QUIET + 1 else live.since
                live.last_day = day
                live.save(update_fields=["since", "last_day"])


def cover_days() -> int:
    """Say of each source up to which day it was live; returns of how many there was something new to say.

    A source is taken to be live on the days that are over, up to three days after it last spoke: so long may a quiet
    weekend be, and only there is no event the same as none.
    """
    zone, now = company_zone(), clock.now()
    yesterday = company_day(now, zone) - DAY
    said = 0
    for live in LiveSource.objects.order_by("source"):
        through = min(yesterday, live.last_day + DAY * QUIET)
        first = live.since if live.covered_through is None else max(live.since, live.covered_through + DAY)
        if first > through:
            continue
        key = f"{live.source}/live/{first.isoformat()}/{through.isoformat()}"
        span = {"source": live.source, "relation": "events", "from_day": first, "through_day": through}
        with transaction.atomic():
            parcel("coverage", [span | {"known_at": now, "key": key}], is_ready=True)
            with batch(Actor.machine("intake")):
                record("source.read_through", live, source=live.source, through=min(day_ends(through, zone), now))
            live.covered_through = through
            live.save(update_fields=["covered_through"])
        said += 1
    return said
