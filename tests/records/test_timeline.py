"""The timeline: what happened, newest first, in words, without what was taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure.base.clock import SetClock
from tenure.base.errors import Forbidden, Refused
from tenure.records.account import Account
from tenure.records.contact import Contact
from tenure.records.issue import open_issue, resolve_issue
from tenure.records.meeting import hold_meeting, schedule_meeting
from tenure.records.message import log_message
from tenure.records.note import log_note, withdraw_note
from tenure.records.point import correct_point, enter_point
from tenure.records.timeline import GROUPS, Line, history_of, timeline, word
from tests.book import Book
from tests.cast import Cast, at

pytestmark = pytest.mark.requirement("P-02")


def read(acme: Account, cast: Cast, person: str = "alice", **options: Any) -> list[tuple[str, str]]:
    return [(entry.label, entry.text) for entry in timeline(acme, cast.actor(person), **options).entries]


def test_facts_are_told_with_the_words_of_their_rows(acme: Account, dana: Contact, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    now.advance(timedelta(minutes=1))
    log_note(acme, text="Budget is tight", actor=alice)
    now.advance(timedelta(minutes=1))
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-02 15:01"), actor=alice)
    now.advance(timedelta(minutes=1))
    hold_meeting(meeting, actor=alice)
    log_message(acme, direction="in", subject="Budget", body="Can we talk?", actor=alice)
    entries = timeline(acme, alice).entries
    assert [(entry.label, entry.text) for entry in entries][:4] == [
        ("Message received", "Budget: Can we talk?"),
        ("Meeting held", "Results sync"),  # it happened at its start, in the same minute as the note
        ("Meeting scheduled", "Results sync"),  # so did the scheduling, which was written down after it had begun
        ("Note", "Budget is tight"),
    ]
    assert (entries[3].actor, entries[3].group, entries[3].icon) == ("Alice", "notes", "note")
    assert entries[3].is_internal is True
    assert entries[2].is_internal is False


def test_what_was_taken_back_is_gone_and_what_was_corrected_is_marked(acme: Account, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    withdraw_note(log_note(acme, text="Oops", actor=alice), actor=alice)
    point = enter_point(acme, metric="inquiries", day=at("2026-03-01").date(), value=7, actor=alice)
    correct_point(point, value=8, reason="x", actor=alice)
    entries = timeline(acme, alice, groups=["notes", "goals"]).entries
    assert [(entry.label, entry.is_replaced, entry.data["value"]) for entry in entries] == [
        ("Figure entered", False, 8.0),
        ("Figure entered", True, 7.0),
    ]
    assert entries[0].corrects == entries[1].id
    assert entries[0].text == "Inquiries: 8 a week on 2026-03-01"


def test_pages_follow_one_another_without_gap_or_double(acme: Account, cast: Cast, now: SetClock) -> None:
    alice = cast.actor("alice")
    for number in range(7):
        # Pairs share a moment, so that the page break falls between equals.
        now.advance(timedelta(minutes=number % 2))
        log_note(acme, text=f"Note {number}", actor=alice)
    whole = timeline(acme, alice, groups=["notes"]).entries
    read_so_far, cursor, pages = [], None, 0
    while True:
        page = timeline(acme, alice, groups=["notes"], limit=2, before=cursor)
        read_so_far += page.entries
        pages += 1
        cursor = page.next
        if cursor is None:
            break
    assert read_so_far == whole
    assert (len(whole), pages) == (7, 4)


@pytest.mark.parametrize("cursor", ["yesterday", "2026-03-02T15:00:00|x", "2026-03-02T15:00:00|5", "|"])
def test_a_cursor_that_is_not_ours_is_refused(acme: Account, cast: Cast, cursor: str) -> None:
    with pytest.raises(Refused) as refusal:
        timeline(acme, cast.actor("alice"), before=cursor)
    assert refusal.value.field == "before"


def test_groups_choose_kinds_of_things(acme: Account, dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    log_note(acme, text="x", actor=alice)
    open_issue(acme, title="y", actor=alice)
    assert read(acme, cast, groups=["issues"]) == [("Issue opened", "y")]
    assert {label for label, _ in read(acme, cast, groups=["issues", "people"])} == {"Issue opened", "Contact added"}


@pytest.mark.requirement("P-14")
def test_a_client_reads_nothing_internal(acme: Account, dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    log_note(acme, text="inside", actor=alice)
    log_note(acme, text="for them", client_visible=True, actor=alice)
    issue = open_issue(acme, title="Raised", contact=dana.pk, actor=alice)
    open_issue(acme, title="Ours", actor=alice)
    resolve_issue(issue, actor=alice)
    log_message(acme, direction="in", body="private", actor=alice)
    assert sorted(read(acme, cast, "carl")) == [
        ("Issue opened", "Raised"),
        ("Issue resolved", "Raised"),
        ("Note", "for them"),
    ]


@pytest.mark.requirement("P-14")
def test_a_page_of_a_client_is_full_although_much_is_hidden(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    for number in range(9):
        log_note(acme, text=f"Note {number}", client_visible=number % 3 == 0, actor=alice)
    page = timeline(acme, cast.actor("carl"), limit=2)
    assert [entry.text for entry in page.entries] == ["Note 6", "Note 3"]
    rest = timeline(acme, cast.actor("carl"), limit=2, before=page.next)
    assert ([entry.text for entry in rest.entries], rest.next) == (["Note 0"], None)


@pytest.mark.requirement("P-05")
def test_out_of_reach_there_is_no_timeline(acme: Account, book: Book, cast: Cast) -> None:
    with pytest.raises(Forbidden) as refusal:
        timeline(book.mallorys, cast.actor("alice"))
    assert refusal.value.hidden


def test_a_longer_page_costs_no_more_queries(acme: Account, dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            timeline(acme, alice)
        return len(queries)

    def fill(times: int) -> None:
        for number in range(times):
            log_note(acme, text=f"Note {number}", actor=alice)
            open_issue(acme, title=f"Issue {number}", actor=alice)
            log_message(acme, direction="in", body="x", actor=alice)

    fill(1)
    few = cost()
    fill(12)
    assert cost() == few


def test_long_words_are_cut(acme: Account, cast: Cast) -> None:
    log_note(acme, text="word " * 100, actor=cast.actor("alice"))
    ((_, text),) = read(acme, cast, groups=["notes"])
    assert len(text) <= 280
    assert text.endswith("word…")


def test_a_row_tells_its_own_history(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    issue = open_issue(acme, title="Raised", actor=alice)
    resolve_issue(issue, actor=alice)
    assert [entry.kind for entry in history_of("issue", issue.pk, alice)] == ["issue.opened", "issue.resolved"]
    assert history_of("issue", issue.pk, cast.actor("carl")) == []


def test_a_noun_of_another_room_must_name_a_group() -> None:
    assert "meetings" in GROUPS
    with pytest.raises(ValueError, match="no group"):
        word("spaceship", "space", "star", lambda ids, model: {id_: Line("x") for id_ in ids})
