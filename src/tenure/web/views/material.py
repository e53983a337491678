"""Raw material: handed in by clients and by us, and downloaded by whoever may see it, never shown by the browser."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.lookup import access_upload
from tenure.records.upload import Upload
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import done
from tenure.web.clients import open_to_clients
from tenure.web.content_page.client import hand_in
from tenure.web.subjects import fetch
from tenure.web.uploads import attachment, bounded


@open_to_clients
@bounded(settings.UPLOAD_MOST, "Hand them in one after the other, or send a link.")
@require_POST
def receive(request: SignedIn, account_id: str) -> HttpResponse:
    """Hand files in, for one piece or for the account."""
    actor, files = actor_of(request), request.FILES.getlist("file")
    account = fetch(Account, actor, account_id, "upload.receive")
    if not files:
        raise Refused("no_file", "Choose at least one file.", field="file")
    made = hand_in(account, files, request.POST.get("piece", ""), actor)
    held = sum(each.status == Upload.Status.QUARANTINED for each in made)
    said = f"Received {len(made) - held} file{'' if len(made) - held == 1 else 's'}"
    return done(request, f"{said}; {held} held back by the scanner" if held else said)


@open_to_clients
@require_GET
def download(request: SignedIn, upload_id: str) -> FileResponse:
    """One file, as an attachment under the name that its giver gave it."""
    return attachment(access_upload(actor_of(request), upload_id))


urlpatterns = [
    path("accounts/<str:account_id>/material/", receive, name="content_hand_in"),
    path("material/<str:upload_id>/", download, name="content_download"),
]
