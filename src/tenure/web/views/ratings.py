"""Ratings: an account's history of them, with evidence, and what a lead calibrated."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from tenure.records.lookup import access_account
from tenure.web.account_page.ratings import MOST, rated, series
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer


def ratings(request: SignedIn, account_id: str) -> HttpResponse:
    """Every meeting of an account that was rated, the latest first."""
    actor = actor_of(request)
    account = access_account(actor, account_id)
    found = rated(account, actor, MOST)
    return answer(
        request, "account_page/ratings_page.html", {"account": account, "rated": found, "series": series(found)}
    )


urlpatterns = [path("accounts/<str:account_id>/ratings/", ratings, name="account_ratings")]
