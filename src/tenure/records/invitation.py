"""The mail to somebody who was invited: with it they set their password. Whoever is let in by the machine gets none."""

from __future__ import annotations

from tenure.identity.actor import Actor
from tenure.identity.people import Person
from tenure.identity.staff import INVITATIONS
from tenure.records.delivery import queue_mail

PURPOSE = "invitation"
# The link is made when the mail goes out: it lasts from then on, and nobody who may read the outbox can use it.
LINK = "{password_link}"
TEXT = """Hello {name},

{inviter} has given you access to {company} on Tenure. With this link you set your password; it works once.

{link}

You sign in with this address: {email}
"""


def invite_by_mail(person: Person, actor: Actor) -> None:
    """Queue the mail by which somebody who was just invited comes in."""
    company = actor.model.company.name
    text = TEXT.format(
        name=person.name, inviter=actor.person.name if actor.person else company, company=company, link=LINK,
        email=person.email,
    )  # fmt: skip
    subject = f"Your access to {company}"
    queue_mail(person, key=f"invitation:{person.pk}", purpose=PURPOSE, subject=subject, text=text, actor=actor)


INVITATIONS.add("records", invite_by_mail)
