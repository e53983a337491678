"""What the portfolio shows: its columns, filters as chips, segments as tabs, and the sums above the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Avg, Count, Q, QuerySet, Sum
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tenure.blueprint.model import Model, Scorecard
from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.identity.segments import SavedSegment
from tenure.web import bulk, wording
from tenure.web.actors import may
from tenure.web.listing import Column
from tenure.work.standing import Filters, Standing, standings

TONES = (("red", "Red"), ("yellow", "Yellow"), ("green", "Green"), ("unknown", "Unknown"))
STATUSES = (("active", "Active"), ("prospect", "Prospect"), ("closed", "Closed"))
KEPT = (
    "q",
    "tone",
    "tier",
    "stage",
    "owner",
    "status",
    "segment",
    "renewing",
    "signals",
    "where",
    "sort",
    "col",
    "view",
)


def columns(model: Model) -> tuple[Column, ...]:
    """The columns of the portfolio, in the company's own words."""
    card = primary_card(model)
    word = card.label if card else "Score"
    parts = ", ".join(part.label for part in card.components.values()) if card else ""
    return (
        Column("name", "Account", "portfolio/cell_name.html", ("name",), head=True),
        Column("health", word, "portfolio/cell_score.html", ("health_rank",), "right"),
        Column("parts", "Parts", "portfolio/cell_parts.html", (), "parts-cell", title=parts),
        Column("spark", "Last 12 weeks", "portfolio/cell_spark.html", (), "fold-away lean-2"),
        Column("since", "In band", "portfolio/cell_since.html", ("band_since",), "fold-away lean-2"),
        Column("tier", "Tier", "portfolio/cell_tier.html", ("tier",), "fold-away lean-1"),
        Column("stage", "Stage", "portfolio/cell_stage.html", ("stage",), "fold-away lean-3"),
        Column("next_touch", "Next touch", "portfolio/cell_touch.html", ("next_touch_at",), "touch"),
        Column("signals", "Signals", "portfolio/cell_signals.html", ("-signals_rank",), "sig right"),
        Column("owner", "Owner", "portfolio/cell_owner.html", ("owner_name",), "fold-away lean-2", chosen=False),
        Column("next_step", "Next step", "portfolio/cell_step.html", ("next_step_on",), "fold-away", chosen=False),
        Column("last_touch", "Last touch", "portfolio/cell_last.html", ("last_touch_at",), "fold-away", chosen=False),
        Column(
            "promises", "Promises", "portfolio/cell_promises.html", ("-commitments_overdue",), "num fold-away lean-2"
        ),
        Column("amount", "A year", "portfolio/cell_amount.html", ("-amount",), "num fold-away", chosen=False),
        Column("renewal", "Renewal", "portfolio/cell_renewal.html", ("renewal_on",), "num fold-away"),
    )


def primary_card(model: Model) -> Scorecard | None:
    """The scorecard that the standing shows: the one marked primary, else the first."""
    cards = list(model.scorecards.values())
    return next((card for card in cards if card.primary), cards[0] if cards else None)


class FilterForm(forms.Form):
    """What narrows the list; every field may be left empty."""

    q = forms.CharField(label="Name holds", required=False, max_length=80)
    tone = forms.MultipleChoiceField(label="Health", choices=TONES, required=False, widget=forms.CheckboxSelectMultiple)
    tier = forms.MultipleChoiceField(label="Tier", required=False, widget=forms.CheckboxSelectMultiple)
    stage = forms.ChoiceField(label="Stage", required=False)
    owner = forms.ChoiceField(label="Owner", required=False)
    status = forms.MultipleChoiceField(
        label="Status", choices=STATUSES, required=False, widget=forms.CheckboxSelectMultiple
    )
    renewing = forms.TypedChoiceField(
        label="Renews within",
        required=False,
        coerce=int,
        empty_value=None,
        choices=(("", "Any time"), ("30", "30 days"), ("90", "90 days"), ("180", "180 days")),
    )
    signals = forms.BooleanField(label="With open signals", required=False)
    where = forms.CharField(
        label="Condition",
        required=False,
        max_length=300,
        help_text="In the words of the blueprint, such as: days_since_meeting > 30 and amount > 5000",
    )

    def __init__(self, data: QueryDict | None, actor: Actor) -> None:
        super().__init__(data)
        model = actor.model
        self.fields["tier"].choices = [(key, tier.label) for key, tier in model.tiers.items()]  # type: ignore[attr-defined]
        stages = [(key, stage.label) for journey in model.journeys.values() for key, stage in journey.stages.items()]
        self.fields["stage"].choices = [("", "Any"), *dict(stages).items()]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", "Anyone"), ("me", "Me"), *owners(actor)]  # type: ignore[attr-defined]


def owners(actor: Actor) -> list[tuple[str, str]]:
    """Everybody who owns an account within reach, by name."""
    ids = standings(actor, Filters(status=())).values("owner_id")
    return list(Person.objects.filter(pk__in=ids).order_by("name").values_list("pk", "name"))


def filters(form: FilterForm, actor: Actor, segment: str) -> Filters:
    """The filter that a checked form asks for."""
    given = form.cleaned_data
    owner = actor.id if given["owner"] == "me" else given["owner"]
    return Filters(
        text=given["q"],
        status=tuple(given["status"]) or ("active", "prospect"),
        tones=tuple(given["tone"]),
        tiers=tuple(given["tier"]),
        stages=(given["stage"],) if given["stage"] else (),
        owners=(owner,) if owner else (),
        segment=segment,
        where=given["where"],
        with_signals=given["signals"],
        renewing_by=actor.day + timedelta(days=given["renewing"]) if given["renewing"] else None,
    )


@dataclass(frozen=True)
class Chip:
    """One filter that is on, and the address without it."""

    label: str
    value: str
    href: str


def chips(form: forms.Form, request: HttpRequest) -> list[Chip]:
    """The filters that are on, each with the address that takes it off."""
    found = []
    for name, field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value in (None, "", [], False):
            continue
        rest = request.GET.copy()
        for key in (name, "after", "before"):
            rest.pop(key, None)
        found.append(Chip(str(field.label), _said(field, value), f"?{rest.urlencode()}"))
    return found


def _said(field: forms.Field, value: Any) -> str:
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    if isinstance(value, list):
        return wording.listed([labels[each] for each in value], "or")
    if value is True:
        return "yes"
    return labels.get(str(value), str(value))


@dataclass(frozen=True)
class Tab:
    label: str
    href: str
    count: int | None
    current: bool


def tabs(actor: Actor, rows: QuerySet[Standing], request: HttpRequest, segment: str) -> list[Tab]:
    """Segments of the blueprint with how many accounts each holds, then the reader's own; one query each kind."""
    model = actor.model
    open_segments = {
        key: found for key, found in model.segments.items() if not found.roles or set(found.roles) & actor.roles
    }
    counts: Mapping[str, int] = rows.aggregate(
        all=Count("pk"), **{key: Count("pk", filter=Q(segments__contains=f" {key} ")) for key in open_segments}
    )
    plain = not any(
        request.GET.get(name) for name in ("segment", "q", "tone", "tier", "stage", "owner", "where", "saved")
    )
    made = [Tab("All" if _sees_others(actor) else "My book", "?", counts["all"], plain)]
    made += [Tab(s.label, f"?segment={key}", counts[key], segment == key) for key, s in open_segments.items()]
    for saved in SavedSegment.objects.filter(Q(owner_id=actor.id) | Q(is_shared=True)).order_by("name"):
        query = QueryDict(mutable=True)
        for name, values in saved.query.items():
            query.setlist(name, values)
        query["saved"] = saved.pk
        made.append(Tab(saved.name, f"?{query.urlencode()}", None, request.GET.get("saved") == saved.pk))
    return made


def _sees_others(actor: Actor) -> bool:
    return any(actor.model.roles[role].reach != "book" for role in actor.roles)


def summary(rows: QuerySet[Standing], actor: Actor) -> dict[str, Any]:
    """What stands above the table: how many, what they are worth a year, and the mean of the scores there are."""
    card = primary_card(actor.model)
    sums = rows.aggregate(count=Count("pk"), amount=Sum("amount"), mean=Avg("score"), known=Count("score"))
    mean = sums["mean"]
    return sums | {
        "card": card.label if card else "score",
        "mean": None if mean is None or card is None else round(Decimal(mean), max(1, card.decimals)),
        "currency": actor.model.company.currency,
    }


@dataclass(frozen=True)
class Tile:
    """One account of the heat map."""

    name: str
    href: str
    band: str
    value: str | None
    word: str
    note: str


def tiles(rows: Sequence[Standing], model: Model, href: Any) -> list[tuple[str, str, list[Tile]]]:
    """The rows as tiles, grouped by stage in the journey's order."""
    labels = {key: stage.label for journey in model.journeys.values() for key, stage in journey.stages.items()}
    groups: dict[str, list[Tile]] = {}
    order = {key: index for index, key in enumerate(labels)}
    for row in sorted(rows, key=lambda row: order.get(row.stage, len(order))):
        tile = Tile(
            row.name, href(row.pk), row.band_tone, score_words(row, model), band_words(row, model), row.reason[:80]
        )
        groups.setdefault(labels.get(row.stage, "No stage"), []).append(tile)
    return [(label, str(len(found)), found) for label, found in groups.items()]


def score_words(row: Standing, model: Model) -> str | None:
    """A score as the scorecard writes it; None where it is unknown."""
    card = primary_card(model)
    return None if row.score is None or card is None else f"{row.score:.{card.decimals}f}"


def band_words(row: Standing, model: Model) -> str:
    """The company's word for the band of an account."""
    card = primary_card(model)
    return card.bands[row.band].label if card and row.band in card.bands else "Unknown"


def may_do(actor: Actor) -> dict[str, bool]:
    """Which bulk acts are open to the reader."""
    return {
        "touch": bool(may(actor, "activity.log")),
        "play": bool(may(actor, "play.start")) and bool(actor.model.playbooks),
        "assign": bool(may(actor, "account.assign")),
        "snooze": bool(may(actor, "signal.snooze")),
    }


def bulk_context(actor: Actor) -> dict[str, Any]:
    """What the bar of bulk acts needs."""
    acts = may_do(actor)
    book_roles = [(key, role.label) for key, role in actor.model.roles.items() if role.reach == "book"]
    return {
        "acts": acts,
        "bulk": "portfolio/bulk.html",
        "playbooks": list(actor.model.playbooks.items()) if acts["play"] else (),
        "colleagues": bulk.colleagues(actor) if acts["assign"] else (),
        "book_roles": book_roles if acts["assign"] else (),
    }


def page_context(request: HttpRequest, actor: Actor, listed: Mapping[str, Any]) -> dict[str, Any]:
    """What stands around the table: tabs, chips, sums, and which acts are open."""
    form = listed["form"]
    inside = (*form.fields, "after", "before")
    return {
        "tabs": tabs(actor, standings(actor), request, listed["segment"]),
        "chips": chips(form, request) if not form.errors else [],
        "kept": [(name, values) for name, values in request.GET.lists() if name not in inside],
        "sums": summary(listed["rows"], actor),
        "may_create": bool(may(actor, "account.create")),
        "may_save": bool(may(actor, "segment.save")),
        "may_import": bool(may(actor, "import.run")),
        "bulk_action": f"{reverse('portfolio_act')}?{request.GET.urlencode()}",
    }


HEADS = (
    "Account",
    "Industry",
    "Status",
    "Tier",
    "Stage",
    "Owner",
    "Score",
    "Band",
    "In band since",
    "Why",
    "Open signals",
)
MORE_HEADS = ("Promises over", "Next step", "Next touch", "Last touch", "Renewal", "Yearly value", "Currency")


def export_rows(rows: Iterable[Standing], model: Model) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """The heads and rows of a CSV file; unknown values stay empty."""
    made = (
        (
            row.name,
            row.industry,
            row.status,
            row.tier,
            row.stage,
            row.owner_name,
            score_words(row, model),
            band_words(row, model),
            row.band_since,
            row.reason,
            row.signals_open,
            row.commitments_overdue,
            row.next_step,
            row.next_touch_at,
            row.last_touch_at,
            row.renewal_on,
            row.amount,
            row.currency,
        )
        for row in rows
    )
    return (*HEADS, *MORE_HEADS), made
