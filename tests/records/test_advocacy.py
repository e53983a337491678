"""Advocacy: asked, agreed, given, published; with evidence, and with the consent that publishing wants."""

from datetime import date
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.advocacy import Advocacy, decline_advocacy, log_advocacy, move_advocacy
from tenure.records.contact import Contact
from tenure.records.personal import erase_contact, export_contact
from tests.cast import Cast, at
from tests.records.facts import facts_of, last_fact

pytestmark = pytest.mark.requirement("R-11", "A-09")


def test_from_asked_to_published(acme: Account, dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    asked = log_advocacy(acme, type="testimonial", contact=dana.pk, actor=alice)
    assert (asked.stage, asked.owner_id, asked.given_at) == ("asked", cast.alice.pk, None)
    assert last_fact("advocacy.asked").data == {
        "type": "testimonial",
        "stage": "asked",
        "consented_on": None,
        "contact": dana.pk,
        "owner": cast.alice.pk,
    }
    move_advocacy(asked, stage="agreed", consented_on=date(2026, 3, 1), actor=alice)
    given = move_advocacy(
        asked, stage="given", evidence="They doubled our week", at=at("2026-03-02 10:00"), actor=alice
    )
    assert given.given_at == at("2026-03-02 10:00")
    published = move_advocacy(asked, stage="published", link="example.com/words", actor=alice)
    assert (published.link, published.given_at) == ("https://example.com/words", at("2026-03-02 10:00"))
    kinds = [fact.kind.partition(".")[2] for fact in facts_of(asked.pk)]
    assert kinds == ["asked", "agreed", "given", "published"]
    assert facts_of(asked.pk)[1].data["consented_on"] == "2026-03-01"
    assert "They doubled" not in str([fact.data for fact in facts_of(asked.pk)])


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"stage": "given"}, "no_evidence", "evidence"),
        ({"stage": "published", "evidence": "Fine work"}, "no_consent", "consented_on"),
        ({"stage": "asked", "consented_on": date(2026, 3, 3)}, "in_the_future", "consented_on"),
    ],
)
def test_what_a_stage_rests_on(acme: Account, cast: Cast, given: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        log_advocacy(acme, type="case_study", actor=cast.actor("alice"), **given)
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert not Advocacy.objects.exists()


def test_a_referral_needs_no_consent_and_nothing_goes_back(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    sent = log_advocacy(acme, type="referral", stage="published", evidence="The bakery next door", actor=alice)
    with pytest.raises(Refused) as back:
        move_advocacy(sent, stage="given", actor=alice)
    assert back.value.code == "not_further"
    with pytest.raises(Refused) as late:
        decline_advocacy(sent, reason="too busy", actor=alice)
    assert late.value.code == "wrong_state"


def test_whoever_declines_may_be_won_later(acme: Account, cast: Cast) -> None:
    alice = cast.actor("alice")
    asked = log_advocacy(acme, type="review", actor=alice)
    assert decline_advocacy(asked, reason="Too busy", actor=alice).stage == "declined"
    assert last_fact("advocacy.declined").data["reason"] == "too_busy"
    assert move_advocacy(asked, stage="agreed", actor=alice).stage == "agreed"


@pytest.mark.requirement("P-15")
def test_what_a_contact_said_is_exported_and_erased(acme: Account, dana: Contact, cast: Cast) -> None:
    alice = cast.actor("alice")
    words = log_advocacy(acme, type="review", stage="given", contact=dana.pk, evidence="I am Dana", actor=alice)
    assert [each["evidence"] for each in export_contact(dana, actor=alice)["advocacy"]] == ["I am Dana"]
    erase_contact(dana, actor=alice)
    words.refresh_from_db()
    assert (words.evidence, words.link, words.stage) == ("", "", "given")
