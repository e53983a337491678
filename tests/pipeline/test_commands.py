"""The command line: a home is made, a blueprint checked, planned, applied and taken back, accounts are scored."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tenure.cli import main
from tenure.identity.blueprints import BlueprintVersion, in_force
from tenure.identity.people import Person
from tenure.identity.staff import invite_person
from tenure.pipeline.lake import open_lake
from tenure.pipeline.lease import Held
from tenure.work.standing import Standing
from tests.book import Book
from tests.cast import Cast

pytestmark = pytest.mark.django_db

COMPANY = """
extends: base
company: {name: Small and Company, zone: UTC, currency: USD}
"""


def tenure(*arguments: str) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "small"
    found.mkdir()
    (found / "company.yaml").write_text(COMPANY)
    return found


def test_a_home_is_made_once_with_somebody_who_lets_others_in(folder: Path) -> None:
    made = tenure("init", "--blueprint", str(folder), "--email", "ada@example.com", "--name", "Ada")
    assert made.exit_code == 0, made.output
    assert in_force().company.name == "Small and Company"
    ada = Person.objects.get()
    assert (ada.name, ada.email) == ("Ada", "ada@example.com")
    assert ada.check_password(made.output.rpartition("password ")[2].split()[0])
    from tenure.identity.actor import Actor

    invite_person(name="Bo", email="bo@example.com", role="csm", actor=Actor.of(ada))
    again = tenure("init", "--blueprint", str(folder))
    assert again.exit_code == 1
    assert "runs a blueprint already" in again.output


def test_a_check_tells_every_mistake_with_its_line(folder: Path) -> None:
    assert "sound" in tenure("blueprint", "check", str(folder)).output
    (folder / "signals.yaml").write_text(
        "signals:\n"
        "  late:\n"
        "    label: Late\n"
        "    when: days_since_meting > 3\n"
        "    owner: cms\n"
        "    reason: '{days_since_meeting} days'\n"
    )
    found = tenure("blueprint", "check", str(folder))
    assert found.exit_code == 1
    assert "small/signals.yaml:4:" in found.output
    assert "days_since_meeting" in found.output
    assert "small/signals.yaml:5:" in found.output


@pytest.mark.requirement("P-01")
def test_plan_apply_history_and_back_again(folder: Path) -> None:
    tenure("init", "--blueprint", str(folder))
    assert tenure("blueprint", "plan", str(folder)).output == "Nothing changes.\n"
    (folder / "kept.yaml").write_text("retention: {contact_days: 365}\n")
    assert "0 contacts to be erased in the coming night" in tenure("blueprint", "plan", str(folder)).output
    (folder / "kept.yaml").unlink()
    (folder / "tiers.yaml").write_text("tiers:\n  gold: {label: Gold, rank: 3}\n")
    planned = tenure("blueprint", "plan", str(folder)).output
    assert "tiers.gold comes" in planned
    assert "to be erased" not in planned
    assert BlueprintVersion.objects.count() == 1
    applied = tenure("blueprint", "apply", str(folder), "--note", "Gold accounts")
    assert applied.output == f"Version {BlueprintVersion.objects.latest('id').pk} is in force.\n"
    assert "gold" in in_force().tiers
    first = BlueprintVersion.objects.order_by("id")[0].pk
    assert tenure("blueprint", "rollback", str(first)).exit_code == 0
    assert "gold" not in in_force().tiers
    history = tenure("blueprint", "history").output.splitlines()
    assert [line[0] for line in history] == ["*", " ", " "]
    assert "Gold accounts" in history[1]
    assert "extends" not in str(BlueprintVersion.objects.latest("id").model)
    assert "small/tiers.yaml" in BlueprintVersion.objects.order_by("id")[1].files
    assert "base/roles.yaml" in BlueprintVersion.objects.order_by("id")[1].files


@pytest.mark.requirement("P-05")
def test_whoever_applies_by_name_needs_the_right_to(folder: Path, cast: Cast) -> None:
    (folder / "company.yaml").write_text(COMPANY.replace("zone: UTC", "zone: America/New_York"))
    refused = tenure("blueprint", "apply", str(folder), "--as", "alice@example.com")
    assert refused.exit_code == 1
    assert "Operations" in refused.output
    assert tenure("blueprint", "apply", str(folder), "--as", "olive@example.com").exit_code == 0
    assert BlueprintVersion.objects.latest("id").applied_by_id == cast.olive.pk


def test_accounts_are_scored_on_demand(cast: Cast, book: Book) -> None:
    open_lake().close()
    found = tenure("score")
    assert found.exit_code == 0, found.output
    assert "4 accounts scored" in found.output
    assert Standing.objects.count() == 4


def test_scoring_waits_for_nobody_else_s_pipeline(cast: Cast, book: Book) -> None:
    with Held(heartbeat=False):
        found = tenure("score")
    assert found.exit_code == 1
    assert "runs the pipeline" in found.output


def test_a_blueprint_that_is_not_there_is_named() -> None:
    found = tenure("blueprint", "check", "nowhere")
    assert found.exit_code == 1
    assert "There is no blueprint “nowhere”" in found.output
    assert "saas" in found.output
