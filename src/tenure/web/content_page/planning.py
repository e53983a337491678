"""Planning several at once, beside what past ones did: the lines of the form, the days they begin with, the past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Max, QuerySet

from tenure.base.errors import Refused
from tenure.blueprint.model import DeliverableType, ToPlan
from tenure.identity.actor import Actor
from tenure.records.account import Account
from tenure.records.deliverable import Deliverable, Planned, plan_deliverables
from tenure.records.meeting import Meeting
from tenure.records.pace import pace_of
from tenure.records.workflow import weeks_ahead
from tenure.web.actors import may
from tenure.web.bulk import colleagues
from tenure.web.content_page.board import Reach
from tenure.web.content_page.piece import ResultShown, latest
from tenure.web.content_page.shown import word

DAY = timedelta(days=1)
MATERIAL_BEFORE = timedelta(days=9)  # how long before it goes out the material of a thing is asked for, at first
SOONEST = timedelta(days=2)  # nobody is asked for material sooner than this
MAKING = timedelta(days=3)  # the least between material and going out, where nothing is planned ahead yet
PAST = 8
BEST_FORMATS = 3


class LineForm(forms.Form):
    """One line: a title, and days that stand there already."""

    title = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput({"data-down": "", "data-key": "p", "autocomplete": "off", "placeholder": " "}),
    )
    format = forms.ChoiceField(required=False)
    material_on = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    material_by = forms.ChoiceField(choices=Deliverable.Giver.choices, required=False)
    due_on = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    owner = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, kind: DeliverableType, people: list[tuple[str, str]], **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.fields["format"].choices = [("", "Any"), *((key, each.label) for key, each in kind.formats.items())]  # type: ignore[attr-defined]
        self.fields["owner"].choices = people  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Past:
    """What one past thing did."""

    row: Deliverable
    format: str
    results: list[ResultShown]


class PlanForm:
    """The lines of a plan. A line without a title is none."""

    def __init__(self, account: Account, plans: ToPlan, actor: Actor, data: Any = None) -> None:
        self.account, self.plans, self.actor = account, plans, actor
        self.kind = actor.model.deliverables[plans.deliverable]
        self.wrong = ""
        self.past = past(account, plans.deliverable, actor)
        people = colleagues(actor)
        if actor.id and actor.id not in {key for key, _ in people}:
            people.insert(0, (actor.id, actor.person.name if actor.person else ""))
        begun = suggested_days(account, plans.deliverable, actor, plans.at_most)
        forms_of = suggested_formats(self.past, plans.at_most)
        self.lines = [
            LineForm(
                data,
                prefix=f"p{number}",
                kind=self.kind,
                people=people,
                initial={
                    "format": form,
                    "material_on": material,
                    "due_on": due,
                    "material_by": "client",
                    "owner": actor.id,
                },
            )
            for number, ((material, due), form) in enumerate(zip(begun, forms_of, strict=True))
        ]

    @property
    def is_asked_for(self) -> bool:
        return bool(self.lines) and self.lines[0].is_bound

    def save(self, meeting: Meeting | None = None) -> list[Deliverable]:
        """Plan the lines that have a title. An empty list where something does not fit; the lines say what."""
        filled = [line for line in self.lines if line.is_valid() and line.cleaned_data["title"].strip()]
        if any(line.errors for line in self.lines):
            return []
        planned = [Planned(**_given(line)) for line in filled]
        try:
            return plan_deliverables(
                self.account,
                type=self.plans.deliverable,
                planned=planned,
                meeting=meeting.pk if meeting else None,
                actor=self.actor,
            )
        except Refused as refusal:
            self._show(refusal, filled)
            return []

    def _show(self, refusal: Refused, filled: list[LineForm]) -> None:
        """Put a refusal beside the field that it is about."""
        parts = (refusal.field or "").split(".")
        if len(parts) == 3 and parts[1].isdigit() and parts[2] in LineForm.base_fields:
            filled[int(parts[1])].add_error(parts[2], refusal.message)
        else:
            self.wrong = refusal.message


def _given(line: LineForm) -> dict[str, Any]:
    return {name: value for name, value in line.cleaned_data.items() if value not in ("", None)}


def suggested_days(account: Account, type: str, actor: Actor, number: int) -> list[tuple[date | None, date | None]]:
    """Days for so many more: they go out after what is planned, at the rhythm agreed; none where none is known.

    Material is asked for nine days before. Where nothing is planned ahead yet there is less time for the first ones: it
    grows by a day a piece, so that each has a day of its own.
    """
    pace = pace_of(account.pk, type, actor.model)
    if not pace:
        return [(None, None)] * number
    open_ones = Deliverable.objects.filter(account=account, type=type, status=Deliverable.Status.PLANNED)
    last = open_ones.aggregate(last=Max("due_on"))["last"] or actor.day
    step, soonest = timedelta(days=float(7 / Decimal(pace))), actor.day + SOONEST
    first = max(last + timedelta(days=round(step / DAY)), soonest + MAKING)
    days = [first + timedelta(days=round(step / DAY * each)) for each in range(number)]
    room = first - soonest
    return [(max(soonest, day - min(MATERIAL_BEFORE, room + DAY * each)), day) for each, day in enumerate(days)]


def suggested_formats(past: Sequence[Past], number: int) -> list[str]:
    """Formats for so many more, in turn: those of the past ones that did best; none where no past one has a figure."""
    best = [each.row.format for each in past if each.row.format and each.results]
    liked = list(dict.fromkeys(best))[:BEST_FORMATS]
    return [liked[each % len(liked)] if liked else "" for each in range(number)]


def past(account: Account, type: str, actor: Actor) -> list[Past]:
    """What past ones did, the most telling first: by the first metric of the kind, then the newest."""
    kind = actor.model.deliverables[type]
    rows: QuerySet[Deliverable] = Deliverable.objects.filter(account=account, type=type, means="done")
    found = [
        Past(
            row,
            kind.formats[row.format].label if row.format in kind.formats else "",
            latest(row.results.all(), actor.model),
        )
        for row in rows.prefetch_related("results").order_by("-delivered_at")[: PAST * 4]
    ]
    wanted = kind.results[:1]
    told = [each for each in found if each.results] or found  # those without a figure say little beside those with one
    return sorted(told, key=lambda each: _figure(each, wanted), reverse=True)[:PAST]


def _figure(each: Past, wanted: tuple[str, ...]) -> Decimal:
    of = [shown.value for shown in each.results if shown.result.metric in wanted]
    return max(of, default=Decimal(-1))


def context(
    account: Account, meeting: Meeting, plans: ToPlan, actor: Actor, form: PlanForm | None = None
) -> dict[str, Any]:
    """The planning part of a meeting's page, or of a page of its own."""
    kind = actor.model.deliverables[plans.deliverable]
    weeks = weeks_ahead([account.pk], plans.deliverable, actor.model, actor.day).get(account.pk)
    made = Deliverable.objects.filter(meeting=meeting, type=plans.deliverable)
    form = form or (PlanForm(account, plans, actor) if may(actor, "deliverable.plan_several") else None)
    return {
        "plans": plans,
        "plan_kind": kind,
        "planned_here": made.exclude(status=Deliverable.Status.CANCELLED).order_by("due_on", "planned_at"),
        "past": form.past if form else past(account, plans.deliverable, actor),
        "reach": Reach(account, weeks, kind.weeks_ahead or 0),
        "plan_form": form,
        "material": word(actor.model, "material"),
    }
