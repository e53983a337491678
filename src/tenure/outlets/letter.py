"""A mail as it is written: headers that hold what they should, the text, and the same text as HTML in our colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.headerregistry import Address
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.html import escape

from tenure.blueprint.model import Model
from tenure.identity.people import Person
from tenure.outlets.links import absolute, password_link, sign_in_link
from tenure.outlets.paper import file_name, report_pdf
from tenure.records.delivery import Mail, one_line
from tenure.records.invitation import LINK, PURPOSE
from tenure.records.portal import INVITATION, PASSWORD_LINK, SIGN_IN, SIGN_IN_LINK
from tenure.records.report import MAIL as REPORT
from tenure.records.report import Report

# What stands in a kind of mail instead of a link that only its receiver may hold, and how that link is made.
LINKS: dict[str, tuple[str, Callable[[Person], str]]] = {
    PURPOSE: (LINK, password_link),
    INVITATION: (PASSWORD_LINK, password_link),
    SIGN_IN: (SIGN_IN_LINK, sign_in_link),
}
INK, PAPER, PLAIN = "#22201c", "#ffffff", "#5b5750"
ACCENT = "#8a2d5b"
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")


def message_id(mail: Mail) -> str:
    """The same at every try, so that a mailbox that is given a mail twice can tell."""
    return f"<{mail.pk}@{parseaddr(settings.MAIL_FROM)[1].partition('@')[2] or 'localhost'}>"


def sender(mail: Mail, model: Model) -> str:
    """The company's address under the name of whoever writes: ``Alice, Acme <hello@…>``."""
    address = parseaddr(settings.MAIL_FROM)[1]
    by = mail.queued_by.name if mail.queued_by else ""
    name = one_line(f"{by}, {model.company.name}" if by else model.company.name, 100)
    return str(Address(display_name=name, addr_spec=address))


def text_of(mail: Mail) -> str:
    """What the mail says, with the links that only the one who gets it may hold."""
    held = LINKS.get(mail.purpose)
    if held is None or mail.person is None:
        return mail.text
    placeholder, path = held
    return mail.text.replace(placeholder, absolute(path(mail.person)))


def shown(mail: Mail) -> str:
    """What the mail says to whoever may read the outbox: in place of a link, that there will be one."""
    held = LINKS.get(mail.purpose)
    return mail.text.replace(held[0], "(a link, made when the mail goes out)") if held else mail.text


def html_of(text: str, model: Model) -> str:
    """A text as plain HTML: its paragraphs and lists, its links, one line of colour, nothing loaded from elsewhere."""
    accent = model.company.accent or ACCENT
    blocks = [_block(block, accent) for block in re.split(r"\n\s*\n", text.strip())]
    return (
        f'<!doctype html><html lang="en"><body style="margin:0;background:{PAPER};color:{INK};'
        'font:16px/1.5 -apple-system,Segoe UI,Helvetica,Arial,sans-serif">'
        f'<div style="max-width:36em;margin:0 auto;padding:24px 20px">'
        f'<div style="border-top:3px solid {accent};padding-top:12px;color:{PLAIN};font-size:14px">'
        f"{escape(model.company.name)}</div>{''.join(blocks)}</div></body></html>"
    )


def _block(block: str, accent: str) -> str:
    lines = [line.rstrip() for line in block.splitlines()]
    if all(line.startswith("- ") for line in lines):
        return f"<ul>{''.join(f'<li>{_line(line[2:], accent)}</li>' for line in lines)}</ul>"
    return f"<p>{'<br>'.join(_line(line, accent) for line in lines)}</p>"


def _line(line: str, accent: str) -> str:
    made, end = [], 0
    for found in _ADDRESS.finditer(line):
        address = escape(found[0])
        made += [escape(line[end : found.start()]), f'<a href="{address}" style="color:{accent}">{address}</a>']
        end = found.end()
    return "".join([*made, escape(line[end:])])


def compose(mail: Mail, model: Model, connection: BaseEmailBackend) -> EmailMultiAlternatives:
    """The message as it goes to the server. Answers reach whoever wrote it."""
    text = text_of(mail)
    reply = mail.queued_by.email if mail.queued_by and mail.queued_by.is_active else None
    message = EmailMultiAlternatives(
        subject=one_line(mail.subject, 200),
        body=text,
        from_email=sender(mail, model),
        to=[str(Address(display_name=one_line(mail.to_name, 100), addr_spec=mail.to))],
        reply_to=[reply] if reply else None,
        headers={"Message-ID": message_id(mail)},
        connection=connection,
    )
    message.attach_alternative(mail.html or html_of(text, model), "text/html")
    for file in mail.attachments.order_by("pk"):
        message.attach(file.name, bytes(file.content), file.content_type)
    if mail.purpose == REPORT and (approved := Report.objects.filter(pk=mail.about_id).first()) is not None:
        message.attach(f"{file_name(approved, model)}.pdf", report_pdf(approved, model), "application/pdf")
    return message
