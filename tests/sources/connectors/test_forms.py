"""Submissions of a form, by webhook: as Jotform sends them, stored before the answer, once, and placed by a mapping."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from standardwebhooks import Webhook

from tenure.api import hooks
from tenure.base import clock
from tenure.base.errors import Refused
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.message import Message
from tenure.sources.connectors.arrival import Arrival, assign_arrival, correct_arrival, dismiss_arrival
from tenure.sources.connectors.connector import (
    Connector,
    add_connector,
    change_connector,
    pause_connector,
    readdress_connector,
)
from tenure.sources.connectors.rounds import advance
from tests.book import Book
from tests.cast import Cast, blueprint

pytestmark = pytest.mark.requirement("R-12")

MAPPING = """\
form: "243615086540051"
account: q3_clientCode
contact: q4_email
do: message.log
arguments:
  direction: {value: in}
  channel: {value: form}
  contact: {contact: q4_email}
  subject: "Content: {q5_title}"
  body: "{q6_note}\\n{filesRelated}"
"""
RAW = {
    "slug": "submit/243615086540051",
    "jsExecutionTracker": "build-date-1735597456482",
    "submitSource": "form",
    "q3_clientCode": "acme ltd",
    "q4_email": "Dana@Acme.example",
    "q5_title": "Spring oven",
    "q6_note": "Six photos",
    "q7_name": {"first": "Dana", "last": "Whitfield"},
    "event_id": "1735599791882_243615086540051_ZWbBbs3",
    "temp_upload": {"q9_filesRelated": ["oven.jpg#jotformfs"]},
    "filesRelated": ["https://www.jotform.com/uploads/us/1/2/oven.jpg", "https://www.jotform.com/uploads/us/1/2/b.jpg"],
}


@pytest.fixture(autouse=True)
def _calm() -> None:
    cache.clear()


@pytest.fixture
def form(cast: Cast, dana: Contact) -> Connector:
    settings = {"mapping": MAPPING}
    return add_connector(kind="forms", label="Uploads", source="uploads", settings=settings, actor=cast.actor("olive"))


def submission(number: str = "6114090137116205381", **answers: Any) -> dict[str, str]:
    """The fields of Jotform's webhook, of a form with these answers."""
    raw = {name: value for name, value in (RAW | answers).items() if value is not None}
    return {
        "action": "",
        "webhookURL": "https://tenure.example/hooks/x/",
        "username": "us",
        "formID": "243615086540051",
        "type": "WEB",
        "formTitle": "Content upload",
        "submissionID": number,
        "rawRequest": json.dumps(raw),
        "pretty": "Client:acme",
        "ip": "203.0.113.9",
    }


def send(form: Connector, fields: dict[str, str], **more: Any) -> HttpResponse:
    """Post as multipart/form-data, which is what Jotform does."""
    return Client(enforce_csrf_checks=True).post(f"/hooks/{form.secret}/", fields, **more)


def settle() -> None:
    while advance():
        pass


def test_a_submission_becomes_what_the_mapping_says(form: Connector, dana: Contact) -> None:
    assert send(form, submission()).json() == {"success": True}
    stored = Arrival.objects.get()
    assert (stored.status, stored.address) == ("waiting", "dana@acme.example")
    assert stored.payload["q7_name.first"] == "Dana"
    # What the service tells of the browser is not kept.
    assert not {"ip", "jsExecutionTracker", "temp_upload", "rawRequest"} & set(stored.payload)
    settle()
    message = Message.objects.get()
    assert (message.account_id, message.contact_id, message.channel) == (dana.account_id, dana.pk, "form")
    assert message.subject == "Content: Spring oven"
    assert message.body.splitlines() == ["Six photos", *RAW["filesRelated"]]
    assert message.at == stored.happened_at


def test_web_forms_and_json_are_taken_alike(form: Connector) -> None:
    encoded = "application/x-www-form-urlencoded"
    fields = submission("1")
    body = urlencode(fields)
    address = f"/hooks/{form.secret}/"
    assert Client().post(address, body, content_type=encoded).status_code == 200
    assert Client().post(address, submission("2"), content_type="application/json").status_code == 200
    settle()
    assert Message.objects.count() == 2


def test_the_same_submission_sent_again_is_taken_once(form: Connector) -> None:
    for _ in range(2):
        assert send(form, submission()).status_code == 200
    settle()
    assert send(form, submission()).status_code == 200
    settle()
    assert Arrival.objects.count() == Message.objects.count() == 1


def test_whoever_does_not_know_the_address_is_turned_away(form: Connector, cast: Cast) -> None:
    assert Client().post("/hooks/guess/", submission()).status_code == 404
    old = form.secret
    renewed = readdress_connector(form, actor=cast.actor("olive"))
    assert Client().post(f"/hooks/{old}/", submission()).status_code == 404
    assert send(renewed, submission()).status_code == 200
    assert renewed.secret not in str(Connector.objects.values().get())


def test_guessing_is_slowed_down(form: Connector) -> None:
    codes = [Client().post(f"/hooks/guess-{number}/", {}).status_code for number in range(61)]
    assert codes == [404] * 60 + [429]


def test_limits_of_size_and_rate(form: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(form, submission(q6_note="x" * hooks.LARGEST)).status_code == 413
    assert Client().get(f"/hooks/{form.secret}/").status_code == 405
    assert Client().post(f"/hooks/{form.secret}/", b"no json", content_type="application/json").status_code == 400
    assert Client().post(f"/hooks/{form.secret}/", {}).status_code == 400
    monkeypatch.setattr(hooks, "DELIVERIES_PER_MINUTE", 6)
    codes = [send(form, submission(str(number))).status_code for number in range(4)]
    assert codes == [200, 200, 200, 429]  # three of the six went to the refused ones above


def test_a_paused_connector_asks_to_be_sent_to_again(form: Connector, cast: Cast) -> None:
    paused = pause_connector(form, actor=cast.actor("olive"))
    paused.secret = form.secret
    assert send(paused, submission()).status_code == 503 and not Arrival.objects.exists()


def test_a_signed_connector_takes_only_what_is_signed(form: Connector, cast: Cast) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    change_connector(form, secrets={"signing": secret}, actor=cast.actor("olive"))
    body = json.dumps(submission())
    now = clock.SystemClock().now()

    def post(sent: str, signature: str) -> int:
        headers = {"webhook-id": "m1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}
        address = f"/hooks/{form.secret}/"
        return Client().post(address, sent, content_type="application/json", headers=headers).status_code

    good = Webhook(secret).sign("m1", now, body)
    assert [post(body, good), post(body + " ", good), post(body, "v1,AAAA"), post(body, "")] == [200, 401, 401, 401]
    assert send(form, submission()).status_code == 401


def test_an_unknown_account_is_set_aside_corrected_and_tried_again(form: Connector, acme: Account, cast: Cast) -> None:
    send(form, submission(q3_clientCode="acme limted", q4_email=None))
    settle()
    aside = Arrival.objects.get()
    assert (aside.status, aside.code) == ("aside", "no_account")
    olive = cast.actor("olive")
    still = correct_arrival(aside, values={"q3_clientCode": "acme limited"}, actor=olive)
    assert (still.status, still.corrected) == ("aside", {"q3_clientCode": "acme limited"})
    taken = correct_arrival(still, values={"q3_clientCode": "Acme Ltd", "evil": "x"}, actor=olive)
    assert (taken.status, taken.settled_by) == ("taken", cast.olive)
    assert Message.objects.get().account_id == acme.pk


def test_somebody_says_whose_it_is(form: Connector, book: Book, cast: Cast) -> None:
    send(form, submission(q3_clientCode="nobody knows", q4_email=None))
    settle()
    assign_arrival(Arrival.objects.get(), account=book.bobs.pk, actor=cast.actor("olive"))
    assert Message.objects.get().account_id == book.bobs.pk
    with pytest.raises(Refused) as refusal:
        dismiss_arrival(Arrival.objects.get(), reason="Late", actor=cast.actor("olive"))
    assert refusal.value.code == "settled"


def test_a_sender_who_becomes_a_contact_is_found_by_itself(form: Connector, book: Book, cast: Cast) -> None:
    send(form, submission(q3_clientCode=None, q4_email="bea@borealis.example"))
    settle()
    assert Arrival.objects.get().code == "unknown_sender"
    add_contact(book.bobs, name="Bea", email="bea@borealis.example", actor=cast.actor("bob"))
    settle()
    assert Message.objects.get().account_id == book.bobs.pk


def test_a_sender_known_by_two_accounts_is_told_by_a_person(form: Connector, book: Book, cast: Cast) -> None:
    for account, name in ((book.alices, "alice"), (book.bobs, "bob")):
        add_contact(account, name="Bea", email="bea@borealis.example", actor=cast.actor(name))
    send(form, submission(q3_clientCode=None, q4_email="bea@borealis.example"))
    settle()
    assert (Arrival.objects.get().code, Message.objects.count()) == ("several_accounts", 0)


def test_another_form_is_set_aside(form: Connector) -> None:
    send(form, submission() | {"formID": "99"})
    settle()
    aside = Arrival.objects.get()
    assert (aside.code, aside.reason) == ("other_form", "This comes from the form “99”, not from 243615086540051.")


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ("do: message.log\naccount: a\narguments: {direction: {value: in}, colour: blue}\n", "unknown_argument"),
        ("do: message.log\naccount: a\n", "missing_argument"),
        ("do: message.forge\naccount: a\n", "unknown_operation"),
        ("do: contact.erase\naccount: a\n", "unknown_operation"),
        ("do: goal.confirm\naccount: a\n", "unknown_operation"),
        ("do: message.log\narguments: {direction: {value: in}}\n", "no_account"),
        ("do: message.log\naccount: ../x\narguments: {direction: {value: in}}\n", "mapping"),
        ("not: [a mapping", "mapping"),
    ],
)
def test_a_mapping_is_checked_when_it_is_written(cast: Cast, mapping: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        add_connector(kind="forms", label="Up", source="up", settings={"mapping": mapping}, actor=cast.actor("olive"))
    assert (refusal.value.code, refusal.value.field) == (code, "mapping")


def test_no_form_does_what_its_writer_may_not(cast: Cast) -> None:
    """Where only success managers log messages, operations cannot have a form do it for them."""
    raci = blueprint().model_dump(mode="json")["raci"] | {"message.log": {"accountable": "csm"}}
    olive = replace(cast.actor("olive"), model=blueprint(raci=raci))
    with pytest.raises(Refused) as refusal:
        add_connector(kind="forms", label="Up", source="up", settings={"mapping": MAPPING}, actor=olive)
    assert (refusal.value.code, refusal.value.field) == ("not_yours", "mapping")
