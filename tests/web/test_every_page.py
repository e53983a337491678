"""The table of pages, by hand: every address for every role of the cast. What is not listed here fails.

a Alice, who carries the account; b Bob, her teammate; l Lena, who leads them; s Sam, a specialist of the account's pod;
o Olive, operations; e Erin, an executive; m Mallory of another team; c Carl, the account's client; n nobody signed in.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.records.meeting import schedule_meeting
from tests.web.world import World, lived_in

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.requirement("P-05", "P-14")]

WHO = {
    "a": "alice", "b": "bob", "l": "lena", "s": "sam", "o": "olive", "e": "erin", "m": "mallory", "c": "carl", "n": "",
}  # fmt: skip
COLLEAGUES = "ablsoem"
REACH = "alsoe"  # colleagues who reach the account


@dataclass(frozen=True)
class Page:
    """What an address answers: the code for those whom it serves, 403 and 404; everyone else is asked to sign in."""

    ok: str
    forbidden: str = ""
    hidden: str = ""
    code: int = 200
    of: str = ""  # what its address names
    post: dict[str, str] | None = None
    other: dict[int, str] = field(default_factory=dict)

    def expected(self, letter: str) -> int:
        for code, letters in ({self.code: self.ok, 403: self.forbidden, 404: self.hidden} | self.other).items():
            if letter in letters:
                return code
        return 302


def of_us(**more: Any) -> Page:
    """A page for every colleague, and for nobody else."""
    return Page(COLLEAGUES, hidden="c", **more)


def of_account(ok: str = REACH, **more: Any) -> Page:
    """A page about the account: those who reach it and may; those who reach it and may not; hidden from the others."""
    forbidden = "".join(letter for letter in REACH if letter not in ok)
    return Page(ok, forbidden=forbidden, hidden="bmc", **more)


EVERYONE = Page("ablsoemc")
EVERYONE_AND_NOBODY = Page("ablsoemcn")
POST = {"next": "/more/"}

TABLE: dict[str, Page] = {
    # The shell.
    "home": Page("ablsoemc", code=302),
    "more": EVERYONE,
    "find": of_us(),
    "states": Page("", hidden="ablsoemc"),  # only where pages are built
    "theme": Page("ablsoemc", code=303, post=POST),
    "keys": EVERYONE,
    "as_of": of_us(code=303, post=POST),
    "log": Page("ablsom", forbidden="e", hidden="c"),
    # Alice took the note; others who reach it are told that only she can take it back (422).
    "undo": Page("a", code=303, of="undo", post=POST, forbidden="e", hidden="bmc", other={422: "lso"}),
    # The portal; every address of it, for its client, another's client and us, in tests/web/portal/test_isolation.py.
    "portal": Page("c", hidden=COLLEAGUES, code=302),
    "portal_sign_in": Page("n"),
    "portal_link_sent": EVERYONE_AND_NOBODY,
    "portal_enter": Page("ablsoemcn", of="made_up", code=410),
    "portal_brand": EVERYONE_AND_NOBODY,
    "portal_calendar": Page("", hidden="ablsoemcn", of="made_up"),
    "portal_access": of_account(of="account"),
    "portal_home": Page("alsoec", hidden="bm", of="account"),
    "portal_plan": Page("alsoec", hidden="bm", of="account"),
    "portal_goal": Page("alsoec", hidden="bm", of="portal_goal"),
    "portal_results": Page("alsoec", hidden="bm", of="account"),
    "portal_report": Page("", hidden="alsoebmc", of="portal_draft"),  # a draft, which its client does not see yet
    "portal_work": Page("alsoec", hidden="bm", of="account"),
    "portal_meetings": Page("alsoec", hidden="bm", of="account"),
    "portal_messages": Page("alsoec", hidden="bm", of="account"),
    "portal_piece": Page("alsoec", hidden="bm", of="portal_piece"),
    "portal_meeting": Page("alsoec", hidden="bm", of="portal_meeting"),
    "portal_file": Page("alsoec", hidden="bm", of="portal_upload"),
    # What only the client does: 303, or 422 where there is nothing of the kind to do.
    "portal_agree": Page("c", forbidden="alsoe", hidden="bm", of="account", post={}, code=303),
    "portal_confirm": Page("c", forbidden="alsoe", hidden="bm", of="portal_goal", post={}, code=422),
    "portal_approve": Page("c", forbidden="alsoe", hidden="bm", of="portal_reviewed", post={}, code=303),
    "portal_accept": Page("", forbidden="alsoec", hidden="bm", of="portal_piece", post={}),
    "portal_ask_changes": Page(
        "c", forbidden="alsoe", hidden="bm", of="portal_reviewed", post={"text": "Shorter"}, code=303
    ),
    "portal_hand_in": Page("c", forbidden="alsoe", hidden="bm", of="account", post={}, code=422),
    "portal_answer": Page("c", forbidden="alsoe", hidden="bm", of="portal_meeting", post={}, code=422),
    "portal_tick": Page("", forbidden="alsoe", hidden="bmc", of="portal_goal", post={}),
    "portal_thread": Page("", hidden="alsoebmc", of="portal_goal"),
    "portal_renew_calendar": Page("c", forbidden="alsoe", hidden="bm", of="account", post={}, code=303),
    "portal_slot": Page(
        "c", forbidden="alsoe", hidden="bm", of="account", post={"weekday": "tue", "time": "10:00"}, code=303
    ),
    # Lists.
    "today": of_us(),
    "portfolio": of_us(),
    "portfolio_act": Page(REACH, code=303, hidden="c", post={"act": "touch", "selected": "account"}, other={422: "bm"}),
    "portfolio_edit": of_account("alo", of="cell"),
    "portfolio_export": of_us(),
    "account_create": Page("ablom", forbidden="se", hidden="c"),
    "segment_save": Page("ablom", forbidden="se", hidden="c"),
    "signals": Page("ablom", forbidden="se", hidden="c"),
    "meetings": of_us(),
    "messages": of_us(),
    "message": of_account(of="message"),
    "tasks": Page("ablsom", forbidden="e", hidden="c"),
    "task_add": Page("ablsom", forbidden="e", hidden="c"),
    "promises": Page("ablom", forbidden="se", hidden="c"),
    # The account.
    "account": of_account(of="account"),
    "account_timeline": of_account(of="account"),
    "account_ratings": of_account(of="account"),
    "account_score": of_account(of="account"),
    "account_movement": of_account(of="account"),
    "goal": of_account(of="goal"),
    "surveys": of_us(),
    "account_surveys": of_account(of="account"),
    "promise": of_account("alo", of="promise"),
    "signal": of_account("alo", of="signal"),
    "play": of_account(of="play"),
    "play_step": of_account("alo", of="step", post=POST, code=303),
    "task_done": of_account("also", of="task", post=POST, code=303),
    "act": of_account("also", of="act"),
    "act_plain": Page("lo", forbidden="absem", hidden="c", of="act_plain"),
    # Journeys and hand-overs. Onboarding runs on the account; what Sam handed over is a success manager's to accept.
    "journeys": of_us(),
    "journey": of_us(of="journey"),
    "journey_deploy": of_account("also", of="account", post={"journey": "growth"}, code=303),
    "checklist_tick": of_account("also", of="item", post=POST, code=303),
    "handover": of_account(of="handover"),
    "handover_new": of_account("also", of="handover_new"),
    "handover_accept": Page("alo", code=303, of="handover", post=POST, forbidden="e", hidden="bmc", other={422: "s"}),
    # A meeting.
    "meeting": of_account(of="meeting"),
    "meeting_shown": Page("alsoec", hidden="bm", of="meeting"),
    "meeting_so_far": Page("alsoec", hidden="bm", of="meeting"),
    "meeting_next": of_account(
        "also", of="account", post={"type": "inner", "starts_at": "2031-03-04T15:00:00+00:00"}, code=303
    ),
    "meeting_line": of_account("also", of="meeting", post={"line": "Happy with the autumn"}, code=303),
    "meeting_item": of_account("also", of="meeting", post={"text": "The winter"}, code=303),
    "meeting_rate": of_account("alo", of="meeting", post={}, code=422),  # it was not held yet
    "meeting_hold": of_account("also", of="meeting", post={}, code=303),
    "meeting_notes": of_account("also", of="meeting"),
    # The outbox: Alice queued it, on her account.
    "outbox": Page("ablsom", forbidden="e", hidden="c"),
    "mail": of_account("also", of="mail"),
    "mail_file": of_account("also", of="mail_file"),
    "mail_stop": of_account("also", of="mail", post={}, code=303),
    "mail_retry": of_account("also", of="mail", post={}, code=422),  # it waits still
    # Calls to tools: of Alice's account.
    "calls": Page("ablsom", forbidden="e", hidden="c"),
    "call": of_account("also", of="call"),
    "call_stop": of_account("also", of="call", post={}, code=303),
    "call_retry": of_account("also", of="call", post={}, code=422),  # it waits still
    "drafts": Page("ablsom", forbidden="e", hidden="c"),
    "draft": of_account("also", of="draft"),
    "draft_discard": of_account("also", of="draft", post={"reason": "known"}, code=303),
    "draft_make": of_account("also", of="account", post={"template": "welcome"}, code=303),
    # Content. Sam, of the pod, makes nothing in the cast's company; ask him and the client in tests/web/content.
    "content": of_us(),
    "content_calendar": of_us(),
    "content_move_all": of_us(code=303, post={"to": "idea", "selected": "nothing"}),  # each row is asked by itself
    "deliverable": of_account(of="piece"),
    "content_move": of_account("alo", of="piece", post={"to": "captured"}, code=303),
    # Approved, or sent back, by the client or whoever speaks for them.
    "content_approve": Page("alc", forbidden="soe", hidden="bm", of="reviewed", post=POST, code=303),
    "content_ask_changes": Page(
        "alc", forbidden="soe", hidden="bm", of="reviewed", post={"text": "Shorter", **POST}, code=303
    ),
    "content_plan": of_account("alo", of="meeting"),
    # Without a file it is refused (422), after asking who hands it in.
    "content_hand_in": Page("alc", forbidden="soe", hidden="bm", of="account", post=POST, code=422),
    "content_download": Page("alsoec", hidden="bm", of="upload"),
    # Reports: a draft, which its client does not see yet.
    # The practice ground is nowhere but in a home of its own: tests/web/test_practice.py.
    **dict.fromkeys(
        (
            "attempt",
            "practice_assess",
            "practice_begin",
            "practice_call",
            "practice_compare",
            "practice_hand_in",
            "practice_result",
        ),
        Page("", hidden="ablsoemc", of="made_up"),
    ),
    "practice": Page("", hidden="ablsoemc"),
    "practice_call_begin": Page("", hidden="ablsoemc", of="made_up_twice"),
    "practice_come_in": Page("", hidden="ablsoemcn", of="made_up"),
    "reports": Page("ablom", forbidden="se", hidden="c"),
    "reports_prepare": Page("ablom", forbidden="se", hidden="c", post={}, code=303),
    "report": of_account("alo", of="report"),
    "report_hold": of_account("alo", of="report", post={"reason": "A figure is missing"}, code=303),
    "report_shown": Page("alsoe", hidden="bmc", of="report"),
    "report_pdf": Page("alsoe", hidden="bmc", of="report"),
    "report_deck": Page("alsoe", hidden="bmc", of="report"),
    # Whoever may is told that the account's contract began after the month that is over.
    "report_prepare": of_account("alo", of="account", post={"type": "monthly"}, code=422),
    "role_pdf": of_us(of="role"),
    # Numbers: one's own, and those of whom one leads. Bob is on Lena's team; operations and executives see all.
    "team": Page("loe", forbidden="absm", hidden="c"),
    "numbers": of_us(),
    "kpi": of_us(of="kpi"),
    "person_numbers": Page("bloe", hidden="asmc", of="person"),
    "person_record": Page("bloe", hidden="asmc", of="person"),
    "person_facts": Page("bloe", hidden="asmc", of="facts"),
    # People and access.
    "people": Page("lo", forbidden="absem", hidden="c"),
    "rights": Page("lo", forbidden="absem", hidden="c"),
    "requests": of_us(),
    # Lena was asked, by Alice.
    "request_approve": Page("l", code=303, of="request", post=POST, forbidden="asoe", hidden="bmc"),
    "role": of_us(of="role"),
    "person": Page("lo", forbidden="absem", hidden="c", of="person"),
    "person_export": Page("lo", forbidden="absem", hidden="c", of="person", post={}),
    "ledger": Page("lo", forbidden="absem", hidden="c"),
    "contact": of_account(of="contact"),
    "contact_export": of_account("also", of="contact", post={}),
    "account_export": of_account("also", of="account", post={}),
    # Signing in. Whoever is in already is sent home from the doors.
    "account_login": Page("n"),
    "account_logout": Page("ablsoemc"),
    "account_signup": Page("n"),
    "account_inactive": EVERYONE_AND_NOBODY,
    "account_reauthenticate": EVERYONE,
    "account_change_password": EVERYONE,
    "account_set_password": Page("", other={302: "ablsoemcn"}),  # for those who came in without one
    "account_reset_password": EVERYONE_AND_NOBODY,
    "account_reset_password_done": EVERYONE_AND_NOBODY,
    "account_reset_password_from_key": Page("ablsoemcn", of="reset"),
    "account_reset_password_from_key_done": EVERYONE_AND_NOBODY,
    "demo_step_in": Page("", hidden="ablsoemcn", of="person", post={}),
    "mfa_index": EVERYONE,
    "mfa_authenticate": Page("", other={302: "ablsoemcn"}),
    "mfa_reauthenticate": Page("", other={302: "ablsoemcn"}),
    "mfa_activate_totp": Page("", other={302: "ablsoemcn"}),  # wants the password again first
    "mfa_deactivate_totp": Page("", hidden="ablsoemc"),
    "mfa_view_recovery_codes": Page("", hidden="ablsoemc"),
    "mfa_generate_recovery_codes": Page("", other={302: "ablsoemcn"}),
    "mfa_download_recovery_codes": Page("", hidden="ablsoemc"),
    "usersessions_list": EVERYONE,
    "socialaccount_login_cancelled": EVERYONE_AND_NOBODY,
    "socialaccount_login_error": Page("ablsoemc", code=401),
    "socialaccount_signup": Page("", other={302: "ablsoemcn"}),
    "socialaccount_connections": EVERYONE,
    "openid_connect_login": Page("", hidden="ablsoemcn", of="provider"),
    "openid_connect_callback": Page("", hidden="ablsoemcn", of="provider"),
}
INTAKE = "tenure.api."  # its doors want a key, not a person: tests/api
DATA = (
    "tenure.web.views.imports",
    "tenure.web.views.import_rows",
    "tenure.web.views.intake",
    "tenure.web.views.connectors",
    "tenure.web.views.arrivals",
    "tenure.web.views.blueprint",
)


@pytest.fixture
def model() -> Model:
    return lived_in()


def every_name(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from every_name(each.url_patterns)
        elif not each.callback.__module__.startswith((INTAKE, *DATA)):
            yield each.name or f"unnamed {each.pattern}"


def test_every_address_is_in_the_table() -> None:
    assert sorted(TABLE) == sorted(every_name(get_resolver().url_patterns))


def ask(world: World, name: str, letter: str) -> int:
    """The code that an address answers to somebody; whatever they do there is undone."""
    page, client = TABLE[name], Client()
    person = getattr(world.cast, WHO[letter], None) if WHO[letter] else None
    url = reverse(name, args=world.rows[page.of])
    with transaction.atomic():
        if person is not None:
            client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
        if page.post is None:
            answer = client.get(url)
        else:
            answer = client.post(url, {k: world.account.pk if v == "account" else v for k, v in page.post.items()})
        transaction.set_rollback(True)
    answer.close()
    return answer.status_code


@pytest.mark.parametrize("name", sorted(TABLE))
def test_an_address_answers_each_role_as_the_table_says(world: World, name: str) -> None:
    found = {letter: ask(world, name, letter) for letter in WHO}
    assert found == {letter: TABLE[name].expected(letter) for letter in WHO}


INTERNAL = (
    "They ask about the oven",
    "Set up the folder",
    "The autumn reel",
    "Rescue",
    "Send the draft",
    "Reply",
    "score",
    "Signal",
)
OPEN_TO_CLIENTS: dict[str, Callable[[World], list[str]]] = {
    "portal_home": lambda world: [world.account.pk],
    "portal_plan": lambda world: [world.account.pk],
    "more": lambda world: [],
    "meeting_shown": lambda world: world.rows["meeting"],
}


@pytest.mark.parametrize("name", OPEN_TO_CLIENTS)
def test_a_client_reads_nothing_internal(world: World, client: Client, name: str) -> None:
    client.force_login(world.cast.carl, backend=project.AUTHENTICATION_BACKENDS[0])
    page = client.get(reverse(name, args=OPEN_TO_CLIENTS[name](world))).content.decode()
    assert [words for words in INTERNAL if words in page] == []
    if name != "more":
        assert "60 orders" in page


def test_a_meeting_of_our_own_is_shown_to_nobody(world: World, client: Client) -> None:
    inner = schedule_meeting(world.account, type="inner", starts_at=clock.now(), actor=world.cast.actor("alice"))
    for name in ("alice", "carl"):
        client.force_login(getattr(world.cast, name), backend=project.AUTHENTICATION_BACKENDS[0])
        assert client.get(reverse("meeting_shown", args=[inner.pk])).status_code == 404


def test_a_role_that_ended_opens_nothing(world: World, client: Client) -> None:
    """Somebody without a role today is an outsider, whatever they were."""
    world.cast.alice.memberships.update(until_day=world.cast.actor("alice").day - timedelta(days=1))
    client.force_login(world.cast.alice, backend=project.AUTHENTICATION_BACKENDS[0])
    assert client.get(reverse("account", args=[world.account.pk])).status_code == 404
    assert client.get("/today/").status_code == 404
