"""What is kept only for a time goes when its time is over."""

from datetime import timedelta

from tenure.base import clock
from tenure.sources.importing import dismiss_row, load, prepare
from tenure.sources.imports import Import, ImportRow
from tenure.sources.inbox import Spooled, spool
from tenure.sources.keys import create_key
from tenure.sources.messages import read_messages
from tenure.sources.parcels import Parcel
from tenure.sources.spool import drain
from tenure.sources.tidying import tidy
from tests.cast import Cast
from tests.sources.conftest import ACCOUNTS, MAPPING, TICKETS, USAGE, Importing

WEEK = timedelta(days=7)
SEASON = timedelta(days=91)


def test_a_look_that_led_to_nothing_goes_after_a_week(cast: Cast, files) -> None:
    prepared = prepare(load(MAPPING), files(accounts=ACCOUNTS), cast.actor("olive"))
    assert tidy(clock.now() + WEEK - timedelta(hours=1)) == 0
    tidy(clock.now() + WEEK + timedelta(hours=1))
    assert not Import.objects.exists()
    assert not prepared.folder.exists()


def test_the_cells_of_settled_rows_are_forgotten_and_the_row_is_known_again(cast: Cast, importing: Importing) -> None:
    importing(accounts=ACCOUNTS, tickets=TICKETS)
    dismiss_row(ImportRow.objects.get(key="T3"), reason="A test", actor=cast.actor("olive"))
    tidy(clock.now() + SEASON)
    assert {row.key: bool(row.raw) for row in ImportRow.objects.all()} == {"T3": False, "T4": True}
    assert Import.objects.get().preview == {}
    importing(tickets=TICKETS)
    assert ImportRow.objects.count() == 2


def test_messages_and_parcels_go_once_the_lake_has_had_them_for_long(cast: Cast, importing: Importing, lake) -> None:
    importing(accounts=ACCOUNTS, usage=USAGE)
    key = create_key(label="App", source="app", actor=cast.actor("olive"))
    batch = [
        {"type": "group", "userId": "u1", "groupId": "A1", "messageId": "1"},
        {"type": "track", "userId": "u2", "event": "Search", "messageId": "2"},
    ]
    spool(key, read_messages("batch", {"batch": batch}, clock.now()), clock.now())
    while drain(lake):
        pass
    tidy(clock.now() + SEASON)
    assert list(Spooled.objects.values_list("message_id", "status")) == [("2", "held")]
    assert not Parcel.objects.exists()


def test_files_that_a_killed_process_left_are_removed(cast: Cast, importing: Importing) -> None:
    done = importing(accounts=ACCOUNTS)
    done.folder.mkdir()
    tidy(clock.now())
    assert not done.folder.exists()
