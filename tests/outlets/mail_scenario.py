"""One mail in a home of its own, sent in a process that a test may kill: ``make``, then ``send``."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure.settings")


def main(what: str) -> None:
    """Load the rooms, then make the home with its mail, or send what is due."""
    django.setup()
    from tenure.base import clock
    from tenure.identity.actor import Actor
    from tenure.identity.operations import batch
    from tenure.outlets.mail import send_due
    from tenure.pipeline.home import make_home
    from tenure.records.account import create_account
    from tenure.records.contact import add_contact
    from tenure.records.delivery import queue_mail

    if what == "make":
        make_home("base")
        actor = Actor.machine("test")
        account = create_account(name="Acme", actor=actor)
        to = add_contact(account, name="Dana", email="dana@acme.example", actor=actor)
        with batch(actor):
            queue_mail(
                to, key="one", purpose="update", subject="First piece", text="It is live.", actor=actor,
                not_before=clock.now(),
            )  # fmt: skip
    else:
        send_due()


if __name__ == "__main__":
    main(sys.argv[1])
