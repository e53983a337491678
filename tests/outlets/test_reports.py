"""The client report: figures worked out by hand, words that say what the figures say, paper and slides with both."""

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pptx import Presentation

from tenure.assist.report_words import words_of
from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.model import Model
from tenure.blueprint.role_card import role_card
from tenure.facts.lake import Lake
from tenure.outlets.deck import report_deck
from tenure.outlets.paper import card_pdf, report_data, report_pdf
from tenure.pipeline.reporting import days_covered, prepare
from tenure.records.account import Account
from tenure.records.contact import Contact, add_contact
from tenure.records.contract import start_contract
from tenure.records.deliverable import deliver_deliverable, plan_deliverable
from tenure.records.delivery import Mail
from tenure.records.goal import judge_goal, set_goal
from tenure.records.note import log_note
from tenure.records.point import enter_point
from tenure.records.report import (
    Content,
    Outcome,
    Piece,
    Report,
    Series,
    approve_report,
    change_report,
    prepare_report,
    recall_report,
)
from tests.cast import Cast, at, blueprint
from tests.outlets.conftest import Mailbox
from tests.records.conftest import SECTIONS
from tests.records.facts import last_fact

TOWN = "The till says so"


@pytest.fixture
def model() -> Model:
    metrics = {
        "inquiries": {"label": "Inquiries", "unit": "inquiries", "client_visible": True},
        "effort": {"label": "Hours we spent", "unit": "hours"},
    }
    reports = {"monthly": {"label": "Monthly report"}, "review": {"label": "First review", "covers": "start"}}
    company = {"name": "Cast and Company", "zone": "America/New_York", "currency": "USD", "accent": "#225577"}
    return blueprint(**SECTIONS | {"metrics": metrics, "reports": reports, "company": company})


@pytest.fixture
def dana(acme: Account, cast: Cast) -> Contact:
    return add_contact(acme, name="Dana Whitfield", email="dana@acme.example", actor=cast.actor("alice"))


@pytest.fixture
def lived(acme: Account, cast: Cast) -> Account:
    """February of an account: 12 inquiries against 8 in the four weeks before, an outcome half way, two pieces."""
    alice = cast.actor("alice")
    # February has 28 days, so the time before it is 4 to 31 January.
    for on, value in ((date(2026, 1, 10), 5), (date(2026, 1, 31), 3), (date(2026, 2, 1), 4), (date(2026, 2, 28), 8)):
        enter_point(acme, metric="inquiries", day=on, value=Decimal(value), actor=alice)
    enter_point(acme, metric="inquiries", day=date(2026, 3, 1), value=Decimal(90), actor=alice)
    enter_point(acme, metric="effort", day=date(2026, 2, 2), value=Decimal(818), actor=alice)
    goal = set_goal(
        acme, title="60 orders a week", baseline=20, target=60, home_run=True, at=at("2026-02-02 12:00"), actor=alice
    )
    judge_goal(goal, attained=True, current=66, evidence=TOWN, actor=alice)  # in March, so February knows nothing of it
    film = plan_deliverable(acme, type="plan", title="Film of the oven", at=at("2026-02-03 12:00"), actor=alice)
    deliver_deliverable(film, at=at("2026-02-10 12:00"), actor=alice)
    plan_deliverable(acme, type="plan", title="Film of the yard", due_on=date(2026, 3, 9), actor=alice)
    plan_deliverable(acme, type="audit", title="Margin audit", due_on=date(2026, 3, 9), actor=alice)
    log_note(acme, text="They may leave", actor=alice)
    return acme


@pytest.mark.requirement("R-07", "P-03")
def test_it_shows_what_stood_on_its_last_day_and_only_what_a_client_may_see(
    lived: Account, cast: Cast, lake: Lake
) -> None:
    report = prepare(lived, "monthly", cast.actor("alice"), lake)
    shows = report.shows
    assert (report.first, report.last) == (date(2026, 2, 1), date(2026, 2, 28))
    (series,) = shows.series
    # 4 + 8 in February, 5 + 3 before; the 90 of March and our own hours stay out.
    assert (series.metric, series.now, series.before, series.change) == ("inquiries", 12.0, 8.0, 0.5)
    (outcome,) = shows.outcomes
    assert (outcome.title, outcome.baseline, outcome.target, outcome.status) == ("60 orders a week", 20, 60, "open")
    assert outcome.evidence == "", "what was said in March shows nothing of February"
    assert [piece.title for piece in shows.published] == ["Film of the oven"]
    assert [piece.title for piece in shows.planned] == ["Film of the yard"]
    assert report.sentence == (
        "“60 orders a week” stands at 20 of 60, where it began. Inquiries rose by 50 % to 12 in February 2026."
    )
    assert report.reason == "", "one piece went out, and nobody knows that it is why"
    # What the portal asks for stands there, too: the plan was never agreed to; and is what was reached worth it?
    assert report.next_step == (
        "Our Alice brings out “Film of the yard” next, planned for 9 March. "
        "From you we need: Your answer to “Was it worth it? 60 orders a week”; Your approval of “Film of the oven”."
    )


@pytest.mark.requirement("P-14")
def test_nothing_internal_reaches_paper_or_slides(lived: Account, cast: Cast, lake: Lake, model: Model) -> None:
    report = prepare(lived, "monthly", cast.actor("alice"), lake)
    said = f"{report.content} {report_data(report, model)} {_slides(report_deck(report, model))}"
    for word in ("They may leave", "Margin audit", "Hours we spent", "818", TOWN):
        assert word not in said


def _slides(deck: bytes) -> str:
    shapes = [shape for slide in Presentation(io.BytesIO(deck)).slides for shape in slide.shapes]
    return "\n".join(shape.text_frame.text for shape in shapes if shape.has_text_frame)


@pytest.mark.requirement("R-07")
def test_what_was_prepared_stays_as_it_was_taken(lived: Account, cast: Cast, lake: Lake) -> None:
    alice = cast.actor("alice")
    report = prepare(lived, "monthly", alice, lake)
    enter_point(lived, metric="inquiries", day=date(2026, 2, 14), value=Decimal(10), actor=alice)
    report.refresh_from_db()
    assert report.shows.series[0].now == 12.0
    again = prepare(lived, "monthly", alice, lake)
    assert (again.pk, again.shows.series[0].now) == (report.pk, 22.0)
    approve_report(again, actor=alice)
    with pytest.raises(Refused) as refusal:
        prepare(lived, "monthly", alice, lake)
    assert refusal.value.code == "approved"


@pytest.mark.requirement("R-07", "P-11")
def test_approved_it_goes_out_with_its_pdf(
    lived: Account, dana: Contact, cast: Cast, lake: Lake, mailbox: Mailbox, later: Any
) -> None:
    alice = cast.actor("alice")
    report = prepare(lived, "monthly", alice, lake)
    change_report(report, sentence="Twelve people asked for an offer.", actor=alice)
    approve_report(report, delivery="mail", actor=alice)
    assert last_fact("report.approved").data["receivers"] == 1
    assert later(minutes=1) == 1
    (mail,) = mailbox.received
    assert mail["Subject"] == "Acme Ltd: Monthly report from Cast and Company"
    body = mail.get_body(("plain",))
    assert body is not None
    assert "Twelve people asked for an offer." in body.get_content()
    (file,) = mail.iter_attachments()
    assert file.get_filename() == "acme-ltd-monthly-report-2026-02.pdf"
    assert file.get_content()[:5] == b"%PDF-"


def test_an_approval_is_taken_back_with_its_mail(lived: Account, dana: Contact, cast: Cast, settings: Any) -> None:
    settings.MAIL_FROM = "hello@cast.example"
    alice = cast.actor("alice")
    report = prepare_report(
        lived, type="monthly", first=date(2026, 2, 1), last=date(2026, 2, 28), sentence="Well.", content=Content(),
        actor=alice,
    )  # fmt: skip
    approve_report(report, delivery="mail", actor=alice)
    back = recall_report(report, actor=alice)
    assert (back.status, Mail.objects.get().status) == ("draft", "stopped")
    approve_report(back, delivery="mail", actor=alice)
    assert sorted(Mail.objects.values_list("status", flat=True)) == ["stopped", "waiting"]


def test_a_machine_approves_nothing(lived: Account, system: Any) -> None:
    report = Report.objects.create(
        account=lived, type="monthly", first=date(2026, 2, 1), last=date(2026, 2, 28), sentence="Well.",
        prepared_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        approve_report(report, actor=system)
    assert refusal.value.code == "nobody"


def series(label: str, now: float | None, before: float | None, **more: Any) -> Series:
    return Series(metric=label.lower(), label=label, unit=label.lower(), now=now, before=before, **more)


def goal(**changes: Any) -> Outcome:
    given = {"goal": "1", "title": "60 orders", "baseline": 20, "target": 60, "now": 50, "home_run": True}
    return Outcome.model_validate(given | changes)


SENTENCES = {
    "There are no figures for this time yet.": Content(),
    "Views rose by 25 % to 500.": Content(series=[series("Views", 500, 400), series("Clicks", 97, 100)]),
    # A fall of five per cent and more is told beside the rise; the blueprint's first figure leads, however small.
    "Views rose by 25 % to 500, while clicks fell by 10 % to 90.": Content(
        series=[series("Views", 500, 400), series("Clicks", 90, 100)]
    ),
    "Views rose slightly, by 3 % to 412 in May 2026, while clicks fell by 10 % to 90.": Content(
        series=[series("Views", 412, 400), series("Clicks", 90, 100), series("Calls", 20, 40)], period="in May 2026"
    ),
    # What the plan puts first leads, though another figure moved more.
    "Clicks fell slightly, by 3 % to 97, while views rose by 25 % to 500.": Content(
        outcomes=[goal(metric="clicks", now=None)], series=[series("Views", 500, 400), series("Clicks", 97, 100)]
    ),
    "Clicks fell by 10 % to 90. “60 orders” stands at 18 of 60, below the 20 with which it began.": Content(
        outcomes=[goal(metric="clicks", now=18)], series=[series("Views", 401, 400), series("Clicks", 90, 100)]
    ),
    "“60 orders” stands at 9 of 2, above the 8 with which it began.": Content(
        outcomes=[goal(baseline=8, target=2, now=9)]
    ),
    # A handful has no percentage.
    "Calls rose from 2 to 5.": Content(series=[series("Calls", 5, 2)]),
    "There were 500 views in May 2026.": Content(series=[series("Views", 500, None)], period="in May 2026"),
    "Views fell by 20 % to 320.": Content(series=[series("Views", 320, 400)]),
    "Views held at 400.": Content(series=[series("Views", 400, 400)]),
    # (50 - 20) / (60 - 20) = 3/4
    "“60 orders” stands at 50 of 60, 75 % of the way from 20.": Content(outcomes=[goal()]),
    "“60 orders” is reached with 62 orders.": Content(outcomes=[goal(status="attained", now=62, unit="orders")]),
    "“60 orders” stands at 50 of 60, 75 % of the way from 20. Views rose by 25 % to 500.": Content(
        outcomes=[goal()], series=[series("Views", 500, 400)]
    ),
    "“60 orders” was not reached, with 50 of 60.": Content(outcomes=[goal(status="missed")]),
    # More than was aimed at is said, not cut off.
    "“60 orders” is past its target of 60, with 62.": Content(outcomes=[goal(now=62)]),
    # What was judged before the time of this report is no news; how the plan ended is told in a word.
    "The plan ended on 4 May: 1 of its 2 outcomes was reached, “60 orders”.": Content(
        outcomes=[
            goal(status="attained", is_news=False, due_on=date(2026, 5, 4)),
            goal(status="missed", is_news=False),
        ],
        figures_to=date(2026, 5, 31),
    ),
    # Judged before the day for which they were planned: when the plan ended is not said.
    "The plan has ended: both of its outcomes were reached.": Content(
        outcomes=[goal(status="attained", is_news=False, due_on=date(2026, 6, 4))] * 2, figures_to=date(2026, 5, 31)
    ),
    # Nothing before: there is no change to speak of.
    "“60 orders” stands at 20 of 60, where it began.": Content(
        outcomes=[goal(now=20)], series=[series("Views", 500, None)]
    ),
}


@pytest.mark.requirement("R-07")
@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_sentence_says_what_the_figures_say(sentence: str) -> None:
    assert words_of(SENTENCES[sentence])[0] == sentence


@pytest.mark.parametrize(
    ("covers", "today", "first", "last"),
    [
        ("month", date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 28)),
        ("month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        ("quarter", date(2026, 5, 20), date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 1, 1), date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_a_report_covers_whole_months_and_quarters_that_are_over(
    acme: Account, model: Model, covers: str, today: date, first: date, last: date
) -> None:
    terms = model.reports["monthly"].model_copy(update={"covers": covers})
    assert days_covered(terms, acme, today) == (first, last)


@pytest.mark.requirement("R-08")
def test_a_review_covers_all_since_the_contract_began(acme: Account, cast: Cast, model: Model) -> None:
    with pytest.raises(Refused) as refusal:
        days_covered(model.reports["review"], acme, date(2026, 3, 2))
    assert refusal.value.code == "no_time"
    start_contract(acme, starts_on=date(2025, 12, 1), amount=9600, actor=cast.actor("olive"))
    assert days_covered(model.reports["review"], acme, date(2026, 3, 2)) == (date(2025, 12, 1), date(2026, 3, 1))


@pytest.mark.requirement("R-08")
def test_slides_have_native_charts_and_titles(lived: Account, cast: Cast, lake: Lake, model: Model) -> None:
    report = prepare(lived, "monthly", cast.actor("alice"), lake)
    deck = Presentation(io.BytesIO(report_deck(report, model)))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles == [
        report.sentence, "The plan, as of 28 February 2026",
        "The figures in February 2026, beside the 28 days before", "The work", "What comes next",
    ]  # fmt: skip
    (chart,) = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert sum(value for value in chart.plots[0].series[0].values if value) == 20  # 8 of January and 12 of February


@pytest.mark.requirement("R-17")
def test_a_role_fits_on_one_page_of_paper(model: Model) -> None:
    made = card_pdf(role_card(model, "csm"), model, date(2026, 3, 2))
    assert made[:5] == b"%PDF-"
    assert made.count(b"/Type /Page\n") + made.count(b"/Type/Page\n") + made.count(b"/Type /Page ") <= 1


def test_paper_in_any_words(acme: Account, cast: Cast, model: Model) -> None:
    """What looks like markup to the typesetter is words to us."""
    report = prepare_report(
        acme, type="monthly", first=date(2026, 2, 1), last=date(2026, 2, 28), sentence='#panic("x") $ _a_ [b] \\ "c"',
        content=Content(published=[Piece(id="1", title="*bold* #let", day=date(2026, 2, 1) + timedelta(days=3))]),
        actor=cast.actor("alice"),
    )  # fmt: skip
    assert report_pdf(report, model)[:5] == b"%PDF-"
