"""The outbox: what waits to go out by mail, what went, and what was not delivered."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from tenure.identity.access import require
from tenure.identity.actor import Actor
from tenure.records.delivery import VIEW, Mail, access_mail, list_mails, retry_mail, stop_mail, why_kept
from tenure.web.actors import SignedIn, actor_of, may
from tenure.web.answers import answer, done
from tenure.web.listing import Column, Listing
from tenure.web.places import Place
from tenure.web.portfolio import Tab
from tenure.web.undoing import undo_address

COLUMNS = (
    Column("to", "To", "outbox/cell_to.html", ("to_name",), head=True),
    Column("subject", "Says", "outbox/cell_subject.html", ("subject",), "full"),
    Column("by", "From", "outbox/cell_by.html", ("queued_by__name",), "fold-away lean-2"),
    Column("when", "When", "outbox/cell_when.html", ("queued_at",)),
    Column("status", "State", "outbox/cell_status.html", ("status",)),
    Column("acts", "", "outbox/cell_acts.html", (), "right"),
)
WAITING = (Mail.Status.WAITING, Mail.Status.SENDING)
TABS = {
    "": ("Waits", WAITING),
    "failed": ("Not delivered", (Mail.Status.FAILED,)),
    "sent": ("Sent", (Mail.Status.SENT,)),
    "stopped": ("Stopped", (Mail.Status.STOPPED,)),
}
PLACE = Place("Outbox", "mail", "outbox", VIEW, key="x", group=2)


def index(request: SignedIn) -> HttpResponse:
    """Mails within reach, by how far they have come."""
    actor, shown = actor_of(request), request.GET.get("show", "")
    require(actor, VIEW)
    within = list_mails(actor)
    listing: Listing[Mail] = Listing(request, COLUMNS, sort="-when")
    rows = within.filter(status__in=TABS.get(shown, TABS[""])[1]).select_related("account", "queued_by")
    tabs = [
        Tab(label, f"?show={key}" if key else "?", within.filter(status__in=states).count(), key == shown)
        for key, (label, states) in TABS.items()
    ]
    context = {"tabs": tabs, "listing": listing, "page": listing.page(rows), "shown": shown, "kept": why_kept()}
    return answer(request, "outbox/page.html", context | _acts(actor))


def _acts(actor: Actor) -> dict[str, bool]:
    return {"may_stop": bool(may(actor, "mail.stop")), "may_retry": bool(may(actor, "mail.retry"))}


def mail(request: SignedIn, mail_id: str) -> HttpResponse:
    """One mail as it reads, with its files and how far it has come."""
    actor = actor_of(request)
    found = access_mail(actor, mail_id)
    files = [(file.pk, file.name, len(file.content)) for file in found.attachments.order_by("pk")]
    context = {"mail": found, "files": files, "kept": why_kept()}
    return answer(request, "outbox/mail.html", context | _acts(actor))


def attachment(request: SignedIn, mail_id: str, file_id: str) -> HttpResponse | FileResponse:
    """A file of a mail, as it goes out."""
    found = access_mail(actor_of(request), mail_id).attachments.filter(pk=file_id).first()
    if found is None:
        return answer(request, "404.html", status=404)
    response = HttpResponse(bytes(found.content), content_type=found.content_type)
    response["Content-Disposition"] = f'attachment; filename="{found.pk}{_ending(found.name)}"'
    return response


def _ending(name: str) -> str:
    _, dot, ending = name.rpartition(".")
    return f".{ending}" if dot and ending.isalnum() else ""


@require_POST
def stop(request: SignedIn, mail_id: str) -> HttpResponse:
    """Keep a mail from going out."""
    actor = actor_of(request)
    found = stop_mail(access_mail(actor, mail_id, "mail.stop"), actor=actor)
    return done(request, "Stopped", to=reverse("mail", args=[found.pk]), undo=undo_address("mail.stop", found))


@require_POST
def retry(request: SignedIn, mail_id: str) -> HttpResponse:
    """Let a mail go out again."""
    actor = actor_of(request)
    found = retry_mail(access_mail(actor, mail_id, "mail.retry"), actor=actor)
    return done(request, "It goes out again", to=reverse("mail", args=[found.pk]))


urlpatterns = [
    path("outbox/", index, name="outbox"),
    path("outbox/<str:mail_id>/", mail, name="mail"),
    path("outbox/<str:mail_id>/files/<str:file_id>/", attachment, name="mail_file"),
    path("outbox/<str:mail_id>/stop/", stop, name="mail_stop"),
    path("outbox/<str:mail_id>/retry/", retry, name="mail_retry"),
]
