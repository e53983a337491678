"""An act whose rule wants somebody asked first waits for them; silence has a consequence."""

from datetime import timedelta

import pytest

from tenure.base import clock
from tenure.base.errors import Awaiting, Forbidden, Refused
from tenure.blueprint.model import Model
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Leave, Team
from tenure.identity.requests import ActRequest, approve_request, decline_request, settle_silent_requests
from tenure.identity.staff import create_team
from tests.cast import Cast, at, blueprint

pytestmark = [pytest.mark.requirement("T-02"), pytest.mark.requirement("P-05")]

ON_SILENCE = "escalate"


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Model:
    """Creating a team is the lead's act, after asking operations."""
    rules = blueprint().model_dump(mode="json", by_alias=True)["raci"]
    silence = getattr(request, "param", "escalate")
    rule = {"accountable": "lead", "responsible": ["executive"], "consulted": ["ops"], "on_silence": silence}
    return blueprint(raci=rules | {"team.create": rule | {"within": "1 business day"}})


@pytest.fixture
def monday() -> clock.SetClock:
    return clock.SetClock(at("2026-03-02 15:00"))  # Monday, 10:00 in New York


def waiting(cast: Cast, monday: clock.SetClock) -> ActRequest:
    with clock.use(monday), pytest.raises(Awaiting) as answer:
        create_team(name="East", actor=cast.actor("lena"))
    assert answer.value.roles == ("Operations",)
    return ActRequest.objects.get(pk=answer.value.request_id)


def test_the_act_is_stored_and_nothing_is_done(cast: Cast, monday: clock.SetClock) -> None:
    request = waiting(cast, monday)
    assert not Team.objects.filter(name="East").exists()
    assert (request.operation, request.arguments, request.roles) == ("team.create", {"name": "East"}, ["ops"])
    # One business day from Monday 10:00 is Tuesday 10:00 in New York.
    assert request.due_at == at("2026-03-03 15:00")
    assert [entry.kind for entry in LedgerEntry.objects.all()] == ["request.made"]


def test_approval_does_the_act_as_whoever_asked(cast: Cast, monday: clock.SetClock) -> None:
    request = waiting(cast, monday)
    with clock.use(monday):
        approve_request(request, actor=cast.actor("olive"))
    assert Team.objects.filter(name="East").exists()
    assert ActRequest.objects.get().status == "approved"
    assert [entry.kind for entry in LedgerEntry.objects.order_by("id")] == [
        "request.made",
        "request.approved",
        "team.created",
    ]


def test_the_checks_are_made_afresh_at_approval(cast: Cast, monday: clock.SetClock) -> None:
    request = waiting(cast, monday)
    cast.lena.memberships.update(role="client")
    with clock.use(monday), pytest.raises(Forbidden):
        approve_request(request, actor=cast.actor("olive"))
    assert not Team.objects.filter(name="East").exists()
    assert ActRequest.objects.get().status == "pending"


def test_a_decline_keeps_its_reason(cast: Cast, monday: clock.SetClock) -> None:
    request = waiting(cast, monday)
    with clock.use(monday):
        decline_request(request, reason="Two teams are enough", actor=cast.actor("olive"))
    assert ActRequest.objects.get().reason == "Two teams are enough"
    with clock.use(monday), pytest.raises(Refused, match="declined already"):
        approve_request(request, actor=cast.actor("olive"))


def test_nobody_answers_their_own_request_nor_one_put_to_others(cast: Cast, monday: clock.SetClock) -> None:
    request = waiting(cast, monday)
    with clock.use(monday):
        with pytest.raises(Forbidden, match="their own"):
            approve_request(request, actor=cast.actor("lena"))
        with pytest.raises(Forbidden, match="somebody else"):
            approve_request(request, actor=cast.actor("alice"))


def test_whoever_holds_the_consulted_role_is_not_asked(cast: Cast) -> None:
    cast.olive.memberships.create(role="lead", from_day=cast.olive.joined_on)
    create_team(name="East", actor=cast.actor("olive"))
    assert Team.objects.filter(name="East").exists()


@pytest.mark.requirement("P-12")
def test_an_absent_role_passes_to_its_cover(cast: Cast, monday: clock.SetClock) -> None:
    request = waiting(cast, monday)
    day = cast.actor("olive").day
    with clock.use(monday):
        day = cast.actor("olive").day
        Leave.objects.create(person=cast.olive, cover=cast.bob, from_day=day, until_day=day + timedelta(days=3))
        with pytest.raises(Forbidden):
            approve_request(request, actor=cast.actor("olive"))
        approve_request(request, actor=cast.actor("bob"))
    assert Team.objects.filter(name="East").exists()


@pytest.mark.parametrize(
    ("model", "status", "done"),
    [("proceed", "proceeded", True), ("escalate", "escalated", False), ("lapse", "lapsed", False)],
    indirect=["model"],
)
def test_silence_has_the_consequence_that_the_rule_names(
    cast: Cast, monday: clock.SetClock, status: str, done: bool
) -> None:
    waiting(cast, monday)
    assert settle_silent_requests(at("2026-03-03 14:59")) == 0
    monday.set(at("2026-03-03 15:00"))
    with clock.use(monday):
        assert settle_silent_requests(clock.now()) == 1
        assert settle_silent_requests(clock.now()) == 0
    assert ActRequest.objects.get().status == status
    assert Team.objects.filter(name="East").exists() is done
