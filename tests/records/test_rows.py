"""A row that is read by a query compiled once is the row that Django reads."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from tenure.identity.accounts import Assignment
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import OPERATIONS
from tenure.identity.people import Membership
from tenure.identity.rows import LONGEST, insert, row_by_key, rows_by, store
from tenure.records.account import Account
from tenure.records.meeting import Attendee, Meeting, schedule_meeting
from tenure.records.pace import Pace, set_pace
from tests.cast import Cast, at

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-02")]


def values(row: models.Model) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_comes_with_those_along_the_way_in_one_query(cast: Cast, acme: Account) -> None:
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-03 16:00"), actor=cast.actor("alice"))
    invited = Attendee.objects.create(meeting=meeting, person=cast.alice)
    row_by_key(Attendee, invited.pk, "meeting__account")  # the query is compiled once
    with CaptureQueriesContext(connection) as queries:
        found = row_by_key(Attendee, invited.pk, "meeting__account")
        assert found is not None and found.meeting.account.name == acme.name
    assert len(queries) == 1
    expected = Attendee.objects.select_related("meeting__account").get(pk=invited.pk)
    assert values(found) == values(expected)
    assert values(found.meeting) == values(expected.meeting)
    assert values(found.meeting.account) == values(expected.meeting.account)
    assert (found._state.adding, found._state.db) == (expected._state.adding, expected._state.db)


def test_a_way_that_ends_early_gives_what_there_is(cast: Cast) -> None:
    held = Membership.objects.filter(pod=None).first()
    assert held is not None
    found = row_by_key(Membership, held.pk, "pod")
    assert found is not None and found.pod is None


def test_what_is_gone_is_none(cast: Cast) -> None:
    assert row_by_key(Account, "01gone") is None


def test_rows_are_found_by_several_values_in_any_order(cast: Cast, acme: Account) -> None:
    set_pace(acme, type="piece", per_week=Decimal("2.5"), actor=cast.actor("alice"))
    assert [each.per_week for each in rows_by(Pace, type="piece", account_id=acme.pk)] == [Decimal("2.5")]
    assert [each.per_week for each in rows_by(Pace, account_id=acme.pk, type="piece")] == [Decimal("2.5")]
    assert rows_by(Pace, account_id=acme.pk, type="plan") == []


def test_of_a_row_the_named_fields_alone_are_stored(cast: Cast, acme: Account) -> None:
    meeting = schedule_meeting(acme, type="sync", starts_at=at("2026-03-03 16:00"), actor=cast.actor("alice"))
    meeting.starts_at, meeting.facilitator, meeting.title = at("2026-03-04 09:30"), None, "Not to be stored"
    store(meeting, "starts_at", "facilitator")
    found = Meeting.objects.get(pk=meeting.pk)
    assert (found.starts_at, found.facilitator_id) == (at("2026-03-04 09:30"), None)
    assert found.title != "Not to be stored"
    with pytest.raises(KeyError):
        store(acme, "pod")  # of the account's anchor
    meeting.delete()
    meeting.pk = found.pk
    with pytest.raises(DatabaseError, match="no longer there"):
        store(meeting, "starts_at")


def test_new_rows_get_their_keys_in_their_order(cast: Cast, acme: Account) -> None:
    """As many as need two statements, with what a column can hold: moments, JSON, nothing."""
    schedule_meeting(acme, type="sync", starts_at=at("2026-03-03 16:00"), actor=cast.actor("alice"))
    first = LedgerEntry.objects.order_by("id").last()
    assert first is not None
    fields = {name: value for name, value in values(first).items() if name != "id"}
    numbers = range(LONGEST + 2)
    rows = [LedgerEntry(**fields | {"data": {"status": f"no. {number}"}, "retracts": None}) for number in numbers]
    insert(rows)
    stored = list(LedgerEntry.objects.filter(id__gt=first.id).order_by("id"))
    assert [values(each) for each in stored] == [values(each) for each in rows]
    assert [each.data for each in stored] == [{"status": f"no. {number}"} for number in numbers]
    assert (rows[0]._state.adding, rows[0]._state.db) == (False, "default")
    insert([])


def test_an_assignment_holds_through_its_last_day() -> None:
    held = Assignment(from_day=date(2026, 3, 2), until_day=date(2026, 3, 9))
    days = [date(2026, 3, day) for day in (1, 2, 9, 10)]
    assert [held.holds_on(day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    "model",
    sorted(
        {each.subject_model for each in OPERATIONS.values() if each.subject_model}, key=lambda model: model.__name__
    ),
)
def test_the_subject_of_every_operation_can_be_read(model: type[models.Model]) -> None:
    with transaction.atomic():
        assert row_by_key(model, 0, getattr(model, "anchor_path", ""), lock=True) is None
