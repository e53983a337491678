"""Changing the blueprint: hand in, see every mistake, see what it would do, put it in force, go back."""

import io
import re
from collections.abc import Callable
from datetime import date
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tenure.facts.engine import TimedOut
from tenure.identity import blueprints
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Membership
from tenure.pipeline.lake import lake
from tenure.pipeline.night import look
from tenure.pipeline.process import Pipeline
from tenure.records.contact import add_contact, leave_contact
from tenure.records.message import log_message
from tenure.web import blueprint_plan
from tests.book import Book
from tests.cast import Cast
from tests.web.conftest import PageAt, assert_accessible, assert_fits, screenshot
from tests.web.model.conftest import Read

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-01")]

COMPANY = "extends: base\ncompany: {name: Tiny, zone: America/New_York, currency: USD}\n"
REPLIES = """\
commitments:
  reply:
    label: Reply
    opens: {on: message.received}
    met_by: [{on: message.sent}]
    within: 12 hours
    owner: csm
"""
WRONG = REPLIES.replace("12 hours", "12 hoars").replace("owner: csm", "owner: cms")


def zipped(**files: str) -> SimpleUploadedFile:
    out = io.BytesIO()
    with ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"tiny/{name}.yaml", text)
    return SimpleUploadedFile("tiny.zip", out.getvalue())


HandIn = Callable[..., str]


@pytest.fixture
def hand_in(olive: Client) -> HandIn:
    """Hand in a folder as Olive; the address of what it would do."""

    def sent(**files: str) -> str:
        went = olive.post("/blueprint/change/", {"archive": zipped(**{"company": COMPANY} | files)})
        assert went.status_code == 303, went.content.decode()[:3000]
        return went["Location"]

    return sent


def seen_in(shown: str) -> str:
    found = re.search(r'name="seen" value="(\d+)"', shown)
    assert found
    return found[1]


class TestHandingIn:
    def test_every_mistake_is_shown_with_its_file_and_line(self, olive: Client) -> None:
        refused = olive.post("/blueprint/change/", {"archive": zipped(company=COMPANY, promises=WRONG)})
        shown = refused.content.decode()
        assert refused.status_code == 422
        assert "2 mistakes in what was handed in." in shown
        # `within` stands in line 6 of promises.yaml, `owner` in line 7; values begin at columns 13 and 12.
        assert "<code>tiny/promises.yaml:6:13</code> commitments.reply.within" in shown
        assert "<code>tiny/promises.yaml:7:12</code> commitments.reply.owner" in shown
        assert "<code>within: 12 hoars</code>" in shown and "Did you mean “csm”?" in shown
        assert BlueprintVersion.objects.count() == 1
        assert not list((settings.UPLOADS / "staged").iterdir()), "what has mistakes is not kept"

    @pytest.mark.parametrize(
        ("given", "words"),
        [
            ({}, "Choose an archive, or one of those that come with Tenure."),
            ({"archive": SimpleUploadedFile("a.zip", b"no archive")}, "This file is no zip archive"),
            ({"archive": zipped(signals="signals: {}\n")}, "The archive holds no blueprint"),
            ({"shipped": "../../etc"}, "Select a valid choice."),
        ],
    )
    def test_what_cannot_be_read_says_what_to_do(self, olive: Client, given: dict[str, object], words: str) -> None:
        for each in given.values():
            if isinstance(each, SimpleUploadedFile):
                each.seek(0)
        refused = olive.post("/blueprint/change/", given)
        assert refused.status_code == 422
        assert words in refused.content.decode()

    def test_too_much_is_turned_away_before_it_is_read(self, olive: Client) -> None:
        size = str(6 * 1024 * 1024)
        refused = olive.generic(
            "POST", "/blueprint/change/", b"", "multipart/form-data; boundary=x", CONTENT_LENGTH=size
        )
        assert refused.status_code == 413

    def test_a_shipped_one_can_be_chosen(self, olive: Client) -> None:
        went = olive.post("/blueprint/change/", {"shipped": "r7-creative"})
        assert "What r7-creative would change" in olive.get(went["Location"]).content.decode()

    def test_an_address_that_was_not_given_out_opens_nothing(self, olive: Client) -> None:
        refused = olive.get(reverse("blueprint_plan", args=["made-up"]))
        assert refused.status_code == 422 and "Hand it in again." in refused.content.decode()


class TestPlanning:
    def test_it_says_what_changes_and_what_people_would_lose(self, hand_in: HandIn, read: Read) -> None:
        shown = read(hand_in(promises=REPLIES))
        assert "24 hours</del>" in shown and "12 hours</ins>" in shown and "moves due times" in shown
        assert "What tiny would change" in shown and "from version " in shown
        # Of the cast's roles, base has every one.
        assert "which goes" not in shown

    def test_roles_that_go_are_named(self, hand_in: HandIn, read: Read, cast: Cast) -> None:
        shown = read(hand_in(roles="roles:\n  specialist: null\n", raci=without("specialist")))
        assert "1 person holds the role “Specialist”, which goes." in shown

    def test_it_warns_where_nobody_could_change_it_again(self, hand_in: HandIn, read: Read, cast: Cast) -> None:
        Membership.objects.filter(role__in=("ops", "lead")).exclude(person=cast.olive).delete()
        shown = read(
            hand_in(raci="raci:\n  blueprint.apply: {accountable: admin}\n  blueprint.rollback: {accountable: admin}\n")
        )
        assert "Nobody who is here could apply a blueprint afterwards." in shown

    def test_what_is_in_force_already_changes_nothing(self, olive: Client, hand_in: HandIn, read: Read) -> None:
        apply_at(olive, hand_in(promises=REPLIES))
        assert "Nothing changes" in read(hand_in(promises=f"# The same in other words\n{REPLIES}"))

    @pytest.mark.slow
    def test_it_says_what_it_does_to_live_accounts(
        self, olive: Client, hand_in: HandIn, cast: Cast, book: Book, client: Client
    ) -> None:
        log_message(book.alices, direction="in", channel="email", subject="Why", body="?", actor=cast.actor("alice"))
        with lake() as opened:
            Pipeline(opened).run_until_idle(nights=False)
            look(opened)
        cadence = REPLIES + CHECK_IN
        elise = add_contact(book.nobodys, name="Elise", actor=cast.actor("olive"))
        leave_contact(elise, on=date(2025, 1, 1), actor=cast.actor("olive"))
        address = hand_in(promises=cadence, retention="retention: {contact_days: 365}")
        quiet = olive.get(address).content.decode()
        assert f'hx-get="{address}effects/"' in quiet and "promises open" not in quiet
        shown = olive.get(f"{address}effects/?reterm=1", headers={"HX-Request": "true"}).content.decode()
        assert "On 4 accounts" in shown and "<b>4</b> promises open" in shown
        assert "<b>1</b> running promise gets another time" in shown and "Nimbus" in shown
        assert "promises open" in olive.get(f"{address}?effects=1").content.decode()
        # The lead of the team sees how many there are, and names alone of those within her reach: Alice's and Bob's.
        client.force_login(cast.lena)
        hers = client.get(f"{address}effects/").content.decode()
        assert "<b>4</b> promises open" in hers and "Acme Ltd" in hers and "Borealis" in hers
        assert "Nimbus" not in hers and "Meridian" not in hers and "And 2 more." in hers
        # How many would be erased is a number alone, for her and for whoever sees everything.
        for page in (shown, hers):
            assert "<b>1</b> contact to be erased in the coming night; nothing brings them back" in page
            assert "Elise" not in page

    def test_where_it_takes_too_long_it_says_where_it_is_told(
        self, olive: Client, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def slow(*_: object, **__: object) -> None:
            raise TimedOut("no answer within 2 seconds")

        monkeypatch.setattr(blueprint_plan, "plan", slow)
        assert "There is too much data" in olive.get(f"{hand_in(promises=REPLIES)}effects/").content.decode()


CHECK_IN = """\
  check_in:
    label: Check in
    kind: cadence
    every: 2 weeks
    met_by: [{on: meeting.held}]
    owner: csm
    applies: status = 'active'
"""


def without(role: str) -> str:
    """Rules in which a role of base plays no part."""
    from tenure.pipeline.home import read_folder

    model = read_folder("base").model
    lines = ["raci:"]
    for name, rule in model.raci.items():
        held = {"responsible": rule.responsible, "informed": rule.informed, "consulted": rule.consulted}
        changed = {field: [each for each in roles if each != role] for field, roles in held.items() if role in roles}
        if changed:
            lines.append(f"  {name}: {{{', '.join(f'{field}: {roles}' for field, roles in changed.items())}}}")
    return "\n".join(lines) + "\n"


def apply_at(client: Client, address: str, **sent: str) -> None:
    shown = client.get(address).content.decode()
    went = client.post(address, {"note": "Answer sooner", "seen": seen_in(shown)} | sent)
    assert (went.status_code, went["Location"]) == (303, "/blueprint/versions/")


class TestApplying:
    def test_it_is_in_force_with_who_and_why(self, olive: Client, hand_in: HandIn, cast: Cast) -> None:
        apply_at(olive, hand_in(promises=REPLIES))
        version = BlueprintVersion.objects.order_by("-id")[0]
        assert (version.note, version.applied_by_id, version.folder, version.retermed) == (
            "Answer sooner", cast.olive.pk, "tiny", False,
        )  # fmt: skip
        assert blueprints.in_force().commitments["reply"].within == "12 hours"
        assert version.files["tiny/promises.yaml"] == REPLIES and "base/company.yaml" in version.files
        assert LedgerEntry.objects.filter(kind="blueprint.applied", actor_id=cast.olive.pk).count() == 1
        assert not list((settings.UPLOADS / "staged").iterdir())

    def test_running_promises_take_the_new_terms_where_it_is_said(self, olive: Client, hand_in: HandIn) -> None:
        apply_at(olive, hand_in(promises=REPLIES), reterm="on")
        assert BlueprintVersion.objects.order_by("-id")[0].retermed

    def test_it_wants_a_reason_and_keeps_what_was_chosen(self, olive: Client, hand_in: HandIn) -> None:
        address = hand_in(promises=REPLIES)
        refused = olive.post(
            address, {"note": "", "reterm": "on", "seen": seen_in(olive.get(address).content.decode())}
        )
        assert refused.status_code == 422
        assert "is missing: write it." in refused.content.decode()
        assert re.search(r'name="reterm"[^>]* checked', refused.content.decode())

    def test_what_was_applied_meanwhile_is_looked_at_first(self, olive: Client, hand_in: HandIn) -> None:
        first, second = hand_in(promises=REPLIES), hand_in(promises=REPLIES.replace("12", "6"))
        seen = seen_in(olive.get(second).content.decode())
        apply_at(olive, first)
        refused = olive.post(second, {"note": "Sooner still", "seen": seen})
        assert refused.status_code == 422
        assert "was applied meanwhile." in refused.content.decode()
        assert blueprints.in_force().commitments["reply"].within == "12 hours"

    def test_the_zone_of_the_home_stays(self, olive: Client, hand_in: HandIn) -> None:
        address = hand_in(company=COMPANY.replace("America/New_York", "Europe/Berlin"))
        refused = olive.post(address, {"note": "We move", "seen": seen_in(olive.get(address).content.decode())})
        assert refused.status_code == 422
        assert "This home counts its days in America/New_York and keeps it" in refused.content.decode()

    def test_an_earlier_version_comes_back(self, olive: Client, read: Read, hand_in: HandIn) -> None:
        first = BlueprintVersion.objects.get()
        apply_at(olive, hand_in(promises=REPLIES))
        # Tiny's rules are base's: Olive may still go back.
        back = re.search(r'href="(/blueprint/change/[^"]+)">Back to it', read("/blueprint/versions/"))
        assert back
        assert "12 hours</del>" in read(back[1]) and f"Back to version {first.pk}" in read(back[1])
        apply_at(olive, back[1])
        newest = BlueprintVersion.objects.order_by("-id")[0]
        assert (newest.rolled_back_to_id, newest.digest, newest.files) == (first.pk, first.digest, first.files)

    def test_what_was_saved_can_be_handed_in_again(self, olive: Client, hand_in: HandIn, read: Read) -> None:
        apply_at(olive, hand_in(promises=REPLIES))
        saved = olive.get(f"/blueprint/versions/{BlueprintVersion.objects.order_by('-id')[0].pk}/archive/").content
        went = olive.post("/blueprint/change/", {"archive": SimpleUploadedFile("saved.zip", saved)})
        assert "Nothing changes" in read(went["Location"])


# What Olive (operations), Lena (lead: may plan), Alice (success manager), Erin (executive), Sam (specialist), Carl (a
# client) and nobody get. A client does not learn that the page exists.
READ = (200, 200, 200, 200, 403, 404, 302)
PLAN = (200, 200, 403, 403, 403, 404, 302)
TABLE: dict[str, tuple[str, tuple[int, ...]]] = {
    "blueprint": ("", READ),
    "blueprint_versions": ("", READ),
    "blueprint_files": ("version", READ),
    "blueprint_archive": ("version", READ),
    "blueprint_compare": ("compare", READ),
    "blueprint_section": ("section", READ),
    "blueprint_part": ("part", READ),
    "blueprint_change": ("", PLAN),
    "blueprint_plan": ("token", PLAN),
    "blueprint_effects": ("token", PLAN),
}


@pytest.mark.requirement("P-05")
@pytest.mark.parametrize("name", TABLE)
def test_who_may_read_and_plan(name: str, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blueprint_plan, "effects_of", lambda *_, **__: blueprint_plan.Effects(failed="Not here"))
    number = BlueprintVersion.objects.get().pk
    rows: dict[str, list[object]] = {
        "": [],
        "compare": [],
        "version": [number],
        "section": ["company"],
        "part": ["commitments", "reply"],
        "token": [blueprint_plan.token_of("shipped", "base")],
    }
    of, expected = TABLE[name]
    asked = {"from": number, "to": number} if of == "compare" else {}
    found = []
    for who in ("olive", "lena", "alice", "erin", "sam", "carl", ""):
        visitor = Client()
        if who:
            visitor.force_login(getattr(cast, who))
        found.append(visitor.get(reverse(name, args=rows[of]), asked).status_code)
    assert tuple(found) == expected


@pytest.mark.requirement("P-05")
def test_only_operations_apply(hand_in: HandIn, cast: Cast) -> None:
    address = hand_in(promises=REPLIES)
    found = {}
    for who in ("lena", "alice", "erin", "sam", "carl"):
        visitor = Client()
        visitor.force_login(getattr(cast, who))
        with transaction.atomic():
            seen = str(BlueprintVersion.objects.get().pk)
            found[who] = visitor.post(address, {"note": "Mine", "seen": seen}).status_code
            transaction.set_rollback(True)
    assert found == {"lena": 403, "alice": 403, "erin": 403, "sam": 403, "carl": 404}
    visitor = Client()
    visitor.force_login(cast.lena)
    shown = visitor.get(address).content.decode()
    assert "You may look, not apply." in shown and "Put it in force" not in shown


@pytest.mark.browser
@pytest.mark.django_db
@pytest.mark.requirement("P-08")
@pytest.mark.parametrize("width", (1440, 390))
def test_from_the_folder_to_what_is_in_force(page_at: PageAt, cast: Cast, tmp_path: object, width: int) -> None:
    opened = page_at("/blueprint/change/", width, person=cast.olive)
    for given, name in (
        (zipped(company=COMPANY, promises=WRONG), "wrong"),
        (zipped(company=COMPANY, promises=REPLIES), "plan"),
    ):
        content = given.read()
        opened.set_input_files(
            "input[name=archive]", {"name": "tiny.zip", "mimeType": "application/zip", "buffer": content}
        )
        opened.get_by_role("button", name="Look at it").click()
        opened.wait_for_load_state()
        if name == "plan":
            opened.get_by_text("Running promises keep their terms.").wait_for(timeout=60_000)
        assert_fits(opened)
        screenshot(opened, f"blueprint-{name}-{width}")
        assert_accessible(opened)
    opened.get_by_label("Why").fill("Answer sooner")
    opened.get_by_role("button", name="Put it in force").click()
    opened.get_by_text("The blueprint is in force").wait_for()
    assert blueprints.in_force().commitments["reply"].within == "12 hours"
