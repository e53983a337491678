"""Who reaches what: one rule, compiled to a filter and to a check, which must agree."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.base.errors import Forbidden
from tenure.blueprint.model import Model
from tenure.identity.access import may, reach, require, rule_for, who_may
from tenure.identity.accounts import AccountAnchor, Assignment, owner
from tenure.identity.actor import Actor
from tenure.identity.people import Leave, Person, acting_for, covered_by
from tests.cast import FIRST_DAY, Cast, blueprint, join

pytestmark = pytest.mark.requirement("P-05")

OPERATIONS = ("account.view", "account.assign", "note.log", "goal.confirm", "anything.else")


def accounts(cast: Cast) -> dict[str, AccountAnchor]:
    """Alice's in the pod (with Carl as its client), Bob's outside it, Mallory's, and nobody's."""
    found = {
        "alices": AccountAnchor.objects.create(pod=cast.pod),
        "bobs": AccountAnchor.objects.create(),
        "mallorys": AccountAnchor.objects.create(),
        "nobodys": AccountAnchor.objects.create(),
    }
    for account, person, role in (
        ("alices", cast.alice, "csm"),
        ("alices", cast.carl, "client"),
        ("bobs", cast.bob, "csm"),
        ("mallorys", cast.mallory, "csm"),
    ):
        Assignment.objects.create(account=found[account], person=person, role=role, from_day=FIRST_DAY)
    return found


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("alice", {"alices"}),
        ("bob", {"bobs"}),
        ("lena", {"alices", "bobs"}),
        ("sam", {"alices"}),
        ("olive", {"alices", "bobs", "mallorys", "nobodys"}),
        ("erin", {"alices", "bobs", "mallorys", "nobodys"}),
        ("carl", {"alices"}),
        ("mallory", {"mallorys"}),
    ],
)
def test_each_role_sees_its_reach_and_no_more(cast: Cast, name: str, sees: set[str]) -> None:
    found = accounts(cast)
    ids = set(reach(AccountAnchor.objects.all(), cast.actor(name)).values_list("pk", flat=True))
    assert ids == {found[each].pk for each in sees}


def test_seeing_is_not_doing(cast: Cast) -> None:
    found = accounts(cast)
    erin = cast.actor("erin")
    require(erin, "account.view", found["alices"])
    with pytest.raises(Forbidden) as refusal:
        require(erin, "note.log", found["alices"])
    assert refusal.value.hidden is False
    assert refusal.value.who_may == ("Success manager", "Team lead", "Operations", "Specialist")


@pytest.mark.requirement("T-02")
def test_a_level_limits_what_one_may_do_alone(company: object, cast: Cast) -> None:
    limited = blueprint(
        raci={
            "account.view": {"accountable": "csm"},
            "issue.escalate": {"accountable": "csm", "responsible": ["lead"], "limits": {"csm": "senior"}},
        }
    )
    alice, bob = (Actor(p, limited, FIRST_DAY, tuple(p.memberships.all())) for p in (cast.alice, cast.bob))
    assert may(alice, "issue.escalate")
    assert not may(bob, "issue.escalate")
    assert who_may(limited, "issue.escalate") == ("Success manager from Senior", "Team lead")


def test_the_nearest_rule_governs(model: Model) -> None:
    found = rule_for(model, "goal.confirm")
    assert found is not None and found[0] == "goal.confirm"
    found = rule_for(model, "goal.set")
    assert found is not None and found[0] == "goal.*"
    found = rule_for(model, "unheard.of")
    assert found is not None and found[0] == "*"


def test_without_a_rule_nobody_may(cast: Cast) -> None:
    bare = blueprint(raci={"account.view": {"accountable": "csm"}})
    olive = Actor(cast.olive, bare, FIRST_DAY, tuple(cast.olive.memberships.all()))
    with pytest.raises(Forbidden, match="No rule"):
        require(olive, "team.create")


@pytest.mark.requirement("P-12")
def test_cover_reaches_the_book_during_leave_and_hands_it_back(cast: Cast) -> None:
    found = accounts(cast)
    Leave.objects.create(person=cast.alice, cover=cast.mallory, from_day=date(2026, 3, 2), until_day=date(2026, 3, 6))

    def sees(day: date) -> set[str]:
        actor = Actor(cast.mallory, blueprint(), day, tuple(cast.mallory.memberships.all()))
        ids = reach(AccountAnchor.objects.all(), actor).values_list("pk", flat=True)
        return {name for name, account in found.items() if account.pk in set(ids)}

    assert sees(date(2026, 3, 1)) == {"mallorys"}
    assert sees(date(2026, 3, 2)) == {"mallorys", "alices"}
    assert sees(date(2026, 3, 6)) == {"mallorys", "alices"}
    assert sees(date(2026, 3, 7)) == {"mallorys"}
    assert owner(found["alices"].pk, "csm", date(2026, 3, 4)) == cast.mallory.pk
    assert owner(found["alices"].pk, "csm", date(2026, 3, 7)) == cast.alice.pk


@pytest.mark.requirement("P-12")
def test_cover_passes_on_while_the_cover_is_away_too(cast: Cast) -> None:
    day = date(2026, 3, 4)
    Leave.objects.create(person=cast.alice, cover=cast.bob, from_day=day, until_day=day)
    Leave.objects.create(person=cast.bob, cover=cast.mallory, from_day=day, until_day=day)
    assert acting_for(cast.alice.pk, day) == cast.mallory.pk
    assert covered_by(cast.mallory.pk, day) == {cast.alice.pk, cast.bob.pk}
    assert covered_by(cast.bob.pk, day) == set()


def test_an_ended_assignment_reaches_nothing(cast: Cast) -> None:
    found = accounts(cast)
    Assignment.objects.filter(person=cast.alice).update(until_day=FIRST_DAY + timedelta(days=9))
    alice = Actor(cast.alice, blueprint(), FIRST_DAY + timedelta(days=10), tuple(cast.alice.memberships.all()))
    assert not reach(AccountAnchor.objects.all(), alice).exists()
    with pytest.raises(Forbidden) as refusal:
        require(alice, "account.view", found["alices"])
    assert refusal.value.hidden is True


def test_somebody_of_a_clients_reaches_by_being_its_client_alone(cast: Cast) -> None:
    found = accounts(cast)
    Assignment.objects.create(account=found["bobs"], person=cast.carl, role="csm", from_day=FIRST_DAY)
    carl = cast.actor("carl")
    assert set(reach(AccountAnchor.objects.all(), carl)) == {found["alices"]}
    with pytest.raises(Forbidden) as refusal:
        require(carl, "account.view", found["bobs"])
    assert refusal.value.hidden is True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_filter_and_the_check_agree_on_random_companies(cast: Cast, data: st.DataObject) -> None:
    """Random assignments, leaves, days and roles: a list shows an account exactly where the single check allows it."""
    AccountAnchor.objects.all().delete()
    Leave.objects.all().delete()
    people = list(Person.objects.all())
    days = st.integers(0, 20).map(lambda n: FIRST_DAY + timedelta(days=n))
    for _ in range(data.draw(st.integers(1, 4))):
        account = AccountAnchor.objects.create(pod=data.draw(st.sampled_from([cast.pod, None])))
        for _ in range(data.draw(st.integers(0, 3))):
            start = data.draw(days)
            Assignment.objects.create(
                account=account,
                person=data.draw(st.sampled_from(people)),
                role=data.draw(st.sampled_from(["csm", "client", "specialist"])),
                from_day=start,
                until_day=data.draw(st.one_of(st.none(), st.just(start + timedelta(days=5)))),
            )
    for _ in range(data.draw(st.integers(0, 3))):
        away, cover = data.draw(st.permutations(people))[:2]
        start = data.draw(days)
        Leave.objects.create(person=away, cover=cover, from_day=start, until_day=start + timedelta(days=4))
    person, day = data.draw(st.sampled_from(people)), data.draw(days)
    actor = Actor(person, blueprint(), day, tuple(person.memberships.all()))
    for operation in OPERATIONS:
        listed = set(reach(AccountAnchor.objects.all(), actor, operation).values_list("pk", flat=True))
        for account in AccountAnchor.objects.all():
            try:
                require(actor, operation, account)
                allowed = True
            except Forbidden:
                allowed = False
            assert allowed == (account.pk in listed), (operation, person.name, day)


def test_a_deactivated_person_is_nobody(cast: Cast) -> None:
    accounts(cast)
    cast.olive.is_active = False
    assert Actor.of(cast.olive).roles == frozenset()
    assert not reach(AccountAnchor.objects.all(), Actor.of(cast.olive)).exists()


def test_a_role_that_the_blueprint_does_not_know_gives_nothing(cast: Cast) -> None:
    stranger = join("Stan", "astronaut")
    assert Actor.of(stranger).roles == frozenset()
    assert not reach(AccountAnchor.objects.all(), Actor.of(stranger)).exists()
