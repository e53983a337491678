"""The ledger: every fact within reach, newest first, narrowed by kind, account, person and day."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import path

from tenure.facts.contract import KINDS
from tenure.identity import access
from tenure.identity.actor import Actor, company_zone
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.pipeline import as_of
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.turned_back import shows_the_past
from tenure.work.standing import Standing

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")
PLACE = Place("Ledger", "sheet", "ledger", "ledger.view", key="e", group=2)
COLUMNS = (
    Column("fact", "Fact", "ledger/cell_fact.html", ("id",), head=True),
    Column("account", "Account", "ledger/cell_account.html", (), "full"),
    Column("actor", "Who", "ledger/cell_actor.html", ()),
    Column("happened", "Happened", "ledger/cell_happened.html", ("happened_at",)),
    Column("known", "Known", "ledger/cell_known.html", ("known_at",), "fold-away lean-2"),
    Column("recorded", "Recorded", "ledger/cell_recorded.html", ("recorded_at",), "fold-away lean-3", chosen=False),
)


class FilterForm(forms.Form):
    """What narrows the ledger."""

    kind = forms.ChoiceField(label="Kind", required=False)
    account = forms.CharField(label="Account holds", max_length=80, required=False)
    person = forms.ChoiceField(label="Who", required=False)
    day = forms.DateField(label="Happened on", required=False, widget=forms.DateInput({"type": "date"}))

    def __init__(self, data: object) -> None:
        super().__init__(data)  # type: ignore[arg-type]
        nouns = sorted({kind.subject for kind in KINDS.values()})
        kinds = [("", "Every kind"), *((noun, noun.replace("_", " ").capitalize()) for noun in nouns)]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        people = Person.objects.exclude(kind=Person.Kind.CLIENT).order_by("name").values_list("pk", "name")
        self.fields["person"].choices = [("", "Anybody"), *people]  # type: ignore[attr-defined]


def _narrowed(rows: QuerySet[LedgerEntry], form: FilterForm, actor: Actor) -> QuerySet[LedgerEntry]:
    if not form.is_valid():
        return rows
    given = form.cleaned_data
    if given["kind"]:
        rows = rows.filter(subject=given["kind"])
    if given["person"]:
        rows = rows.filter(actor_id=given["person"])
    if given["account"]:
        found = access.reach(Standing.objects.filter(name__icontains=given["account"]), actor, "ledger.view")
        rows = rows.filter(account_id__in=found.values("account_id"))
    if given["day"]:
        start = datetime.combine(given["day"], time(), ZoneInfo(company_zone()))
        rows = rows.filter(happened_at__gte=start, happened_at__lt=start + timedelta(days=1))
    return rows


class Drawn:
    """An entry with the names that its ids stand for."""

    def __init__(self, entry: LedgerEntry, accounts: dict[str, str], people: dict[str, str], zone: ZoneInfo) -> None:
        self.entry, self.zone = entry, zone
        self.label = KINDS[entry.kind].label if entry.kind in KINDS else entry.kind
        self.account = accounts.get(entry.account_id or "", "")
        self.actor = people.get(entry.actor_id or "", "")

    def __getattr__(self, name: str) -> object:
        return getattr(self.entry, name)

    @property
    def said(self) -> str:
        """The data as one line, without what is empty."""
        data = self.entry.data.items()
        return ", ".join(
            f"{key.replace('_', ' ')} {_plain(value, self.zone)}"
            for key, value in data
            if value not in (None, "", [], {})
        )


def _plain(value: object, zone: ZoneInfo) -> str:
    """A value of a fact as one reads it: yes or no, a moment by the company's clock, anything else as it stands."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and MOMENT.fullmatch(value):
        return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%d %H:%M}"
    return str(value)


@shows_the_past
def index(request: SignedIn) -> HttpResponse:
    """A page of the ledger; turned back, what had happened and was known."""
    actor = actor_of(request)
    access.require(actor, "ledger.view")
    form = FilterForm(request.GET)
    entries = LedgerEntry.objects.all()
    if actor.as_of is not None:
        at = as_of.cut(actor.as_of)
        entries = entries.filter(known_at__lte=at.known, happened_at__lt=at.ends)
    rows = _narrowed(access.reach(entries, actor, "ledger.view"), form, actor)
    listing: Listing[LedgerEntry] = Listing(request, COLUMNS, sort="-fact")
    page = listing.page(rows)
    ids = {entry.account_id for entry in page.rows if entry.account_id}
    accounts = dict(Standing.objects.filter(account_id__in=ids).values_list("account_id", "name"))
    acted = {entry.actor_id for entry in page.rows if entry.actor_id}
    people = dict(Person.objects.filter(pk__in=acted).values_list("pk", "name"))
    zone = ZoneInfo(actor.model.company.zone)
    drawn = page.with_rows([Drawn(entry, accounts, people, zone) for entry in page.rows])
    kept = [(key, values) for key, values in request.GET.lists() if key in ("sort", "col")]
    return answer(request, "ledger/page.html", {"form": form, "listing": listing, "page": drawn, "kept": kept})


urlpatterns = [path("ledger/", index, name="ledger")]
