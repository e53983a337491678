"""The link to sign in: tried at once by whoever queued it, once, and left to the pipeline where that does not work."""

from typing import Any

import pytest

from tenure.base.clock import SetClock
from tenure.identity.actor import Actor
from tenure.outlets.mail import CLAIMED_FOR, send_due, send_now
from tenure.records.account import Account
from tenure.records.delivery import Mail
from tenure.records.portal import SIGN_IN, send_link
from tests.cast import Cast
from tests.outlets.conftest import Mailbox, free_port

pytestmark = pytest.mark.requirement("P-05")


@pytest.fixture
def link(acme: Account, cast: Cast) -> Mail:
    send_link(cast.carl, actor=Actor.machine("portal"))
    return Mail.objects.get(purpose=SIGN_IN)


def test_it_goes_out_before_the_pipeline_comes_round_and_once(link: Mail, cast: Cast, mailbox: Mailbox) -> None:
    assert send_now(SIGN_IN, cast.carl.pk)
    assert [mail["To"] for mail in mailbox.received] == ["Carl <carl@example.com>"]
    assert (send_now(SIGN_IN, cast.carl.pk), send_due()) == (False, 0)
    assert len(mailbox.received) == 1


def test_where_the_server_is_away_it_waits_for_the_pipeline(
    link: Mail, cast: Cast, mailbox: Mailbox, settings: Any
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    assert not send_now(SIGN_IN, cast.carl.pk)
    link.refresh_from_db()
    assert (link.status, link.tries) == ("waiting", 0)
    settings.EMAIL_PORT = port
    assert send_due() == 1
    assert len(mailbox.received) == 1


def test_the_pipeline_leaves_it_alone_while_a_page_sends_it_and_takes_it_up_where_that_was_cut_off(
    link: Mail, mailbox: Mailbox, now: SetClock
) -> None:
    Mail.objects.filter(pk=link.pk).update(status=Mail.Status.SENDING, next_try_at=now.now(), tries=1)
    assert (send_due(), len(mailbox.received)) == (0, 0)
    now.advance(CLAIMED_FOR)
    assert send_due() == 1
    assert len(mailbox.received) == 1


def test_a_home_that_sends_no_mail_keeps_it(link: Mail, cast: Cast) -> None:
    assert not send_now(SIGN_IN, cast.carl.pk)
