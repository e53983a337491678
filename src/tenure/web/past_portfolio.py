"""The portfolio as it stood on an earlier day: the accounts within reach today, as ledger and lake knew them then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from tenure.identity import access
from tenure.pipeline import as_of
from tenure.web import portfolio
from tenure.web.actors import Reader
from tenure.web.listing import SIZE, Column, Listing, Page
from tenure.web.portfolio_rows import Drawn, labels_of, scale_of
from tenure.web.reading import lake
from tenure.work.standing import Standing

SHOWN = (
    "name",
    "health",
    "parts",
    "spark",
    "since",
    "tier",
    "stage",
    "owner",
    "signals",
    "promises",
    "renewal",
)
SORTS = ("name", "health", "tier", "stage")


class PastForm(forms.Form):
    """What narrows an earlier day: the name, and how the account was."""

    q = forms.CharField(label="Name holds", required=False, max_length=80)
    tone = forms.MultipleChoiceField(
        label="Health", choices=portfolio.TONES, required=False, widget=forms.CheckboxSelectMultiple
    )


@dataclass(frozen=True)
class Candidate:
    """An account of that day with what it is sorted by."""

    account: str
    name: str
    fields: Mapping[str, Any]
    ranked: as_of.Ranked


def context(request: HttpRequest, actor: Reader, day: date) -> dict[str, Any]:
    """Everything that the page shows of a day."""
    at = as_of.cut(day)
    form = PastForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {"q": "", "tone": []}
    viewer = replace(actor, model=at.model, day=day)
    listing: Listing[Standing] = Listing(request, _columns(viewer), sort="health")
    with lake() as opened:
        found = [each for each in _candidates(opened, at, actor) if _fits(each, asked)]
        found.sort(key=_key(listing.sort.removeprefix("-")), reverse=listing.sort.startswith("-"))
        start = _offset(request.GET)
        rows = as_of.standings(opened, at, [each.account for each in found[start : start + SIZE]])
    before = str(max(0, start - SIZE)) if start else None
    page = Page(rows, before, str(start + SIZE) if len(found) > start + SIZE else None)
    drawn = page.with_rows([Drawn(row, viewer) for row in rows])
    view = request.GET.get("view", "")
    groups = portfolio.tiles(rows, at.model, partial(_address)) if view == "heat" else ()
    return {
        "form": form, "listing": listing, "page": drawn, "count": len(found), "day": day, "view": view,
        "groups": groups,
        "chips": portfolio.chips(form, request) if form.is_valid() else [], "closed": at.run is not None,
        "scored_on": at.night.day if at.night else None,
        "labels": labels_of(at.model), "card": scale_of(at.model),
    }  # fmt: skip


def _candidates(opened: Any, at: as_of.Cut, actor: Reader) -> list[Candidate]:
    """The accounts within reach that existed and were not closed."""
    rows = access.reach(Standing.objects.all(), actor, "account.list")
    names = dict(rows.values_list("account_id", "name"))
    known = as_of.fields(at, names)
    alive = [account for account, data in known.items() if data.get("status") != "closed"]
    ranks = {each.account: each for each in as_of.ranked(opened, at, alive)}
    return [Candidate(account, names[account], known[account], ranks[account]) for account in alive]


def _fits(each: Candidate, asked: Mapping[str, Any]) -> bool:
    named = asked["q"].strip().lower() in each.name.lower()
    return named and (not asked["tone"] or each.ranked.tone in asked["tone"])


def _key(name: str) -> Callable[[Candidate], Any]:
    if name == "health":
        return lambda each: (each.ranked.rank, each.name)
    return lambda each: ("" if name == "name" else each.fields.get(name) or "", each.name)


def _offset(query: QueryDict) -> int:
    asked = query.get("before") or query.get("after") or "0"
    return int(asked) if asked.isdigit() else 0


def _columns(viewer: Reader) -> Sequence[Column]:
    """The columns that an earlier day has, all of them shown; sorted by what is known of every account."""
    found = (column for column in portfolio.columns(viewer.model) if column.key in SHOWN)
    return [replace(each, chosen=True, order=each.order if each.key in SORTS else ()) for each in found]


def _address(account_id: str) -> str:
    return reverse("account", args=[account_id])
