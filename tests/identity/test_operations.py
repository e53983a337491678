"""An operation locks, requires, changes and records in one transaction, or does nothing at all."""

from datetime import date

import pytest
from django.db import DatabaseError, connection

from tenure.base import clock
from tenure.base.errors import Forbidden, Refused
from tenure.identity.accounts import AccountAnchor, Assignment
from tenure.identity.actor import Actor
from tenure.identity.ledger import LedgerEntry
from tenure.identity.operations import OPERATIONS, batch, perform, record
from tenure.identity.people import Leave, Team
from tenure.identity.staff import assign, create_team, take_leave
from tests.cast import Cast, at

pytestmark = pytest.mark.requirement("P-02")


def test_an_act_writes_its_fact_in_the_same_transaction(cast: Cast) -> None:
    account = AccountAnchor.objects.create()
    with clock.use(clock.SetClock(at("2026-03-02 14:30"))):
        assign(account, person=cast.alice.id, role="csm", actor=cast.actor("olive"))

    entry = LedgerEntry.objects.get()
    assert (entry.kind, entry.account_id, entry.actor_id) == ("assignment.started", account.pk, cast.olive.id)
    assert entry.operation == "account.assign"
    assert entry.happened_at == entry.known_at == entry.recorded_at == at("2026-03-02 14:30")
    assert entry.data == {"person_id": cast.alice.id, "role": "csm", "from_day": "2026-03-02", "until_day": None}


def test_a_refused_act_leaves_neither_row_nor_fact(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        take_leave(
            cast.alice,
            cover=cast.alice.id,
            from_day=date(2026, 3, 2),
            until_day=date(2026, 3, 3),
            actor=cast.actor("alice"),
        )
    assert refusal.value.field == "cover"
    assert not Leave.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_a_forbidden_act_names_the_rule_and_who_may(cast: Cast) -> None:
    account = AccountAnchor.objects.create(pod=cast.pod)
    Assignment.objects.create(account=account, person=cast.alice, role="csm", from_day=date(2026, 1, 1))
    with pytest.raises(Forbidden) as refusal:
        assign(account, person=cast.bob.id, role="csm", actor=cast.actor("alice"))
    assert refusal.value.who_may == ("Team lead", "Operations")
    assert "raci.account.assign" in str(refusal.value)
    assert "Books are the lead's to give" in str(refusal.value)
    assert refusal.value.hidden is False


def test_an_outsider_cannot_tell_an_account_from_an_absent_one(cast: Cast) -> None:
    account = AccountAnchor.objects.create()
    Assignment.objects.create(account=account, person=cast.alice, role="csm", from_day=date(2026, 1, 1))
    with pytest.raises(Forbidden) as refusal:
        assign(account, person=cast.mallory.id, role="csm", actor=cast.actor("mallory"))
    assert refusal.value.hidden is True


@pytest.mark.parametrize(
    "statement", ["UPDATE identity_ledgerentry SET kind = 'x'", "DELETE FROM identity_ledgerentry"]
)
def test_the_database_refuses_to_change_the_ledger(cast: Cast, statement: str) -> None:
    create_team(name="East", actor=cast.actor("olive"))
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_arguments_are_checked_against_their_types(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        perform(
            "leave.take",
            cast.alice,
            {"cover": cast.bob.id, "from_day": "the day after tomorrow", "until_day": "2026-03-03"},
            cast.actor("alice"),
        )
    assert (refusal.value.code, refusal.value.field) == ("invalid", "from_day")


def test_an_unknown_argument_is_refused_and_not_ignored(cast: Cast) -> None:
    with pytest.raises(Refused) as refusal:
        perform("team.create", None, {"name": "East", "colour": "red"}, cast.actor("olive"))
    assert refusal.value.field == "colour"


def test_a_batch_takes_back_only_what_refused(cast: Cast) -> None:
    actor = cast.actor("olive")
    with batch(actor):
        create_team(name="East", actor=actor)
        with pytest.raises(Refused):
            create_team(name="East", actor=actor)
        create_team(name="West", actor=actor)
    assert sorted(Team.objects.values_list("name", flat=True)) == ["East", "North", "South", "West"]
    assert [entry.kind for entry in LedgerEntry.objects.order_by("id")] == ["team.created", "team.created"]


def test_a_batch_that_breaks_leaves_nothing(cast: Cast) -> None:
    actor = cast.actor("olive")
    with pytest.raises(ZeroDivisionError), batch(actor):
        create_team(name="East", actor=actor)
        _ = 1 / 0
    assert not Team.objects.filter(name="East").exists()
    assert not LedgerEntry.objects.exists()


def test_a_fact_outside_an_operation_is_a_bug(cast: Cast) -> None:
    with pytest.raises(RuntimeError, match="outside an operation"):
        record("team.created", cast.team)


def test_a_fact_carries_only_what_its_kind_declares(cast: Cast) -> None:
    actor = cast.actor("olive")
    with pytest.raises(TypeError, match="declares no colour"), batch(actor):
        record("team.created", cast.team, colour="red")


def test_a_fact_cannot_be_known_after_it_is_recorded(cast: Cast) -> None:
    with (
        clock.use(clock.SetClock(at("2026-03-02 14:30"))),
        pytest.raises(ValueError, match="after it is recorded"),
        batch(cast.actor("olive")),
    ):
        record("team.created", cast.team, known_at=at("2026-03-02 14:31"))


def test_the_system_acts_without_a_person(cast: Cast, system: Actor) -> None:
    create_team(name="East", actor=system)
    assert LedgerEntry.objects.get().actor_id is None


def test_every_operation_describes_its_arguments() -> None:
    for name in OPERATIONS:
        assert OPERATIONS[name].arguments.model_json_schema()["type"] == "object", name
