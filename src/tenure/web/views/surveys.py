"""What clients said: the answers to a survey over the whole book, and those of one account."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from tenure.identity.access import require
from tenure.records.lookup import access_account
from tenure.web import survey_page
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.finding import Act

ACTS = (Act("Read what clients answered", "voice", "surveys", "account.list"),)


def index(request: SignedIn) -> HttpResponse:
    """Score, how many it is of, who was asked, and every answer within reach."""
    actor = actor_of(request)
    require(actor, "account.list")
    return answer(request, "surveys/page.html", survey_page.context(actor, request.GET.dict()))


def of_account(request: SignedIn, account_id: str) -> HttpResponse:
    """The same of one account."""
    actor = actor_of(request)
    found = access_account(actor, account_id)
    return answer(request, "surveys/page.html", survey_page.context(actor, request.GET.dict(), found))


urlpatterns = [
    path("surveys/", index, name="surveys"),
    path("accounts/<str:account_id>/surveys/", of_account, name="account_surveys"),
]
