"""The lead's page and a career: who carries too much, and where a role leads."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.people import Membership
from tenure.web.my_numbers import rungs
from tenure.web.team_page import Load, loads
from tenure.work.boards import Checklist, Line, Waiting
from tenure.work.refresh import refresh_standing
from tenure.work.scopes import Scope
from tests.book import Book
from tests.cast import Cast, blueprint

pytestmark = pytest.mark.django_db


@pytest.fixture
def model() -> Model:
    roles = blueprint().model_dump(mode="json")["roles"]
    roles["csm"]["leads_to"] = "lead"
    roles["csm"]["levels"]["junior"] |= {"accounts_from": 1, "accounts_to": 1}
    roles["csm"]["levels"]["senior"] |= {"accounts_from": 2, "accounts_to": 3, "after": "12 months", "by": "18 months"}
    team = {
        "label": "Lead of three",
        "rank": 1,
        "after": "24 months",
        "by": "36 months",
        "people_from": 3,
        "people_to": 5,
    }
    roles["lead"]["levels"] = {"lead": team}
    return blueprint(roles=roles)


@pytest.mark.requirement("R-13")
def test_a_book_is_held_against_its_level(cast: Cast, book: Book) -> None:
    refresh_standing([book.alices.pk, book.bobs.pk], cast.actor("olive"))
    people = [Scope("person", person.pk, person.name) for person in (cast.alice, cast.bob)]
    alice, bob = loads(people, cast.actor("lena"))
    # Alice is senior, two to three accounts, and carries one; Bob is junior, one account, and carries one.
    assert (alice.accounts, alice.range, alice.state, alice.words) == (1, "2 to 3", "running", "room for 1")
    assert (bob.accounts, bob.range, bob.state, bob.words) == (1, "1 to 1", "met", "in range")
    over = Load(bob.person, bob.level, 4, 1, 1, 0, 0, 0)
    assert (over.state, over.words) == ("warned", "3 over")


@pytest.mark.requirement("R-13")
def test_a_career_goes_on_in_the_role_to_which_it_leads(cast: Cast, model: Model) -> None:
    # Alice has been a success manager since 1 January 2026 and is senior.
    senior = Membership.objects.get(person=cast.alice)
    junior, held, lead = rungs(model.roles["csm"], senior, model)
    assert (junior.is_held, held.is_held, lead.is_held) == (False, True, False)
    assert (f"{held.since}", f"{held.until}", held.book, held.team) == ("2027-01-01", "2027-07-01", "2 to 3", "")
    assert (f"{lead.since}", f"{lead.until}", lead.book, lead.team) == ("2028-01-01", "2029-01-01", "", "3 to 5")
    # Lena leads Alice and Bob; Mallory is of another team.
    Membership.objects.filter(person=cast.lena).update(level="lead")
    (own,) = rungs(model.roles["lead"], Membership.objects.get(person=cast.lena), model)
    assert (own.is_held, own.led) == (True, 2)


@pytest.mark.requirement("R-01")
def test_a_card_names_whoever_has_been_waited_for_the_longest() -> None:
    now = clock.now()
    waits = [Waiting(who, now - timedelta(days=days), "client") for who, days in (("Maria", 2), ("Sam", 9), ("Jo", 5))]
    item = SimpleNamespace(is_open=True)
    lines = [Line(item, "x", "csm", "Alice", False, wait) for wait in waits]  # type: ignore[arg-type]
    stretch = SimpleNamespace(lines=lines)
    found = Checklist(None, "Onboarding", [stretch], None).longest_wait  # type: ignore[arg-type, list-item]
    assert found is not None
    assert found.who == "Sam"
