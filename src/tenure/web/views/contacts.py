"""A contact: who they are, what they agreed to, what they wrote last; and their data taken along or erased."""

from __future__ import annotations

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from tenure.identity.accounts import AccountAnchor
from tenure.identity.holds import is_held
from tenure.records.contact import Contact
from tenure.records.export import everything_about
from tenure.records.lookup import access_account
from tenure.records.personal import Mention, export_contact
from tenure.records.retention import kept_until
from tenure.records.visibility import seen_by
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer
from tenure.web.subjects import address_of_noun, fetch

ON_PAGE = (
    "contact.change", "contact.leave", "contact.rejoin", "contact.export", "contact.hold", "contact.release",
    "contact.erase", "mention.clear",
)  # fmt: skip
SHOWN = 6  # messages on the page
CONSENTS = (("mail_consent", "Mailings"), ("survey_consent", "Surveys"), ("reference_consent", "To be a reference"))


def contact(request: SignedIn, contact_id: str) -> HttpResponse:
    """One person at a client."""
    actor = actor_of(request)
    found = fetch(Contact, actor, contact_id, "account.view")
    said = {True: "agreed", False: "declined", None: "not asked"}
    acts = {name for name in ON_PAGE if may(actor, name)}
    context = {
        "contact": found,
        "account": found.account,
        "zone": found.account.zone_in(actor.model),
        "kept_until": kept_until(found, actor.model),
        "is_held": is_held(found, actor.day),
        "consents": [(label, said[getattr(found, name)]) for name, label in CONSENTS],
        "messages_of": seen_by(found.messages.order_by("-at", "-pk"), actor)[:SHOWN],
        "flagged": flagged(found.account),
        "acts": acts,
    } | {f"may_{name}": f"contact.{name}" in acts for name in ("hold", "release", "erase")}
    return answer(request, "contacts/contact.html", context)


def flagged(account: AccountAnchor) -> list[tuple[Mention, str, str]]:
    """Texts of the account that may still name somebody who was erased: what each is, and where it stands."""
    rows = Mention.objects.filter(account_id=account.pk, cleared_at=None).order_by("found_at")[:50]
    return [(row, row.table.capitalize(), address_of_noun(row.table, row.row_id, account.pk)) for row in rows]


@require_POST
def export(request: SignedIn, contact_id: str) -> HttpResponse:
    """Everything that is kept about a contact, as a file."""
    actor = actor_of(request)
    return _file("contact", export_contact(fetch(Contact, actor, contact_id, "contact.export"), actor=actor))


@require_POST
def export_account(request: SignedIn, account_id: str) -> HttpResponse:
    """Everything that is kept about an account, as a file."""
    actor = actor_of(request)
    return _file("account", everything_about(access_account(actor, account_id), actor))


def _file(name: str, data: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(json.dumps(data, cls=DjangoJSONEncoder, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


urlpatterns = [
    path("contacts/<str:contact_id>/", contact, name="contact"),
    path("contacts/<str:contact_id>/export/", export, name="contact_export"),
    path("accounts/<str:account_id>/export/", export_account, name="account_export"),
]
