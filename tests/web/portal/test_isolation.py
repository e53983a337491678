"""A client sees their own account and nothing else: every address of the portal, as its owner and as somebody else."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pptx import Presentation
from pypdf import PdfReader

from tenure.base import clock
from tenure.identity.blueprints import in_force
from tenure.identity.people import Person
from tenure.pipeline.lake import open_lake
from tenure.pipeline.reporting import content_of
from tenure.records.action import ActionItem
from tenure.records.deliverable import Deliverable, plan_deliverable
from tenure.records.goal import Goal, set_goal
from tenure.records.issue import open_issue
from tenure.records.meeting import Meeting, schedule_meeting
from tenure.records.message import Message, log_message
from tenure.records.minutes import Decision, decide, write_notes
from tenure.records.note import log_note
from tenure.records.portal import withdraw_contact
from tenure.records.preparation import add_item
from tenure.records.report import Report
from tenure.work.journeys import ChecklistItem
from tests.web.portal.two_sides import Side, Sides, model, sides  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-05", "P-14")]

# What each address names, and what is posted to it; None where it is read. 303 is a thing done.
PAGES: dict[str, tuple[tuple[str, ...], dict[str, Any] | None]] = {
    "portal_home": ((), None),
    "portal_plan": ((), None),
    "portal_goal": (("goal",), None),
    "portal_results": ((), None),
    "portal_report": (("report",), None),
    "portal_work": ((), None),
    "portal_piece": (("piece",), None),
    "portal_meetings": ((), None),
    "portal_meeting": (("held",), None),
    "portal_messages": ((), None),
    "portal_thread": (("thread",), None),
    "portal_file": (("upload",), None),
    "portal_agree": ((), {}),
    "portal_confirm": (("goal",), {}),
    "portal_approve": (("piece",), {}),
    "portal_accept": (("pillars",), {}),
    "portal_ask_changes": (("piece",), {"text": "Shorter"}),
    "portal_hand_in": ((), {}),
    "portal_answer": (("held",), {"answer-satisfied": "5"}),
    "portal_tick": (("item",), {}),
    "portal_renew_calendar": ((), {}),
    "portal_slot": ((), {"weekday": "tue", "time": "10:00"}),
}
# Addresses of clients outside the account's own: those of the door, and pages that other rooms share with clients.
DOORS = {"portal", "portal_sign_in", "portal_link_sent", "portal_enter", "portal_brand", "portal_calendar"}
OURS = {"portal_access"}
SHARED: dict[str, tuple[tuple[str, ...], dict[str, Any] | None]] = {
    "meeting_shown": (("held",), None),
    "meeting_so_far": (("held",), None),
    "content_approve": (("piece",), {}),
    "content_ask_changes": (("piece",), {"text": "Shorter"}),
    "content_download": (("upload",), None),
    "report_shown": (("report",), None),
    "report_pdf": (("report",), None),
    "report_deck": (("report",), None),
}


def every_pattern(patterns: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from every_pattern(each.url_patterns)
        else:
            yield each


def test_every_address_of_the_portal_is_in_the_table() -> None:
    found = {each.name for each in every_pattern(get_resolver().url_patterns) if (each.name or "").startswith("portal")}
    assert found == set(PAGES) | DOORS | OURS


def test_every_page_open_to_clients_is_in_the_table() -> None:
    found = {
        each.name
        for each in every_pattern(get_resolver().url_patterns)
        if getattr(each.callback, "open_to_clients", False)
    }
    of_themselves = {"home", "portal", "more", "theme", "keys", "content_hand_in"}
    assert found == set(PAGES) | set(SHARED) | of_themselves


def signed_in(person: Person | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def ask(person: Person | None, name: str, args: list[str], post: dict[str, Any] | None) -> int:
    """The code that an address answers; whatever was done there is undone."""
    client, url = signed_in(person), reverse(name, args=args)
    if name in ("portal_hand_in", "content_hand_in"):
        post = {"file": SimpleUploadedFile("a.txt", b"a line of text\n")}
    with transaction.atomic():
        answer = client.get(url) if post is None else client.post(url, post)
        answer.close()
        transaction.set_rollback(True)
    return answer.status_code


def codes(person: Person | None, side: Side) -> dict[str, int]:
    return {name: ask(person, name, side.args(*rows), post) for name, (rows, post) in PAGES.items()}


def test_a_client_reads_and_does_everything_on_their_own_account(sides: Sides) -> None:
    expected = {name: 200 if post is None else 303 for name, (_, post) in PAGES.items()}
    assert codes(sides.own.client, sides.own) == expected


def test_a_client_finds_nothing_on_another_account(sides: Sides) -> None:
    assert codes(sides.own.client, sides.other) == dict.fromkeys(PAGES, 404)


def test_what_belongs_to_another_account_is_not_found_under_ones_own(sides: Sides) -> None:
    """The account in the address is Carl's own; the row that it names is Berta's."""
    found = {}
    for name, (rows, post) in PAGES.items():
        if rows:
            crossed = [sides.own.account.pk, *(sides.other.rows[row] for row in rows)]
            found[name] = ask(sides.own.client, name, crossed, post)
    assert found == dict.fromkeys(found, 404)


def test_shared_pages_keep_to_the_account(sides: Sides) -> None:
    found = {
        name: ask(sides.own.client, name, [sides.other.rows[row] for row in rows], post)
        for name, (rows, post) in SHARED.items()
    }
    assert found == dict.fromkeys(SHARED, 404)


def test_material_is_not_handed_in_for_somebody_elses_piece(sides: Sides) -> None:
    client = signed_in(sides.own.client)
    file = SimpleUploadedFile("a.txt", b"a line of text\n")
    url = reverse("portal_hand_in", args=[sides.own.account.pk])
    assert client.post(url, {"file": file, "piece": sides.other.rows["piece"]}).status_code == 404


def test_an_item_of_our_own_is_not_the_clients_to_tick(sides: Sides) -> None:
    args = [sides.own.account.pk, sides.own.rows["inner_item"]]
    assert ask(sides.own.client, "portal_tick", args, {}) == 404
    # Theirs to bring about, and not by saying so: the plan is agreed to on its page.
    plan = ChecklistItem.objects.get(run__account_id=sides.own.account.pk, key="plan")
    assert ask(sides.own.client, "portal_tick", [sides.own.account.pk, plan.pk], {}) == 422


def test_an_idea_is_not_found(sides: Sides) -> None:
    piece = [sides.own.account.pk, sides.own.rows["piece"]]
    assert ask(sides.own.client, "portal_piece", piece, None) == 200
    Deliverable.objects.filter(pk=sides.own.rows["piece"]).update(means="idea")
    assert ask(sides.own.client, "portal_piece", piece, None) == 404


def test_a_client_whose_access_was_withdrawn_finds_nothing(sides: Sides) -> None:
    contact = sides.own.access.contact
    assert contact is not None
    before = signed_in(sides.own.client)
    withdraw_contact(contact, actor=sides.cast.actor("alice"))
    # They have no other account, so that they are signed out where they were signed in.
    assert before.get(reverse("portal_home", args=[sides.own.account.pk]))["Location"].startswith("/sign-in/")
    feed = reverse("portal_calendar", args=[sides.own.access.calendar_key])
    assert Client().get(feed).status_code == 404


def test_a_stranger_is_asked_to_sign_in(sides: Sides) -> None:
    found = codes(None, sides.own)
    found.pop("portal_hand_in")
    assert found == dict.fromkeys(found, 302)


def test_one_of_us_looks_and_does_nothing(sides: Sides) -> None:
    """Alice carries the account, Mallory is of another team."""
    expected = {name: 200 if post is None else 403 for name, (_, post) in PAGES.items()}
    assert codes(sides.cast.alice, sides.own) == expected
    assert codes(sides.cast.mallory, sides.own) == dict.fromkeys(PAGES, 404)


def test_a_page_of_ours_is_not_found_by_a_client(sides: Sides) -> None:
    for name, args in (("account", [sides.own.account.pk]), ("portal_access", [sides.own.account.pk]), ("today", [])):
        assert ask(sides.own.client, name, args, None) == 404, name


# What a client may read of a row that they may see. Every other text of every noun is filled with a mark.
SHOWN = {
    "records.Account": {"name"},
    "records.ActionItem": {"text"},
    "records.Contact": {"name"},
    "records.Decision": {"text"},
    "records.Deliverable": {"title", "brief", "url", "changes_asked"},
    "records.Goal": {"title", "evidence", "unit"},
    "records.Meeting": {"title", "location", "notes_client"},
    "records.MeetingItem": {"text"},
    "records.Message": {"subject", "body"},
    "records.Report": {"sentence", "reason", "next_step"},
    "records.Upload": {"name", "type"},
}
NO_WORDS = {"terms", "model", "digest"}  # what the program reads, and nobody writes
MARK = "zzq"


def plant(account: str) -> int:
    """Fill every text that is not for the client with a mark; returns how many fields were filled."""
    planted = 0
    for room in ("records", "work"):
        for noun in apps.get_app_config(room).get_models():
            for field in noun._meta.concrete_fields:
                is_text = isinstance(field, models.TextField) or (
                    isinstance(field, models.CharField) and (field.max_length or 0) > 60 and not field.choices
                )
                shown = SHOWN.get(noun._meta.label, set())
                if is_text and not field.unique and field.name not in shown | NO_WORDS:
                    for pk in noun._default_manager.values_list("pk", flat=True):
                        mark = f"{MARK}-{noun.__name__}-{field.name}-{pk}"[: field.max_length or 400]
                        noun._default_manager.filter(pk=pk).update(**{field.name: mark})
                    planted += 1
    return planted


def keep_inside(side: Side, sides: Sides) -> None:
    """Rows on the account that are wholly our own, each with the mark in what it says."""
    alice = sides.cast.actor("alice")
    log_note(side.account, text=f"{MARK} note", actor=alice)
    open_issue(side.account, title=f"{MARK} issue", type="tactical", actor=alice)
    log_message(side.account, direction="in", body=f"{MARK} mail", subject=f"{MARK} mail", actor=alice)
    inner = schedule_meeting(side.account, type="inner", starts_at=side.access.invited_at, title=f"{MARK}", actor=alice)
    decide(inner, text=f"{MARK} decision", actor=alice)
    hidden = set_goal(side.account, title=f"{MARK} goal", client_visible=False, actor=alice)
    held = Meeting.objects.get(pk=side.rows["held"])
    decide(held, text=f"{MARK} inside", client_visible=False, actor=alice)
    ActionItem.objects.create(
        account=side.account, meeting=held, text=f"{MARK} action", client_visible=False, noted_at=hidden.set_at
    )
    piece = plan_deliverable(side.account, type="piece", title=f"{MARK} piece", actor=alice)
    Deliverable.objects.filter(pk=piece.pk).update(client_visible=False)
    idea = plan_deliverable(side.account, type="piece", title=f"{MARK} idea", actor=alice)
    Deliverable.objects.filter(pk=idea.pk).update(means="idea")
    for meeting in (held, Meeting.objects.get(pk=side.rows["ahead"])):
        add_item(meeting, text=f"{MARK} line", client_visible=False, actor=alice)
    write_notes(held, client=f"{MARK} not sent yet", actor=alice)
    for noun in (Goal, Decision, Meeting, Message, Deliverable):
        assert noun.objects.filter(account=side.account).exclude(noun.client_sees).exists(), noun


def everything_read(person: Person, side: Side) -> dict[str, str]:
    """The text of every page, download and feed that is read of an account."""
    client = signed_in(person)
    urls = {name: reverse(name, args=side.args(*rows)) for name, (rows, post) in PAGES.items() if post is None}
    urls |= {
        "meeting ahead": reverse("portal_meeting", args=side.args("ahead")),
        "accepting": reverse("portal_piece", args=side.args("pillars")),
        "meeting_shown": reverse("meeting_shown", args=[side.rows["held"]]),
        "report_shown": reverse("report_shown", args=[side.rows["report"]]),
        "report_pdf": reverse("report_pdf", args=[side.rows["report"]]),
        "report_deck": reverse("report_deck", args=[side.rows["report"]]),
        "content_download": reverse("content_download", args=[side.rows["upload"]]),
        "calendar": reverse("portal_calendar", args=[side.access.calendar_key]),
        "more": "/more/",
        "keys": "/keys/",
        "lost": f"/portal/{side.account.pk}/nothing/",
    }
    found = {}
    for name, url in urls.items():
        answer = client.get(url)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[name] = words_of(body)
    return found


def words_of(body: bytes) -> str:
    """What can be read of an answer: a page as it is, the text of a PDF and everything that slides hold."""
    if body.startswith(b"%PDF"):
        reader = PdfReader(io.BytesIO(body))
        return f"{reader.metadata}" + "\n".join(page.extract_text() for page in reader.pages)
    if body.startswith(b"PK"):
        # Notes, properties and chart data are parts of their own; so every part is read.
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            every = [parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if name.endswith(".xml")]
        slides = [shape for slide in Presentation(io.BytesIO(body)).slides for shape in slide.shapes]
        return "\n".join([*(shape.text_frame.text for shape in slides if shape.has_text_frame), *every])
    return body.decode()


def _prepare_anew(sides: Sides) -> None:
    """Take the figures of the client's report while every inner text holds a mark."""
    with open_lake() as lake:
        made = content_of(lake, sides.own.account, in_force(), sides.cast.actor("alice").day, clock.now().date())
    assert MARK not in made.model_dump_json()
    Report.objects.filter(pk=sides.own.rows["report"]).update(content=made.model_dump(mode="json"))


def test_nothing_internal_stands_on_any_page(sides: Sides) -> None:
    keep_inside(sides.own, sides)
    assert plant(sides.own.account.pk) > 40
    _prepare_anew(sides)
    # What one of us is shown as a preview is read too: it is the same.
    for person in (sides.own.client, sides.cast.alice):
        pages = everything_read(person, sides.own)
        if person == sides.cast.alice:
            pages = {name: text for name, text in pages.items() if name in PAGES}
        leaks = {name: text[max(0, text.index(MARK) - 80) :][:200] for name, text in pages.items() if MARK in text}
        assert leaks == {}
        for words in ("Check their credit", "They pay late", "They dislike music", "Borealis"):
            assert [name for name, text in pages.items() if words in text] == []


def test_what_is_the_clients_to_read_stands_there(sides: Sides) -> None:
    """The other half of the proof: the pages that hold no mark do hold what they are for."""
    pages = everything_read(sides.own.client, sides.own)
    expected = {
        "portal_home": ("60 orders", "Give us access to your pages", "Confirm what we agreed", "Send the price list"),
        "portal_plan": ("60 orders", "Eleven stand there"),
        "portal_report": ("It went well", "60 orders", "Your results"),
        "report_pdf": ("It went well", "60 orders"),
        "report_deck": ("It went well", "60 orders"),
        "portal_work": ("Hands at work", "Your pillars", "crust.jpg"),
        "portal_meeting": ("We looked at the autumn.", "Winter begins in week 48", "How satisfied are you?"),
        "meeting ahead": ("The winter",),
        "portal_thread": ("Can we move it?",),
        "portal_file": ("abc",),
        "calendar": ("The winter", "Review with Cast and Company"),
    }
    missing = [(name, words) for name, each in expected.items() for words in each if words not in pages[name]]
    assert missing == []
