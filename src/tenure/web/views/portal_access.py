"""Our side of the portal: who of a client's people has access, since when, when they were last there."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from tenure.records.lookup import access_account
from tenure.web.account_page.portal import accesses, asked
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer


@require_safe
def portal_access(request: SignedIn, account_id: str) -> HttpResponse:
    """Who may come in, what they were asked, and the way to what they see."""
    actor = actor_of(request)
    account = access_account(actor, account_id)
    context = {
        "account": account,
        "people": accesses(account, actor),
        "asked": asked(account),
        "acts": {name for name in ("portal.invite", "portal.remind", "portal.withdraw") if may(actor, name)},
    }
    return answer(request, "account_page/portal_page.html", context)


urlpatterns = [path("accounts/<str:account_id>/portal/", portal_access, name="portal_access")]
