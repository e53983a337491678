"""The newest version is in force; applying and rolling back append, and nothing is half-applied."""

import pytest

from tenure.base.errors import Forbidden, Refused
from tenure.identity.blueprints import BlueprintVersion, in_force
from tenure.identity.company import apply_blueprint, install, roll_back_blueprint
from tenure.identity.ledger import LedgerEntry
from tests.cast import ZONE, Cast, blueprint

pytestmark = pytest.mark.requirement("P-01")


def renamed(name: str = "Renamed") -> dict[str, object]:
    company = {"name": name, "zone": ZONE, "currency": "USD", "calendar": "standard"}
    return blueprint(company=company).model_dump(mode="json", by_alias=True)


def test_applying_puts_the_new_version_in_force(cast: Cast) -> None:
    version = apply_blueprint(model=renamed(), files={"company.yaml": "…"}, note="New name", actor=cast.actor("olive"))
    assert in_force().company.name == "Renamed"
    assert BlueprintVersion.objects.count() == 2
    entry = LedgerEntry.objects.get(kind="blueprint.applied")
    assert (entry.data["version"], entry.data["digest"]) == (version.pk, version.digest)


def test_rolling_back_appends(cast: Cast) -> None:
    first = BlueprintVersion.objects.get()
    apply_blueprint(model=renamed(), files={}, actor=cast.actor("olive"))
    roll_back_blueprint(to=first.pk, actor=cast.actor("olive"))
    assert in_force().company.name == "Cast and Company"
    newest = BlueprintVersion.objects.latest("id")
    assert (BlueprintVersion.objects.count(), newest.rolled_back_to_id, newest.digest) == (3, first.pk, first.digest)


def test_what_is_in_force_already_is_refused(cast: Cast) -> None:
    same = blueprint().model_dump(mode="json", by_alias=True)
    with pytest.raises(Refused, match="in force already"):
        apply_blueprint(model=same, files={}, actor=cast.actor("olive"))


def test_the_zone_of_a_home_never_changes(cast: Cast) -> None:
    elsewhere = renamed() | {"company": {"name": "Elsewhere", "zone": "Europe/Berlin"}}
    with pytest.raises(Refused, match="keeps it"):
        apply_blueprint(model=elsewhere, files={}, actor=cast.actor("olive"))
    assert BlueprintVersion.objects.count() == 1


def test_a_home_is_given_its_first_blueprint_once(cast: Cast) -> None:
    with pytest.raises(Refused, match="runs a blueprint already"):
        install(blueprint(), files={}, folder="cast")


@pytest.mark.requirement("P-05")
def test_a_success_manager_applies_nothing(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        apply_blueprint(model=renamed(), files={}, actor=cast.actor("alice"))
