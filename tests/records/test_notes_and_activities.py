"""Notes and activities: quick to log, private by default."""

from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.activity import Activity, log_activity
from tenure.records.contact import Contact
from tenure.records.note import Note, change_note, log_note
from tests.cast import Cast, at
from tests.records.facts import data_of, facts_of, last_fact

pytestmark = pytest.mark.requirement("C-08")


@pytest.mark.requirement("P-14")
def test_a_note_stays_inside_unless_it_is_said_otherwise(acme: Account, cast: Cast) -> None:
    note = log_note(acme, text=" Their budget is tight ", type="Risk", actor=cast.actor("alice"))
    assert (note.text, note.client_visible, note.author_id, note.at) == (
        "Their budget is tight",
        False,
        cast.alice.pk,
        at("2026-03-02 15:00"),
    )
    fact = last_fact("note.logged")
    assert fact.data == {"type": "risk", "client_visible": False, "pinned": False, "by": cast.alice.pk}
    assert (fact.actor_id, fact.account_id, fact.subject_id) == (cast.alice.pk, acme.pk, note.pk)


def test_an_empty_or_endless_note_is_refused(acme: Account, cast: Cast) -> None:
    for text, code in (("  \n", "empty"), ("x" * 20_001, "invalid")):
        with pytest.raises(Refused) as refusal:
            log_note(acme, text=text, actor=cast.actor("alice"))
        assert (refusal.value.code, refusal.value.field) == (code, "text")
    assert not Note.objects.exists()


def test_a_note_is_pinned_and_reworded(acme: Account, cast: Cast) -> None:
    note = log_note(acme, text="First", actor=cast.actor("alice"))
    change_note(note, text="Second", pinned=True, actor=cast.actor("alice"))
    assert data_of("note.changed", "pinned", "changed") == {"pinned": True, "changed": ["pinned", "text"]}
    change_note(note, text="Second", actor=cast.actor("alice"))
    assert len(facts_of(note.pk)) == 2


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"type": "?"}, "invalid", "type"),
        ({"type": "time"}, "no_minutes", "minutes"),
        ({"minutes": -5}, "invalid", "minutes"),
        ({"direction": "up"}, "invalid", "direction"),
        ({"contact": "nobody"}, "unknown_contact", "contact"),
    ],
)
def test_an_activity_that_does_not_fit_is_refused(
    acme: Account, cast: Cast, values: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        log_activity(acme, **{"type": "call"} | values, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Activity.objects.exists()


def test_a_call_tells_its_length_and_whom_it_was_with(acme: Account, dana: Contact, cast: Cast) -> None:
    activity = log_activity(
        acme,
        type="call",
        minutes=20,
        direction="in",
        billable=True,
        contact=dana.pk,
        text="Asked about the report",
        at=at("2026-03-02 13:00"),
        actor=cast.actor("alice"),
    )
    fact = last_fact("activity.logged")
    assert fact.happened_at == activity.at == at("2026-03-02 13:00")
    assert fact.data == {
        "type": "call",
        "minutes": 20,
        "direction": "in",
        "billable": True,
        "contact": dana.pk,
        "by": cast.alice.pk,
    }


@pytest.mark.requirement("R-13")
def test_a_company_logs_activities_in_its_own_words(acme: Account, cast: Cast) -> None:
    activity = log_activity(acme, type="Shadowing a call", minutes=45, actor=cast.actor("alice"))
    assert (activity.type, str(activity)) == ("shadowing_a_call", "Shadowing a call")
    assert str(log_activity(acme, type="email", actor=cast.actor("alice"))) == "E-mail"


def test_nobody_logs_in_anothers_name_but_an_import(acme: Account, cast: Cast, system: Actor) -> None:
    with pytest.raises(Refused) as refusal:
        log_note(acme, text="x", by=cast.bob.pk, actor=cast.actor("alice"))
    assert (refusal.value.code, refusal.value.field) == ("not_yours", "by")
    assert log_note(acme, text="x", by=cast.bob.pk, actor=system).author_id == cast.bob.pk
    assert last_fact("note.logged").data["by"] == cast.bob.pk
    assert log_note(acme, text="x", actor=system).author_id is None
