"""One mail in a home of its own, sent in a process that a test may kill: ``make``, then ``send``."""

from tenure.base import clock
from tenure.identity.actor import Actor
from tenure.identity.operations import batch
from tenure.outlets.mail import send_due
from tenure.pipeline.home import make_home
from tenure.records.account import create_account
from tenure.records.contact import add_contact
from tenure.records.delivery import queue_mail


def make() -> None:
    make_home("base")
    actor = Actor.machine("test")
    account = create_account(name="Acme", actor=actor)
    to = add_contact(account, name="Dana", email="dana@acme.example", actor=actor)
    with batch(actor):
        queue_mail(
            to, key="one", purpose="update", subject="First piece", text="It is live.", actor=actor,
            not_before=clock.now(),
        )  # fmt: skip


ACTS = {"make": make, "send": send_due}
