"""People who were invited sign in; nobody else does, and nobody guesses."""

import re
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client

from tenure.identity.people import Person
from tenure.identity.staff import deactivate_person, erase_person, export_person, invite_person
from tenure.outlets.links import password_link
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def alice(cast: Cast) -> Person:
    cast.alice.set_password(PASSWORD)
    cast.alice.save()
    return cast.alice


def enter(client: Client, email: str, password: str, **more: Any) -> Any:
    return client.post("/sign-in/", {"login": email, "password": password, **more})


def signed_in(client: Client) -> bool:
    return client.get("/more/").status_code == 200


def test_a_page_sends_whoever_is_not_signed_in_to_the_sign_in_page_and_back(client: Client, alice: Person) -> None:
    sent = client.get("/more/")
    assert (sent.status_code, sent["Location"]) == (302, "/sign-in/?next=/more/")
    back = enter(client, alice.email or "", PASSWORD, next="/more/")
    assert (back.status_code, back["Location"]) == (302, "/more/")
    assert signed_in(client)


def test_a_fragment_asks_the_browser_to_go_to_the_sign_in_page(client: Client, cast: Cast) -> None:
    sent = client.get("/find/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/more/"})
    assert (sent.status_code, sent["HX-Redirect"]) == (204, "/sign-in/?next=%2Fmore%2F")


def test_the_address_is_read_without_regard_to_case(client: Client, alice: Person) -> None:
    enter(client, "ALICE@Example.com", PASSWORD)
    assert signed_in(client)


def test_a_wrong_password_keeps_the_email(client: Client, alice: Person) -> None:
    answer = enter(client, alice.email or "", "wrong")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "That did not match. Your email is kept; try the password again." in page
    assert f'value="{alice.email}"' in page
    assert "wrong" not in re.findall(r'value="([^"]*)"', page)
    assert not signed_in(client)


def test_an_unknown_address_is_answered_like_a_wrong_password(client: Client, alice: Person) -> None:
    known, unknown = enter(client, alice.email or "", "wrong"), enter(client, "nobody@example.com", "wrong")
    words = "That did not match. Your email is kept; try the password again."
    assert words in known.content.decode() and words in unknown.content.decode()


def test_guessing_is_stopped(client: Client, alice: Person) -> None:
    # Five failures in five minutes for one address (ACCOUNT_RATE_LIMITS): the sixth try is not even looked at.
    for _ in range(5):
        enter(client, alice.email or "", "wrong")
    answer = enter(client, alice.email or "", PASSWORD)
    assert "Too many tries. Wait five minutes, or set a new password." in answer.content.decode()
    assert not signed_in(client)


def test_guesses_are_counted_for_all_processes_together(client: Client, alice: Person, settings: Any) -> None:
    for _ in range(5):
        enter(client, alice.email or "", "wrong")
    settings.CACHES = settings.CACHES | {}  # another process: nothing of the first one's memory
    answer = enter(Client(), alice.email or "", PASSWORD)
    assert "Too many tries." in answer.content.decode()


def test_nobody_signs_up(client: Client, cast: Cast) -> None:
    before = Person.objects.count()
    form = {"email": "eve@example.com", "password1": PASSWORD}
    for answer in (client.get("/sign-in/closed/"), client.post("/sign-in/closed/", form)):
        assert "invites its people" in answer.content.decode()
    assert Person.objects.count() == before


def test_an_invited_person_sets_a_password_once_and_is_in(client: Client, cast: Cast) -> None:
    person = invite_person(name="Nora New", email="nora@example.com", role="csm", actor=cast.actor("olive"))
    link = password_link(person)
    form = client.get(link, follow=True)
    done = client.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert done.status_code == 200
    assert signed_in(client)
    assert "This link is used up" in Client().get(link, follow=True).content.decode()


def test_a_reset_link_goes_to_people_who_are_here_and_tells_nobody_who_is(client: Client, alice: Person) -> None:
    answers = [client.post("/password/reset/", {"email": email}) for email in (alice.email, "nobody@example.com")]
    assert [answer["Location"] for answer in answers] == ["/password/reset/sent/"] * 2
    assert [message.to for message in mail.outbox] == [[alice.email]]
    link = re.search(r"http://testserver(/password/reset/key/\S+)", str(mail.outbox[0].body))
    assert link and "Set your password" in client.get(link[1], follow=True).content.decode()


def test_whoever_left_stays_out(client: Client, alice: Person, cast: Cast) -> None:
    deactivate_person(alice, actor=cast.actor("olive"))
    enter(client, alice.email or "", PASSWORD)
    assert not signed_in(client)


def test_a_session_ends_with_the_access(client: Client, alice: Person, cast: Cast) -> None:
    client.force_login(alice)
    deactivate_person(alice, actor=cast.actor("olive"))
    assert not signed_in(client)


def code_for(secret: str) -> str:
    """The code that an authenticator app shows now for a secret."""
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_the_second_step_is_asked_for_and_recovery_codes_replace_it(client: Client, alice: Person) -> None:
    enter(client, alice.email or "", PASSWORD)
    client.post("/sign-in/again/", {"password": PASSWORD})
    page = client.get("/second-step/totp/activate/")
    secret = page.context["form"].secret
    assert 'src="data:image/svg+xml' in page.content.decode()
    assert client.post("/second-step/totp/activate/", {"code": code_for(secret)}).status_code == 302
    codes = client.get("/second-step/recovery-codes/").context["unused_codes"]
    assert len(codes) == 10

    other = Client()
    step = enter(other, alice.email or "", PASSWORD)
    assert step["Location"] == "/second-step/authenticate/"
    assert not signed_in(other)
    assert "That code did not match" in other.post("/second-step/authenticate/", {"code": "000000"}).content.decode()
    other.post("/second-step/authenticate/", {"code": codes[0]})
    assert signed_in(other)

    again = Client()
    enter(again, alice.email or "", PASSWORD)
    again.post("/second-step/authenticate/", {"code": codes[0]})
    assert not signed_in(again), "a recovery code works once"


def test_changing_how_one_signs_in_asks_for_the_password_again(client: Client, alice: Person) -> None:
    client.force_login(alice)
    sent = client.get("/second-step/totp/activate/")
    assert sent["Location"].startswith("/sign-in/again/")
    back = client.post("/sign-in/again/", {"password": PASSWORD, "next": "/second-step/totp/activate/"})
    assert back["Location"] == "/second-step/totp/activate/"
    assert client.get("/second-step/totp/activate/").status_code == 200


def test_sessions_are_listed_and_the_others_ended(client: Client, alice: Person) -> None:
    other = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"})
    enter(other, alice.email or "", PASSWORD)
    enter(client, alice.email or "", PASSWORD)
    page = client.get("/sessions/").content.decode()
    assert page.count("this one") == 1 and "Firefox on Linux" in page
    client.post("/sessions/")
    assert signed_in(client) and not signed_in(other)


def test_signing_out_needs_a_post(client: Client, alice: Person) -> None:
    client.force_login(alice)
    assert client.get("/sign-out/").status_code == 200
    assert signed_in(client)
    client.post("/sign-out/")
    assert not signed_in(client)


class TestDemo:
    @pytest.fixture
    def persona(self, cast: Cast) -> Person:
        cast.alice.is_demo = True
        cast.alice.save()
        return cast.alice

    def test_one_click_steps_in_as_somebody_of_the_demo(self, client: Client, persona: Person, settings: Any) -> None:
        settings.DEMO = True
        assert persona.name in client.get("/sign-in/").content.decode()
        assert client.post(f"/sign-in/as/{persona.id}")["Location"] == "/"
        assert client.get("/more/").wsgi_request.user == persona

    def test_it_needs_a_post(self, client: Client, persona: Person, settings: Any) -> None:
        settings.DEMO = True
        assert client.get(f"/sign-in/as/{persona.id}").status_code == 405

    def test_it_is_absent_outside_a_demo(self, client: Client, persona: Person, settings: Any) -> None:
        settings.DEMO = False
        assert client.post(f"/sign-in/as/{persona.id}").status_code == 404
        assert persona.name not in client.get("/sign-in/").content.decode()

    def test_it_is_absent_for_real_people(self, client: Client, cast: Cast, settings: Any) -> None:
        settings.DEMO = True
        assert client.post(f"/sign-in/as/{cast.bob.id}").status_code == 404
        assert cast.bob.name not in client.get("/sign-in/").content.decode()


@pytest.mark.requirement("P-15")
def test_export_and_erasure_reach_what_signing_in_keeps(client: Client, alice: Person, cast: Cast) -> None:
    enter(client, alice.email or "", PASSWORD)
    assert [row["ip"] for row in export_person(alice, actor=cast.actor("olive"))["sign_in"]["sessions"]] == [
        "127.0.0.1"
    ]
    erase_person(alice, actor=cast.actor("olive"))
    assert not signed_in(client)
    kept = export_person(Person.objects.get(pk=alice.pk), actor=cast.actor("olive"))["sign_in"]
    assert kept == {"addresses": [], "single_sign_on": [], "second_steps": [], "sessions": []}
