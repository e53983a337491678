"""Agendas: from the template, by the team and by the client."""

import pytest

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.agenda import AgendaLine, MeetingItem
from tenure.records.lookup import access_meeting
from tenure.records.meeting import Meeting, cancel_meeting, schedule_meeting
from tenure.records.preparation import add_item, discuss_item, prepare_meeting
from tests.cast import Cast, at, blueprint
from tests.records.conftest import SECTIONS
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("T-06")


@pytest.fixture
def model():
    """Clients may put things on the agenda of their own meetings."""
    raci = blueprint().model_dump(by_alias=True)["raci"]
    raci["meeting.add_item"] = {"accountable": "csm", "responsible": ["client"]}
    return blueprint(**SECTIONS, raci=raci)


@pytest.fixture
def sync(acme: Account, cast: Cast) -> Meeting:
    return schedule_meeting(acme, type="sync", starts_at=at("2026-03-03 16:00"), actor=cast.actor("alice"))


def texts(meeting: Meeting) -> list[tuple[str, str]]:
    return [(item.text, item.source) for item in MeetingItem.objects.filter(meeting=meeting).order_by("order")]


def test_lines_keep_where_they_came_from(sync: Meeting, cast: Cast) -> None:
    results, step = sync.items.all()
    prepare_meeting(
        sync,
        agenda=[AgendaLine(text="Next step, with a date", id=step.pk), AgendaLine(text="Budget")],
        actor=cast.actor("alice"),
    )
    assert texts(sync) == [("Next step, with a date", "template"), ("Budget", "team")]
    assert data_of("meeting.prepared", "items", "status") == {"items": 2, "status": "scheduled"}
    assert not MeetingItem.objects.filter(pk=results.pk).exists()


@pytest.mark.requirement("T-09")
def test_what_the_client_put_on_the_agenda_cannot_be_dropped(sync: Meeting, cast: Cast) -> None:
    theirs = add_item(
        access_meeting(cast.actor("carl"), sync.pk, "meeting.add_item"),
        text="Our new product",
        client_visible=False,
        actor=cast.actor("carl"),
    )
    assert (theirs.source, theirs.client_visible) == ("client", True)
    assert data_of("meeting.item_added", "source", "items") == {"source": "client", "items": 3}
    prepare_meeting(sync, agenda=[AgendaLine(text="Budget", client_visible=False)], actor=cast.actor("alice"))
    assert texts(sync) == [("Budget", "team"), ("Our new product", "client")]


def test_lines_are_ticked_while_the_meeting_runs(sync: Meeting, cast: Cast) -> None:
    alice = cast.actor("alice")
    first = sync.items.first()
    assert first is not None
    assert discuss_item(sync, item=first.pk, actor=alice).is_done
    assert last_fact("meeting.item_discussed").data["done"] == 1
    discuss_item(sync, item=first.pk, actor=alice)
    assert len([fact for fact in facts_of(sync.pk) if fact.kind == "meeting.item_discussed"]) == 1
    assert not discuss_item(sync, item=first.pk, is_done=False, actor=alice).is_done
    with pytest.raises(Refused) as refusal:
        discuss_item(sync, item="none", actor=alice)
    assert refusal.value.code == "unknown_item"


def test_the_agenda_of_a_cancelled_meeting_is_closed(sync: Meeting, cast: Cast) -> None:
    cancel_meeting(sync, actor=cast.actor("alice"))
    with pytest.raises(Refused, match="cancelled"):
        prepare_meeting(sync, agenda=[], actor=cast.actor("alice"))
    with pytest.raises(Refused, match="cancelled"):
        add_item(sync, text="Too late", actor=cast.actor("alice"))


def test_an_empty_line_is_refused(sync: Meeting, cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        add_item(sync, text="  ", actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == ("empty", "text")
