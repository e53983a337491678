"""The portfolio: the accounts within reach as a table one can live in, or as a heat map; acts on many at once."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import path, register_converter, reverse
from django.views.decorators.http import require_POST

from tenure.base.errors import Refused
from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.identity.segments import save_segment
from tenure.records.account import Account, create_account
from tenure.web import bulk, cells, past_portfolio, portfolio
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, attempt, done, is_fragment, say
from tenure.web.export import as_csv
from tenure.web.finding import Act, Found
from tenure.web.listing import Listing
from tenure.web.places import Place
from tenure.web.portfolio_rows import Drawn, labels_of, scale_of
from tenure.web.subjects import fetch
from tenure.web.turned_back import shows_the_past, wants_today
from tenure.work.standing import HEAVY, Filters, Standing, standings

PLACE = Place(
    "Portfolio", "book", "portfolio", "account.list", key="p", phone=True, count=lambda actor: standings(actor).count()
)
ACTS = (Act("Add an account", "plus", "account_create", "account.create"),)


def find_accounts(actor: Actor, words: str) -> list[Found]:
    """Accounts by name, for the command palette."""
    rows = standings(actor, Filters(text=words, status=())).order_by("name").defer(*HEAVY)[:6]
    return [Found(row.name, reverse("account", args=[row.pk]), row.owner_name, band=row.band_tone) for row in rows]


FINDERS = (("Accounts", find_accounts),)


@shows_the_past
def index(request: SignedIn) -> HttpResponse:
    """The list, narrowed and sorted as the address says; turned back, as it stood that day."""
    actor = actor_of(request)
    if actor.as_of is not None:
        return answer(request, "portfolio/past.html", past_portfolio.context(request, actor, actor.as_of))
    listed = _listed(request, actor)
    page = listed["listing"].page(listed["rows"].defer(*HEAVY))
    drawn = [Drawn(row, actor) for row in page.rows]
    context = listed | portfolio.bulk_context(actor) | portfolio.page_context(request, actor, listed)
    context |= {
        "edits": cells.open_cells(actor),
        "page": page.with_rows(drawn),
        "labels": labels_of(actor.model),
        "card": scale_of(actor.model),
    }
    if listed["view"] == "heat":
        context["groups"] = portfolio.tiles(page.rows, actor.model, partial(_account_address))
    return answer(request, "portfolio/page.html", context)


def _account_address(account_id: str) -> str:
    return reverse("account", args=[account_id])


def _listed(request: SignedIn, actor: Actor) -> dict[str, Any]:
    """The filter form, the rows that it leaves, and how they are ordered."""
    form = portfolio.FilterForm(request.GET, actor)
    segment = request.GET.get("segment", "")
    found = Filters(segment=segment)
    if form.is_valid():
        found = portfolio.filters(form, actor, segment)
    try:
        rows = standings(actor, found)
    except Refused as refusal:
        form.add_error("where", refusal.message)
        rows = standings(actor, Filters(segment=segment))
    listing: Listing[Standing] = Listing(request, portfolio.columns(actor.model), sort=_sort(actor, segment))
    return {"form": form, "rows": rows, "listing": listing, "segment": segment, "view": request.GET.get("view", "")}


def _sort(actor: Actor, segment: str) -> str:
    """The order that a segment of the blueprint asks for, else by health, the worst first."""
    asked = actor.model.segments[segment].sort if segment in actor.model.segments else ""
    return asked or "health"


def export(request: SignedIn) -> HttpResponse:
    """The list as a CSV file, with every column."""
    actor = actor_of(request)
    return as_csv("portfolio", *portfolio.export_rows(_listed(request, actor)["rows"], actor.model))


@require_POST
def act(request: SignedIn) -> HttpResponse:
    """Do one thing to every selected account, and say what could not be done."""
    actor = actor_of(request)
    rows = list(standings(actor, Filters(status=())).filter(pk__in=request.POST.getlist("selected")[:500]))
    if request.POST.get("act") == "export":
        return as_csv("portfolio", *portfolio.export_rows(rows, actor.model))
    return done(
        request, bulk.perform_on(rows, request.POST, actor), to=f"{reverse('portfolio')}?{request.GET.urlencode()}"
    )


@wants_today
def edit(request: SignedIn, account_id: str, name: str) -> HttpResponse:
    """Change one cell of the list: in its place, or on a page of its own."""
    actor = actor_of(request)
    cell = cells.CELLS[name]
    account = fetch(Account, actor, account_id, cell.operation)
    form = cell.form(request.POST if request.method == "POST" else None, account, actor)
    if form.is_valid():
        undo = attempt(form, cells.change, cell, form)
        if undo is not None:
            said = f"{cell.label} of {account.name} changed" if undo else ""
            return _changed(request, account, cell, said, undo)
    if "shown" in request.GET:
        return _cell(request, account, cell)
    if is_fragment(request):
        form.stand_in_cell()
    context = {"form": form, "cell": cell, "account": account}
    return answer(request, "portfolio/edit.html", context, fragment="portfolio/edit_cell.html")


def _changed(request: SignedIn, account: Account, cell: cells.Cell, said: str, undo: str) -> HttpResponse:
    """The cell as it is now, with a word and the undo beside it; after a plain request the whole list."""
    if not is_fragment(request):
        return done(request, said, to="portfolio", undo=undo)
    if said:
        say(request, said, undo=undo)
    return _cell(request, account, cell)


def _cell(request: SignedIn, account: Account, cell: cells.Cell) -> HttpResponse:
    actor = actor_of(request)
    row = Drawn(Standing.objects.get(pk=account.pk), actor)
    context = {"row": row, "labels": labels_of(actor.model), "edits": cells.open_cells(actor)}
    return answer(request, cell.template, context)


class AccountForm(forms.Form):
    """What a new account needs to begin."""

    name = forms.CharField(label="Name", max_length=200)
    industry = forms.CharField(label="Industry", max_length=200, required=False)
    tier = forms.ChoiceField(label="Tier", required=False)
    zone = forms.CharField(
        label="Time zone", max_length=60, required=False, help_text="Such as America/New_York; empty is the company’s."
    )
    owner = forms.ChoiceField(label="Owner", required=False)

    def __init__(self, data: Any, actor: Actor) -> None:
        super().__init__(data)
        tiers = [("", "None")] + [(key, tier.label) for key, tier in actor.model.tiers.items()]
        self.fields["tier"].choices = tiers  # type: ignore[attr-defined]
        people = bulk.colleagues(actor) if may(actor, "account.assign") else []
        self.fields["owner"].choices = [("", "Me, if I carry a book"), *people]  # type: ignore[attr-defined]


@wants_today
def create(request: SignedIn) -> HttpResponse:
    """Add an account by hand."""
    actor = actor_of(request)
    require(actor, "account.create")
    form = AccountForm(request.POST or None, actor)
    if form.is_valid():
        given = {name: value for name, value in form.cleaned_data.items() if value}
        made = attempt(form, create_account, **given, actor=actor)
        if made is not None:
            return done(request, f"{made.name} is in the portfolio", to=reverse("account", args=[made.pk]))
    return answer(request, "portfolio/create.html", {"form": form})


class SegmentForm(forms.Form):
    name = forms.CharField(label="Name of the segment", max_length=80)
    is_shared = forms.BooleanField(label="Show it to everybody", required=False)


@wants_today
def save(request: SignedIn) -> HttpResponse:
    """Keep the filters of the address under a name."""
    actor = actor_of(request)
    require(actor, "segment.save")
    form = SegmentForm(request.POST or None)
    if form.is_valid():
        query = {name: values for name, values in request.GET.lists() if name in portfolio.KEPT}
        if attempt(form, save_segment, **form.cleaned_data, query=query, actor=actor) is not None:
            return done(request, "Segment saved", to=f"{reverse('portfolio')}?{request.GET.urlencode()}")
    return answer(request, "portfolio/save.html", {"form": form})


class CellName:
    """The part of an address that names a cell which can be changed."""

    regex = "|".join(cells.CELLS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(CellName, "cell")

urlpatterns = [
    path("portfolio/", index, name="portfolio"),
    path("portfolio/act/", act, name="portfolio_act"),
    path("portfolio/<str:account_id>/<cell:name>/", edit, name="portfolio_edit"),
    path("portfolio/export/", export, name="portfolio_export"),
    path("portfolio/add/", create, name="account_create"),
    path("portfolio/save/", save, name="segment_save"),
]
