"""What an operation refuses becomes words that a person can act on, and what was typed stays."""

from typing import Any

import pytest
from django.test import Client

from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.web.refusing"), pytest.mark.requirement("P-08")]

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_refusal_lands_at_the_forms_field(alice: Client) -> None:
    answer = alice.post("/note/", {"text": "31 Nov"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"text": ["November has 30 days."]}
    assert answer.context["form"]["text"].value() == "31 Nov"


def test_a_plain_request_shows_what_was_typed_ready_to_be_sent_again(alice: Client) -> None:
    answer = alice.post("/refused/", {"text": "Ask <Elise>", "password": "secret", "next": "/more/"})
    assert answer.status_code == 422
    page = words(answer)
    assert "It was sent at 10:14. Write a new one." in page
    assert 'name="text" value="Ask &lt;Elise&gt;" aria-invalid="true"' in page
    assert "secret" not in page
    assert 'href="/more/">Back' in page


def test_a_fragment_gets_a_notice_beside_the_form(alice: Client) -> None:
    answer = alice.post("/refused/", {"text": "x"}, headers=FRAGMENT)
    assert (answer.status_code, answer["HX-Retarget"], answer["HX-Reswap"]) == (422, "#said", "beforeend")
    assert "It was sent at 10:14. Write a new one." in words(answer)
    assert "<html" not in words(answer)


def test_a_prohibition_names_the_rule_and_who_may(alice: Client) -> None:
    page = alice.post("/forbidden/")
    assert page.status_code == 403
    assert "You may not waive TFR #2." in words(page)
    assert "Who may: Team lead or Operations." in words(page)
    fragment = alice.post("/forbidden/", headers=FRAGMENT)
    assert fragment.status_code == 403
    assert "You may not waive TFR #2. Team lead or Operations may." in words(fragment)


@pytest.mark.requirement("P-05")
def test_what_is_out_of_reach_looks_absent(alice: Client) -> None:
    hidden, absent = alice.get("/hidden/"), alice.get("/nothing/at/all/")
    assert hidden.status_code == absent.status_code == 404
    assert "within your reach." in words(hidden)
    assert strip_token(words(hidden)) == strip_token(words(absent)).replace("/nothing/at/all/", "/hidden/")


def strip_token(page: str) -> str:
    """A page without what differs on every request: tokens and the moment."""
    import re

    return re.sub(r'(value="[A-Za-z0-9]{64}"|X-CSRFToken": "[^"]+"|data-now="[^"]+")', "", page)


def test_an_act_that_must_be_asked_for_says_whom_was_asked(alice: Client) -> None:
    back = alice.post("/awaiting/", headers={"Referer": "http://testserver/more/"})
    assert (back.status_code, back["Location"]) == (303, "http://testserver/more/")
    assert "Asked Growth strategist. It is done once they agree." in words(alice.get("/more/"))
    fragment = alice.post("/awaiting/", headers=FRAGMENT)
    assert fragment.status_code == 202
    assert "Asked Growth strategist. It is done once they agree." in words(fragment)


def test_nobody_is_sent_to_another_house(alice: Client) -> None:
    back = alice.post(
        "/awaiting/", {"next": "https://elsewhere.example/"}, headers={"Referer": "https://elsewhere.example/"}
    )
    assert back["Location"] == "/"


def test_what_can_be_undone_offers_it(alice: Client) -> None:
    assert alice.post("/snoozed/")["Location"] == "/more/"
    page = words(alice.get("/more/"))
    assert '<form class="bulk" method="post" action="/unsnooze/" data-undo>' in page
    assert "Signal snoozed" in page


def test_a_fragments_act_moves_the_browser(alice: Client) -> None:
    answer = alice.post("/snoozed/", headers=FRAGMENT)
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (204, "/more/", b"")


def test_a_fragment_brings_what_was_said(alice: Client) -> None:
    fragment = words(alice.get("/said/", headers=FRAGMENT))
    assert 'id="said" aria-live="polite" hx-swap-oob="innerHTML"' in fragment
    assert "Saved &lt;at once&gt;" in fragment
    assert 'id="said"' not in words(alice.get("/find/", headers=FRAGMENT)), "said once"


def test_something_broken_says_so_without_details(client: Client, cast: Cast) -> None:
    client.raise_request_exception = False
    client.force_login(cast.alice)
    answer = client.get("/broken/")
    assert answer.status_code == 500
    assert "Something broke on our side" in words(answer)
    assert "ZeroDivisionError" not in words(answer)


def test_a_page_that_is_too_old_says_so(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    answer = client.post("/note/", {"text": "x"})
    assert answer.status_code == 403
    assert "This page was too old to be sent" in words(answer)


def test_an_address_of_another_house_is_not_understood(client: Client, cast: Cast) -> None:
    answer = client.get("/more/", headers={"Host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "This request was not understood" in words(answer)


def test_before_the_first_blueprint_every_page_says_so(client: Client, db: None) -> None:
    from tenure.identity.people import Person

    client.force_login(Person.objects.create(email="first@example.com", name="First"))
    answer = client.get("/")
    assert answer.status_code == 503
    assert "No blueprint is in force yet" in words(answer)
