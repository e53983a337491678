"""The company itself: initialised once, and the blueprint that it runs by."""

from __future__ import annotations

from typing import Any

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.diff import digest, from_json, to_json
from tenure.blueprint.model import Model
from tenure.facts.contract import declare
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.operations import operation, record, view
from tenure.identity.people import Company

declare("blueprint.applied", "Blueprint applied", internal=True, version="integer", note="text")
declare("blueprint.rolled_back", "Blueprint rolled back", internal=True, version="integer", to="integer")

view("blueprint.view", "Read the blueprint")
view("blueprint.plan", "See what a blueprint would change")


def initialise(model: Model) -> Company:
    """Name the company and fix its zone for good. Called once; a second call changes only the name."""
    company, _ = Company.objects.get_or_create(
        id=1,
        defaults={
            "name": model.company.name,
            "zone": model.company.zone,
            "currency": model.company.currency,
            "initialised_at": clock.now(),
        },
    )
    if company.zone != model.company.zone:
        raise Refused(
            "zone_is_fixed",
            f"This home counts its days in {company.zone} and keeps it; the blueprint says {model.company.zone}.",
            field="company.zone",
        )
    return company


def _keep(model: Model, actor: Actor | None, **fields: Any) -> BlueprintVersion:
    return BlueprintVersion.objects.create(
        digest=digest(model),
        model=to_json(model),
        applied_at=clock.now(),
        applied_by_id=actor.id if actor else None,
        **fields,
    )


def install(model: Model, *, files: dict[str, str], folder: str) -> BlueprintVersion:
    """Put the first blueprint of a home in force, before there is anyone who could apply one."""
    if BlueprintVersion.objects.exists():
        raise Refused("has_blueprint", "This home runs a blueprint already; apply the new one instead.")
    initialise(model)
    return _keep(model, None, files=files, folder=folder, note="The first blueprint")


@operation("blueprint.apply", label="Apply a blueprint")
def apply_blueprint(
    *,
    model: dict[str, Any],
    files: dict[str, str],
    folder: str = "",
    note: str = "",
    reterm: bool = False,
    actor: Actor,
) -> BlueprintVersion:
    """Put a checked blueprint in force. Running clocks keep their terms unless `reterm` says that they move.

    The caller has checked the model against the vocabulary; here it is only read back into its types.
    """
    read = Model.model_validate(model)
    initialise(read)
    if digest(read) == digest(actor.model):
        raise Refused("nothing_new", "This blueprint is in force already.")
    version = _keep(read, actor, files=files, folder=folder, note=note[:400], retermed=reterm)
    record("blueprint.applied", version, version=version.pk, note=note[:400])
    return version


@operation("blueprint.rollback", label="Roll a blueprint back")
def roll_back_blueprint(*, to: int, reterm: bool = False, actor: Actor) -> BlueprintVersion:
    """Put an earlier version in force again, as a new version; history stays whole."""
    earlier = BlueprintVersion.objects.filter(pk=to).first()
    if earlier is None:
        raise Refused("unknown_version", f"There is no version {to}.", field="to")
    model = from_json(earlier.model)
    if digest(model) == digest(actor.model):
        raise Refused("nothing_new", f"Version {to} is what is in force.", field="to")
    version = _keep(
        model,
        actor,
        files=earlier.files,
        folder=earlier.folder,
        note=f"Back to version {to}",
        rolled_back_to=earlier,
        retermed=reterm,
    )
    record("blueprint.rolled_back", version, version=version.pk, to=to)
    return version
