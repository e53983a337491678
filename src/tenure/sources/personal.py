"""What this room keeps of a contact: the user that they are to a source, and rows of files that name them."""

from __future__ import annotations

import shutil
from typing import Any

from django.db.models import Q, QuerySet

from tenure.records.contact import Contact
from tenure.records.personal import CONTACT_ERASURES, CONTACT_EXPORTS
from tenure.sources.imports import Finding, Import, ImportedAct, ImportRow, Link
from tenure.sources.inbox import Spooled
from tenure.sources.users import SourceUser

ERASED = "erased"


def _users(contact: Contact) -> QuerySet[SourceUser]:
    if not contact.email:
        return SourceUser.objects.none()
    return SourceUser.objects.filter(Q(email__iexact=contact.email) | Q(key__iexact=contact.email))


def _rows(contact: Contact) -> QuerySet[ImportRow]:
    """Rows set aside or marked in which the contact's address stands."""
    return ImportRow.objects.filter(raw__icontains=contact.email) if contact.email else ImportRow.objects.none()


def export(contact: Contact) -> dict[str, Any]:
    """The contact as sources know them, their messages that wait, and rows of files that name them."""
    users = list(_users(contact).values("source", "key", "email", "first_seen_at"))
    waiting = Spooled.objects.filter(user__in=_users(contact)).exclude(payload={})
    return {
        "users": users,
        "messages": list(waiting.order_by("id").values("type", "happened_at", "payload")),
        "rows": list(_rows(contact).order_by("id").values("source", "file", "line", "raw")),
    }


def erase(contact: Contact) -> None:
    """Forget what the contact is called: by sources, in messages that wait, in rows of files, in what was changed."""
    for user in _users(contact):
        Spooled.objects.filter(user=user).update(payload={}, user_key="", anonymous_key="")
        user.email, user.key = "", f"{ERASED} {user.pk}"
        user.save(update_fields=["email", "key"])
    imports = set()
    for row in _rows(contact):
        imports.add(row.made_by)
        row.raw, row.corrected = dict.fromkeys(row.raw, ERASED), {}
        row.save(update_fields=["raw", "corrected"])
    links = Link.objects.filter(subject_id=contact.pk).select_related("made_by")
    imports |= {link.made_by for link in links}
    ImportedAct.objects.filter(link__in=links).update(fields={})
    # What was looked at before the import may show anyone's row.
    Import.objects.filter(pk__in=[imported.pk for imported in imports]).update(preview={})
    Finding.objects.filter(made_by__in=imports).update(samples=[])
    for imported in imports:
        shutil.rmtree(imported.folder, ignore_errors=True)


CONTACT_EXPORTS.add("sources", export)
CONTACT_ERASURES.add("sources", erase)
