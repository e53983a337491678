"""Leave, cover and hand-back by the pages; working hours and holidays of a person, a pod and a client."""

from datetime import date, timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.blueprint.model import Model
from tenure.identity.hours import calendar_of
from tenure.identity.people import Leave, Person
from tenure.records.message import log_message
from tenure.work.commitments import Opening
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, at, blueprint
from tests.days import Days, days  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("P-12")]

REPLIES = {
    "label": "Replies",
    "opens": {"on": "message.received"},
    "met_by": [{"on": "message.sent"}],
    "match": "all",
    "within": "4 business hours",
    "hours": "account",
    "owner": "csm",
}
WEEK = ("mon", "tue", "wed", "thu", "fri")
CALENDARS = {
    "standard": {"label": "Nine to five", "hours": {day: ["09:00-17:00"] for day in WEEK}},
    "late": {"label": "Noon to eight", "hours": {day: ["12:00-20:00"] for day in WEEK}, "holidays": [date(2026, 3, 3)]},
}


@pytest.fixture
def model() -> Model:
    rules = {key: rule.model_dump() for key, rule in blueprint().raci.items()}
    see = {"accountable": "ops", "responsible": ["lead", "csm"]}
    return blueprint(commitments={"replies": REPLIES}, calendars=CALENDARS, raci=rules | {"person.view": see})


def signed_in(client: Client, cast: Cast, name: str) -> Client:
    client.force_login(getattr(cast, name), backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def due(days: Days, cast: Cast, book: Book) -> Opening:
    """The promise to answer a question that comes now."""
    log_message(book.alices, direction="in", body="Which oven?", actor=cast.actor("alice"))
    days.run()
    return Opening.objects.get()


def test_leave_is_taken_covered_and_handed_back(days: Days, client: Client, cast: Cast, book: Book) -> None:
    refresh_standing([book.alices.pk], cast.actor("olive"))
    today = cast.actor("alice").day
    alice = signed_in(client, cast, "alice")
    page = reverse("person", args=[cast.alice.pk])
    assert reverse("act", args=["leave.take", cast.alice.pk]) in alice.get(page).content.decode()
    away = {"cover": cast.bob.pk, "from_day": today, "until_day": today + timedelta(days=4), "reason": "Family"}
    assert alice.post(reverse("act", args=["leave.take", cast.alice.pk]), away).status_code == 303
    assert "covered by Bob" in alice.get(page).content.decode()
    # Nobody covers for themselves, and nobody is away twice.
    again = alice.post(reverse("act", args=["leave.take", cast.alice.pk]), away | {"cover": cast.alice.pk})
    assert list(again.context["form"].errors) == ["cover"]

    # What comes in meanwhile stays hers, and Bob has it: on his Today, with the account, which he sees only now,
    # and with the credit for what he keeps.
    assert due(days, cast, book).owner == cast.alice
    bob = signed_in(client, cast, "bob")
    assert "Acme Ltd" in bob.get(reverse("today")).content.decode()
    assert bob.get(reverse("account", args=[book.alices.pk])).status_code == 200
    log_message(book.alices, direction="out", body="The big one", actor=cast.actor("bob"))
    days.run()
    assert [verdict.owner for verdict in Opening.objects.get().verdicts.all()] == [cast.bob]

    # Called off a day later it is handed back from that day on.
    days.later(days=1)
    cancel = reverse("act", args=["leave.cancel", Leave.objects.get().pk])
    assert signed_in(client, cast, "mallory").post(cancel).status_code == 403
    assert signed_in(client, cast, "alice").post(cancel).status_code == 303
    assert Leave.objects.get().until_day == today
    assert signed_in(client, cast, "bob").get(reverse("account", args=[book.alices.pk])).status_code == 404


def test_leave_of_somebody_else_is_entered_by_whoever_leads_them(
    days: Days, client: Client, cast: Cast, book: Book
) -> None:
    day = cast.actor("alice").day
    away = {"cover": cast.bob.pk, "from_day": day, "until_day": day}
    take = reverse("act", args=["leave.take", cast.alice.pk])
    assert signed_in(client, cast, "bob").post(take, away).status_code == 403
    assert signed_in(client, cast, "lena").post(take, away).status_code == 303


@pytest.mark.parametrize(
    ("pod", "account", "expected"),
    [
        # A question on Monday at 9:00 in New York. Nine to five: four hours later it is 13:00, in UTC 18:00.
        ({}, {}, "2026-03-02 18:00"),
        # The pod begins at noon: 16:00, in UTC 21:00.
        ({"calendar": "late"}, {}, "2026-03-02 21:00"),
        # In Los Angeles it is six: the pod's noon there and four hours are 16:00, in UTC midnight.
        ({"calendar": "late", "zone": "America/Los_Angeles"}, {}, "2026-03-03 00:00"),
        # The client's own calendar wins over the pod's, its zone still the pod's: 9:00 and four hours, in UTC 21:00.
        ({"calendar": "late", "zone": "America/Los_Angeles"}, {"calendar": "standard"}, "2026-03-02 21:00"),
        # A client in Paris, where it is 15:00: two hours today and two tomorrow, 11:00 there, in UTC 10:00.
        ({"calendar": "late"}, {"calendar": "standard", "zone": "Europe/Paris"}, "2026-03-03 10:00"),
        # The same client in the pod's hours: until 19:00 in Paris today, in UTC 18:00.
        ({"calendar": "late"}, {"zone": "Europe/Paris"}, "2026-03-02 18:00"),
    ],
)
def test_a_promise_counts_in_the_hours_of_the_client_else_of_their_pod(
    days: Days,
    client: Client,
    cast: Cast,
    book: Book,
    pod: dict[str, str],
    account: dict[str, str],
    expected: str,
) -> None:
    olive = signed_in(client, cast, "olive")
    if pod:
        assert olive.post(reverse("act", args=["pod.change", cast.pod.pk]), pod).status_code == 303
    if account:
        name = {"name": "Acme Ltd", "status": "active"}
        change = reverse("act", args=["account.change", book.alices.pk])
        form = olive.get(change).context["form"]
        kept = {key: value for key, value in form.initial.items() if value not in (None, "", {}, False)}
        assert olive.post(change, kept | name | account).status_code == 303
    assert due(days, cast, book).due_at == at(expected)


def test_a_holiday_of_the_pod_is_not_counted(days: Days, client: Client, cast: Cast, book: Book) -> None:
    olive = signed_in(client, cast, "olive")
    olive.post(reverse("act", args=["pod.change", cast.pod.pk]), {"calendar": "late"})
    days.until(at("2026-03-02 23:00"))  # 18:00 in New York: two hours are left, and Tuesday is a holiday
    assert due(days, cast, book).due_at == at("2026-03-04 19:00")  # 14:00 on Wednesday


def test_a_person_works_in_their_own_hours_else_in_those_of_their_pod(client: Client, cast: Cast, book: Book) -> None:
    olive = signed_in(client, cast, "olive")
    sam = reverse("person", args=[cast.sam.pk])
    assert "Nine to five, New York time" in olive.get(sam).content.decode()
    olive.post(reverse("act", args=["pod.change", cast.pod.pk]), {"calendar": "late", "zone": "Europe/Paris"})
    assert "Noon to eight, Paris time" in olive.get(sam).content.decode()
    assert "Noon to eight, Paris time" in olive.get(reverse("people")).content.decode()
    change = reverse("act", args=["person.change", cast.sam.pk])
    assert olive.post(change, {"zone": "Asia/Tokyo"}).status_code == 303
    assert "Noon to eight, Tokyo time" in olive.get(sam).content.decode()
    found = calendar_of(Person.objects.get(pk=cast.sam.pk), cast.actor("sam").model)
    assert (found.zone, date(2026, 3, 3) in found.holidays) == ("Asia/Tokyo", True)


def test_a_zone_that_does_not_exist_is_refused_before_it_breaks_a_page(client: Client, cast: Cast, book: Book) -> None:
    olive = signed_in(client, cast, "olive")
    for act, subject in (("person.change", cast.sam.pk), ("pod.change", cast.pod.pk)):
        answer = olive.post(reverse("act", args=[act, subject]), {"zone": "Mars/Base"})
        assert list(answer.context["form"].errors) == ["zone"]
