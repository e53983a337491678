"""A company is drawn from its blueprint: who works there, which accounts come when, what is planted."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.base.errors import Refused
from tenure.blueprint.loader import load
from tenure.blueprint.model import Model
from tenure.simulation.casting import SETTLING_DAYS, draw_plan
from tenure.simulation.plans import Plan
from tenure.simulation.scene import Scene, scene_of
from tests.cast import blueprint

BLUEPRINTS = Path(__file__).parents[2] / "blueprints"
FIRST = date(2026, 1, 5)  # a Monday
pytestmark = pytest.mark.requirement("P-10")


def drawn(model: Model, **changes: Any) -> Plan:
    wanted: dict[str, Any] = {"accounts": 30, "first_day": FIRST, "days": 182, "seed": 7}
    return draw_plan(model, scene_of(model), **(wanted | changes))


@pytest.fixture(scope="module", params=["r7-creative", "saas"])
def shipped(request: pytest.FixtureRequest) -> Model:
    return load(BLUEPRINTS / request.param)


def test_a_seed_tells_the_whole_company(shipped: Model) -> None:
    assert drawn(shipped) == drawn(shipped)
    assert drawn(shipped) != drawn(shipped, seed=8)


def test_every_role_is_held_and_the_books_can_be_carried(shipped: Model) -> None:
    plan = drawn(shipped)
    held = Counter(worker.role for worker in plan.workers)
    assert set(held) == {key for key, role in shipped.roles.items() if not role.portal}
    books = Counter(client.carriers[plan.main_role] for client in plan.clients)
    assert max(books.values()) <= 15
    assert max(books.values()) - min(books.values()) <= 1


def test_names_are_nobody_elses_and_some_are_long(shipped: Model) -> None:
    plan = drawn(shipped, accounts=60)
    people = [worker.name for worker in plan.workers] + [friend.name for c in plan.clients for friend in c.friends]
    names = [client.name for client in plan.clients]
    assert len(set(people)) == len(people)
    assert len(set(names)) == len(names)
    assert max(map(len, names)) > 45
    assert not any("{" in name for name in names)


def test_accounts_come_on_working_days_the_first_at_once_and_the_last_near_the_end(shipped: Model) -> None:
    plan = drawn(shipped)
    begins = [client.begins for client in plan.clients]
    assert all(day.weekday() < 5 for day in begins)
    assert min(begins) <= FIRST + timedelta(days=3)
    assert max(begins) >= plan.last_day - timedelta(days=20)
    existing = [client for client in plan.clients if not client.is_new]
    assert len(existing) == round(scene_of(shipped).existing * 30)
    assert all(client.since < client.begins <= FIRST + timedelta(days=16) for client in existing)


def test_a_story_begins_when_the_account_has_settled_and_leaves_time_to_be_found(shipped: Model) -> None:
    plan = drawn(shipped)
    told = [(client, planted) for client in plan.clients for planted in client.stories]
    assert len(told) >= 6
    assert {planted.story.decoy for _, planted in told} == {True, False}
    for client, planted in told:
        assert planted.begins >= client.begins + timedelta(days=SETTLING_DAYS)
        assert planted.begins + timedelta(days=planted.story.within_days) <= plan.last_day
        assert planted.story.found_by in {"", *shipped.signals}


def test_a_demo_has_somebody_to_step_into_for_every_role(shipped: Model) -> None:
    plan = drawn(shipped, demo=True)
    roles = {worker.role for worker in plan.workers if worker.is_demo}
    assert roles == {worker.role for worker in plan.workers}
    assert sum(client.is_demo for client in plan.clients) == 1
    assert not any(worker.is_demo for worker in drawn(shipped).workers)


def test_a_blueprint_that_says_nothing_of_simulation_can_be_simulated() -> None:
    plan = draw_plan(blueprint(), Scene(), accounts=5, first_day=FIRST, days=60, seed=1)
    assert len(plan.clients) == 5
    assert plan.main_role == "csm"
    assert plan.client_role == "client"
    assert {client.tier for client in plan.clients} <= {"core", "growth"}


def test_a_blueprint_in_which_nobody_carries_accounts_is_refused() -> None:
    with pytest.raises(Refused, match="no role with a book or a pod"):
        draw_plan(
            blueprint(roles={"boss": {"label": "Boss", "reach": "all"}}),
            Scene(),
            accounts=1,
            first_day=FIRST,
            days=9,
            seed=1,
        )
