"""The cells of the portfolio that are changed where they stand: owner, tier, and the next step with its day.

Each is a small form over one operation. What a change replaced is kept for the undo: an operation with the values from
before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from tenure.identity.accounts import holder
from tenure.identity.actor import Actor
from tenure.identity.operations import perform
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.web.actors import may
from tenure.web.bulk import colleagues
from tenure.web.freshness import catch_up
from tenure.web.undoing import reverse_address
from tenure.work.owners import main_role

Undo = tuple[str, dict[str, Any]]  # an operation and its arguments


class CellForm(forms.Form):
    """A form that stands in a cell; its fields begin with what the account has now."""

    def __init__(self, data: Any, account: Account, actor: Actor, **rest: Any) -> None:
        super().__init__(data, auto_id=f"%s-{account.pk}", **rest)
        self.account, self.actor = account, actor
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values."""

    def stand_in_cell(self) -> None:
        """Leave the form of the list around the cell: the controls belong to the page's own form for cells."""
        for field in self.fields.values():
            field.widget.attrs["form"] = "cell"


class OwnerForm(CellForm):
    person = forms.ChoiceField(label="Owner")

    def prepare(self) -> None:
        held = holder(self.account.pk, str(main_role(self.actor.model)), self.actor.day)
        people = dict(colleagues(self.actor)) | dict(Person.objects.filter(pk=held).values_list("pk", "name"))
        none = [] if held else [("", "Nobody")]
        self.fields["person"].choices = [*none, *sorted(people.items(), key=lambda pair: pair[1])]  # type: ignore[attr-defined]
        self.initial["person"] = held or ""


class TierForm(CellForm):
    tier = forms.ChoiceField(label="Tier", required=False)

    def prepare(self) -> None:
        tiers = [(key, tier.label) for key, tier in self.actor.model.tiers.items()]
        self.fields["tier"].choices = [("", "None"), *tiers]  # type: ignore[attr-defined]
        self.initial["tier"] = self.account.tier


class StepForm(CellForm):
    text = forms.CharField(label="Next step", max_length=240, required=False)
    on = forms.DateField(label="On", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def prepare(self) -> None:
        self.initial.update({"text": self.account.next_step, "on": self.account.next_step_on})


def _owner(form: CellForm) -> tuple[dict[str, Any], Undo]:
    role, given = str(main_role(form.actor.model)), form.cleaned_data["person"]
    before = form.initial["person"]
    back = ("account.assign", {"person": before}) if before else ("account.unassign", {"person": given})
    return {"person": given, "role": role}, (back[0], back[1] | {"role": role})


def _tier(form: CellForm) -> tuple[dict[str, Any], Undo]:
    return {"tier": form.cleaned_data["tier"]}, ("account.change", {"tier": form.initial["tier"]})


def _step(form: CellForm) -> tuple[dict[str, Any], Undo]:
    """The step with its day; whoever was to do it still is, and a step without an owner is the reader's."""
    owner, day = form.account.next_step_owner_id, form.initial["on"]
    before = {"text": form.initial["text"], "owner": owner, "on": day.isoformat() if day else None}
    return {"text": form.cleaned_data["text"], "owner": owner, "on": form.cleaned_data["on"]}, (
        "account.plan_next_step",
        before,
    )


@dataclass(frozen=True)
class Cell:
    """A cell that can be changed: the operation behind it, its form, and how the form becomes arguments and an undo."""

    label: str
    operation: str
    form: type[CellForm]
    arguments: Callable[[CellForm], tuple[dict[str, Any], Undo]]
    template: str


CELLS: Mapping[str, Cell] = {
    "owner": Cell("Owner", "account.assign", OwnerForm, _owner, "portfolio/cell_owner.html"),
    "tier": Cell("Tier", "account.change", TierForm, _tier, "portfolio/cell_tier.html"),
    "step": Cell("Next step", "account.plan_next_step", StepForm, _step, "portfolio/cell_step.html"),
}


def open_cells(actor: Actor) -> frozenset[str]:
    """The cells that the reader may change."""
    return frozenset(key for key, cell in CELLS.items() if may(actor, cell.operation))


def change(cell: Cell, form: CellForm) -> str:
    """Do what a checked form says, bring the account's row up to date, and return the address of the undo.

    Raises Refused, as the operation does. Nothing changed is nothing done, and has no undo.
    """
    if not form.has_changed():
        return ""
    arguments, (operation, before) = cell.arguments(form)
    perform(cell.operation, form.account, arguments, form.actor)
    catch_up(form.account)
    return reverse_address(operation, form.account, before)
