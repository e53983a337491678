"""The outbox: what waits to go out by mail, what went, and what was not delivered."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.urls import path

from tenure.outlets import letter
from tenure.records.delivery import VIEW, Mail, access_mail, list_mails, retry_mail, stop_mail, why_kept
from tenure.web.actors import SignedIn, actor_of
from tenure.web.answers import answer
from tenure.web.listing import Column
from tenure.web.outgoing import Outgoing
from tenure.web.places import Place

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
MAILS = Outgoing(
    name="mail",
    template="outbox/page.html",
    view=VIEW,
    columns=COLUMNS,
    tabs=TABS,
    rows=lambda actor: list_mails(actor).select_related("account", "queued_by"),
    access=access_mail,
    stopping=stop_mail,
    retrying=retry_mail,
    why_kept=why_kept,
    again="Send again",
    tried="It goes out again",
)


def mail(request: SignedIn, mail_id: str) -> HttpResponse:
    """One mail as it reads, with its files and how far it has come."""
    actor = actor_of(request)
    found = access_mail(actor, mail_id)
    files = [(file.pk, file.name, len(file.content)) for file in found.attachments.order_by("pk")]
    return answer(
        request, "outbox/mail.html", {"mail": found, "text": letter.shown(found), "files": files} | MAILS.acts(actor)
    )


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


urlpatterns = [
    path("outbox/", MAILS.index, name="outbox"),
    path("outbox/<str:mail_id>/", mail, name="mail"),
    path("outbox/<str:mail_id>/files/<str:file_id>/", attachment, name="mail_file"),
    *MAILS.urls("outbox/"),
]
