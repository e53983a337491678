"""A review: its preparation, slides and PDF in one press, the survey in the portal, where the answers are read."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.blueprint.model import Model
from tenure.identity.people import Person
from tenure.records.account import Account
from tenure.records.contact import add_contact, change_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.goal import set_goal
from tenure.records.meeting import Meeting, hold_meeting, schedule_meeting
from tenure.records.report import Report
from tenure.records.survey import SurveyAnswer, answer_survey
from tenure.work.commitments import Opening
from tenure.work.refresh import refresh_standing
from tests.book import Book
from tests.cast import Cast, at, blueprint

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-08")]

SURVEY = {
    "label": "After a review",
    "questions": {
        "satisfied": {"text": "How satisfied are you", "scale": "csat"},
        "why": {"text": "Why", "scale": "text"},
    },
}


@pytest.fixture
def model() -> Model:
    rules = {key: rule.model_dump() for key, rule in blueprint().raci.items()}
    theirs = {"accountable": "client", "responsible": ["csm"]}
    return blueprint(
        raci=rules | {"survey.answer": theirs},
        meetings={"review": {"label": "First review", "survey": "after"}, "sync": {"label": "Sync"}},
        reports={"review": {"label": "First review", "covers": "start", "meeting": "review"}},
        surveys={"after": SURVEY},
        deliverables={"piece": {"label": "Piece"}},
        commitments={
            "tfr": {
                "label": "First result",
                "opens": {"on": "contract.started"},
                "met_by": [{"on": "deliverable.delivered"}],
                "within": "14 days",
                "owner": "csm",
            }
        },
    )


@pytest.fixture
def now() -> Iterator[clock.SetClock]:
    with clock.use(clock.SetClock(at("2026-03-02 15:00"))) as hands:
        assert isinstance(hands, clock.SetClock)
        yield hands


@pytest.fixture
def acme(now: clock.SetClock, book: Book, cast: Cast) -> Account:
    """An account with a contract, an outcome, a piece that is out, a promise that was kept, and Carl as its contact."""
    alice, account = cast.actor("alice"), book.alices
    start_contract(account, starts_on=date(2026, 1, 5), amount=9600, actor=cast.actor("olive"))
    set_goal(account, title="60 orders", baseline=12, target=60, home_run=True, actor=alice)
    piece = plan_deliverable(account, type="piece", title="Film of the oven", at=at("2026-02-03 12:00"), actor=alice)
    deliver_deliverable(piece, at=at("2026-02-10 12:00"), actor=alice)
    Opening.objects.create(
        rule="tfr", account_id=account.pk, opening="tfr:1", opened_at=at("2026-02-01 12:00"),
        due_at=at("2026-02-15 12:00"), met_at=at("2026-02-10 12:00"), judged_at=at("2026-02-10 12:00"), status="met",
        owner_role="csm",
    )  # fmt: skip
    contact = add_contact(account, name="Carl", email="carl@acme.example", actor=alice)
    change_contact(contact, person=cast.carl.pk, actor=alice)
    refresh_standing([account.pk], alice)
    return account


@pytest.fixture
def review(acme: Account, cast: Cast) -> Meeting:
    return schedule_meeting(
        acme, type="review", starts_at=clock.now() + timedelta(minutes=30), actor=cast.actor("alice")
    )


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend=project.AUTHENTICATION_BACKENDS[0])
    return client


def test_its_page_holds_what_it_is_prepared_from_and_makes_slides_and_pdf_in_one_press(
    review: Meeting, acme: Account, cast: Cast
) -> None:
    client = signed_in(cast.alice)
    address = reverse("meeting", args=[review.pk])
    shown = client.get(address).content.decode()
    for words in ("60 orders", "First result", "1 of 1 kept", "Film of the oven", "Prepare slides and PDF"):
        assert words in shown, words
    given = {"type": "review", "next": address}
    answer = client.post(reverse("report_prepare", args=[acme.pk]), given)
    assert (answer.status_code, answer["Location"]) == (303, address)
    report = Report.objects.get()
    assert (report.type, report.first, report.last) == ("review", date(2026, 1, 5), date(2026, 3, 1))
    shown = client.get(address).content.decode()
    for name in ("report_deck", "report_pdf"):
        assert reverse(name, args=[report.pk]) in shown
        assert client.get(reverse(name, args=[report.pk])).status_code == 200
    sync = schedule_meeting(acme, type="sync", starts_at=clock.now() + timedelta(hours=1), actor=cast.actor("alice"))
    assert "Prepare slides and PDF" not in client.get(reverse("meeting", args=[sync.pk])).content.decode()


def test_the_client_is_asked_in_the_portal_and_the_answer_is_read_where_it_belongs(
    review: Meeting, acme: Account, cast: Cast, now: clock.SetClock
) -> None:
    now.set(at("2026-03-02 17:00"))
    held = hold_meeting(review, actor=cast.actor("alice"))
    asked = signed_in(cast.carl).get(reverse("portal_meeting", args=[acme.pk, held.pk])).content.decode()
    assert "How satisfied are you?" in asked
    given = {"answer-satisfied": "3", "answer-why": "The film came late"}
    answer = reverse("portal_answer", args=[acme.pk, held.pk])
    assert signed_in(cast.carl).post(answer, given).status_code == 303
    assert signed_in(cast.carl).post(answer, given | {"answer-satisfied": "5"}).status_code >= 400
    assert [row.score for row in SurveyAnswer.objects.filter(question="satisfied")] == [3]
    for address in (
        reverse("account", args=[acme.pk]),
        reverse("meeting", args=[held.pk]),
        reverse("surveys"),
        reverse("account_surveys", args=[acme.pk]),
    ):
        assert "The film came late" in signed_in(cast.alice).get(address).content.decode(), address
    # Mallory's accounts are others.
    assert "The film came late" not in signed_in(cast.mallory).get(reverse("surveys")).content.decode()


def test_score_count_and_response_rate_are_of_those_who_were_asked(
    acme: Account, cast: Cast, now: clock.SetClock
) -> None:
    """Three reviews were held, two answered: with 5 and with 2. One of two is satisfied, two of three answered."""
    alice = cast.actor("alice")
    now.set(at("2026-03-05 17:00"))
    held = []
    for day in ("03", "04", "05"):
        made = schedule_meeting(acme, type="review", starts_at=at(f"2026-03-{day} 15:00"), actor=alice)
        held.append(hold_meeting(made, actor=alice))
    for meeting, score in zip(held, (5, 2), strict=False):
        answer_survey(acme, survey="after", answers={"satisfied": score}, meeting=meeting.pk, actor=alice)
    shown = signed_in(cast.alice).get(reverse("surveys")).content.decode()
    for words in (
        "50 %",
        "per cent of 4 and 5 on a scale of 5",
        "2 with a score",
        "67 %",
        "2 of 3 meetings that asked",
    ):
        assert words in shown, words
    quiet = signed_in(cast.mallory).get(reverse("surveys")).content.decode()
    assert "nobody answered in this time" in quiet
