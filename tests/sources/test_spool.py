"""Messages leave the inbox for the lake once their account is known; until then they wait where people see them."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.base import clock
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import perform
from tenure.records.account import Account, create_account
from tenure.sources.inbox import Spooled, spool
from tenure.sources.keys import WriteKey, create_key
from tenure.sources.messages import read_messages
from tenure.sources.parcels import Parcel
from tenure.sources.quality import inbox
from tenure.sources.spool import LiveSource, drain, take_in
from tenure.sources.users import SourceUser, domain_of, match_user
from tests.cast import Cast, at
from tests.sources.conftest import ACCOUNTS, Importing, rows_of


@pytest.fixture
def key(cast: Cast) -> WriteKey:
    return create_key(label="The app", source="app", actor=cast.actor("olive"))


def send(key: WriteKey, *messages: dict[str, Any]) -> None:
    """Messages as a library sends them in one batch; each gets an id where it has none."""
    given = [{"messageId": f"m{Spooled.objects.count() + number}"} | message for number, message in enumerate(messages)]
    spool(key, read_messages("batch", {"batch": given}, clock.now()), clock.now())


def track(user: str, event: str = "Search", **more: Any) -> dict[str, Any]:
    return {"type": "track", "userId": user, "event": event} | more


def group(user: str, group_id: str, **traits: Any) -> dict[str, Any]:
    return {"type": "group", "userId": user, "groupId": group_id, "traits": traits}


def drained(lake) -> list[dict[str, Any]]:
    while drain(lake):
        pass
    return rows_of(lake, "events")


@pytest.mark.requirement("P-07")
def test_a_group_leads_to_the_account_by_its_external_id(cast: Cast, key: WriteKey, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS)
    send(key, group("u1", "A1"), track("u1", properties={"results": 3, "duration": 12.5, "email": "x@y.test"}))
    [event] = drained(lake)
    user = SourceUser.objects.get()
    assert event["account_id"] == Account.objects.get(name="Ashdown").pk
    assert (event["user_id"], user.key, user.matched_by) == (user.pk, "u1", "group")
    assert (event["name"], event["source"], event["seconds"]) == ("Search", "app", 12.5)
    # What might name somebody stays out of the lake.
    assert event["properties"] == '{"duration": 12.5, "results": 3}'


@pytest.mark.requirement("P-07")
def test_without_an_external_id_the_domain_leads_there(cast: Cast, key: WriteKey, system, lake) -> None:
    acme = create_account(name="Acme", website="https://www.acme.test/about", actor=system)
    send(key, group("u1", "unheard-of", website="acme.test"), track("u1"))
    send(key, {"type": "identify", "userId": "u2", "traits": {"email": "Bo@ACME.test"}}, track("u2"))
    assert [event["account_id"] for event in drained(lake)] == [acme.pk, acme.pk]
    assert set(SourceUser.objects.values_list("matched_by", flat=True)) == {"domain"}


def test_an_external_id_counts_before_a_domain(cast: Cast, key: WriteKey, system, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS)
    create_account(name="Acme", website="acme.test", actor=system)
    send(key, group("u1", "A2", website="acme.test"), track("u1"))
    [event] = drained(lake)
    assert event["account_id"] == Account.objects.get(name="Birch").pk


def test_a_contact_leads_to_its_account(cast: Cast, key: WriteKey, system, lake) -> None:
    acme = create_account(name="Acme", actor=system)
    perform("contact.add", acme, {"name": "Cy", "email": "cy@gmail.com"}, system)
    send(key, {"type": "identify", "userId": "u1", "traits": {"email": "cy@gmail.com"}}, track("u1"))
    send(key, {"type": "identify", "userId": "u2", "traits": {"email": "di@gmail.com"}}, track("u2"))
    assert [event["account_id"] for event in drained(lake)] == [acme.pk]  # everyone is at gmail.com


def test_two_accounts_at_one_domain_are_not_guessed_between(cast: Cast, key: WriteKey, system, lake) -> None:
    for name in ("Acme North", "Acme South"):
        create_account(name=name, website="acme.test", actor=system)
    send(key, group("u1", "g", website="acme.test"), track("u1"))
    assert drained(lake) == []


@pytest.mark.requirement("P-07", "P-09")
def test_events_of_unknown_users_wait_in_sight_and_are_taken_in_later(
    cast: Cast, key: WriteKey, importing: Importing, lake
) -> None:
    with clock.use(clock.SetClock(at("2026-03-02 12:00"))) as hands:
        send(key, track("u1"), track("u1", "Export"), group("u1", "A1"))
        assert drained(lake) == []
        seen = inbox(cast.actor("olive"))
        assert (seen.waiting, seen.held) == (0, 2)
        assert [(user.key, user.held) for user in seen.users] == [("u1", 2)]
        importing(accounts=ACCOUNTS)
        assert drained(lake) == []  # looked at a moment ago
        hands.advance(timedelta(minutes=2))
        assert [event["name"] for event in drained(lake)] == ["Search", "Export"]
        assert inbox(cast.actor("olive")).held == 0


def test_a_person_matches_a_user_by_hand_and_that_stays(cast: Cast, key: WriteKey, system, lake) -> None:
    acme = create_account(name="Acme", actor=system)
    other = create_account(name="Other", website="other.test", actor=system)
    with clock.use(clock.SetClock(at("2026-03-02 12:00"))) as hands:
        send(key, track("u1"))
        drained(lake)
        match_user(SourceUser.objects.get(), account=acme.pk, actor=cast.actor("olive"))
        hands.advance(timedelta(minutes=2))
        assert [event["account_id"] for event in drained(lake)] == [acme.pk]
        send(key, group("u1", "g", website="other.test"), track("u1", "Export"))
        assert {event["account_id"] for event in drained(lake)} == {acme.pk}
    assert other.pk != acme.pk
    assert LedgerEntry.objects.get(kind="source.matched").account_id == acme.pk


def test_a_group_named_by_the_event_itself_counts_for_that_event(
    cast: Cast, key: WriteKey, importing: Importing, lake
) -> None:
    importing(accounts=ACCOUNTS)
    send(key, group("u1", "A1"), track("u1"), track("u1", "Export", context={"groupId": "A2"}))
    names = {event["name"]: event["account_id"] for event in drained(lake)}
    assert names == {"Search": Account.objects.get(name="Ashdown").pk, "Export": Account.objects.get(name="Birch").pk}


def test_somebody_anonymous_turns_out_to_be_somebody(cast: Cast, key: WriteKey, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS)
    send(key, {"type": "page", "anonymousId": "a1", "name": "Pricing", "properties": {"path": "/pricing"}})
    assert drained(lake) == []
    send(key, {"type": "identify", "anonymousId": "a1", "userId": "u1"}, group("u1", "A1"))
    [event] = drained(lake)
    assert (event["name"], event["properties"]) == ("page", '{"name": "Pricing", "path": "/pricing"}')
    assert event["user_id"] == SourceUser.objects.get(key="u1").pk


def test_an_alias_joins_two_names_of_one_user(cast: Cast, key: WriteKey, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS)
    send(key, track("old"), {"type": "alias", "previousId": "old", "userId": "new"}, group("new", "A1"), track("old"))
    assert {event["user_id"] for event in drained(lake)} == {SourceUser.objects.get(key="new").pk}
    assert Spooled.objects.filter(status="held").count() == 0


@pytest.mark.requirement("P-09")
def test_a_message_sent_twice_is_stored_once(cast: Cast, key: WriteKey, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS)
    messages = [group("u1", "A1"), track("u1", messageId="once")]
    send(key, *messages)
    drained(lake)
    send(key, *messages)
    assert [event["key"] for event in drained(lake)] == [f"app/{key.pk}/once"]


@pytest.mark.requirement("P-15")
def test_nothing_of_a_message_is_kept_once_the_lake_has_it(
    cast: Cast, key: WriteKey, importing: Importing, lake
) -> None:
    importing(accounts=ACCOUNTS)
    send(key, group("u1", "A1"), track("u1", context={"ip": "10.0.0.1"}))
    drained(lake)
    kept = ("message_id", "user_key", "group_key", "payload", "status")
    assert list(Spooled.objects.order_by("id").values_list(*kept)) == [
        ("m0", "", "", {}, "taken"),
        ("m1", "", "", {}, "taken"),
    ]
    assert [each.rows for each in Parcel.objects.filter(table="events")] == [[]]


class Forgetful:
    """A lake that takes a batch and then does not say so, once."""

    def __init__(self, lake) -> None:
        self._lake, self._fails = lake, True

    def append(self, table: str, rows: Any, *, batch: str) -> bool:
        stored = self._lake.append(table, rows, batch=batch)
        if self._fails:
            self._fails = False
            raise ConnectionError("gone")
        return stored


def test_a_batch_delivered_twice_is_stored_once(cast: Cast, key: WriteKey, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS)
    send(key, group("u1", "A1"), track("u1"), track("u1"))
    forgetful = Forgetful(lake)
    with pytest.raises(ConnectionError):
        drain(forgetful)
    send(key, track("u1"))  # must not slip into the batch that was bound before
    while drain(forgetful):
        pass
    assert len(rows_of(lake, "events")) == 3


@pytest.mark.requirement("P-04")
def test_a_day_is_covered_once_it_is_over_and_a_quiet_weekend_too(
    cast: Cast, key: WriteKey, importing: Importing, lake
) -> None:
    def covered() -> list[tuple[str, str]]:
        drained(lake)
        rows = sorted(rows_of(lake, "coverage"), key=lambda row: row["from_day"])
        return [(f"{row['from_day']:%m-%d}", f"{row['through_day']:%m-%d}") for row in rows]

    # Friday 6 March 2026 in New York; the company's day ends at 05:00 UTC.
    with clock.use(clock.SetClock(at("2026-03-06 15:00"))) as hands:
        importing(accounts=ACCOUNTS)
        send(key, group("u1", "A1"), track("u1"))
        assert covered() == []
        hands.set(at("2026-03-07 09:00"))
        assert covered() == [("03-06", "03-06")]
        hands.set(at("2026-03-09 15:00"))
        assert covered() == [("03-06", "03-06"), ("03-07", "03-08")]
        # Nothing for ten days: the source was live for three of them, as far as one can tell.
        hands.set(at("2026-03-19 15:00"))
        assert covered()[-1] == ("03-09", "03-09")
        send(key, track("u1"))
        hands.set(at("2026-03-20 15:00"))
        assert covered()[-1] == ("03-19", "03-19")
    assert LiveSource.objects.get().covered_through.isoformat() == "2026-03-19"
    through = [
        entry.data["through"] for entry in LedgerEntry.objects.filter(kind="source.read_through", data__source="app")
    ]
    assert through[0] == "2026-03-07T05:00:00+00:00"


def test_taking_in_goes_on_in_the_order_of_arrival(cast: Cast, key: WriteKey, importing: Importing) -> None:
    importing(accounts=ACCOUNTS)
    send(key, group("u1", "A1"), *[track("u1", f"E{number}") for number in range(5)])
    assert [take_in(2), take_in(2), take_in(2), take_in(2)] == [2, 2, 2, 0]
    names = [row["name"] for each in Parcel.objects.filter(table="events").order_by("id") for row in each.rows]
    assert names == ["E0", "E1", "E2", "E3", "E4"]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("jo@acme.test", "acme.test"),
        ("https://www.acme.test/x", "acme.test"),
        ("ACME.test", "acme.test"),
        ("jo@gmail.com", ""),
        ("nowhere", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_domain_is_where_somebody_works(text: str, domain: str) -> None:
    assert domain_of(text) == domain
