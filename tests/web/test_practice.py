"""The practice ground by its pages: a candidate works, an assessor judges, and neither sees what is not theirs."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tenure.base import clock
from tenure.base.errors import Refused
from tenure.blueprint.diff import Change
from tenure.blueprint.model import Model
from tenure.identity.actor import Actor
from tenure.identity.blueprints import BlueprintVersion
from tenure.identity.ledger import LedgerEntry
from tenure.identity.people import Person
from tenure.identity.staff import erase_person, export_person
from tenure.records.account import Account
from tenure.records.delivery import why_kept
from tenure.records.goal import change_goal, drop_goal, set_goal
from tenure.records.practice import Attempt, begin_attempt, invite_to_practice, link_key, restart_attempt
from tenure.records.practice_assessment import Assessment, CriterionScore, score_attempt
from tenure.records.practice_call import PracticeCall, PracticeTurn
from tenure.records.practice_tasks import tasks_of
from tenure.sources.parcels import Parcel
from tenure.web.blueprint_page import SECTIONS, files_of
from tenure.web.blueprint_plan import changes_by_section
from tenure.work.refresh import refresh_standing
from tests.cast import Cast
from tests.web.ground import HIDDEN, Ground, make_ground, practising, step_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R-16")]


@pytest.fixture
def model() -> Model:
    return practising()


@pytest.fixture
def ground(cast: Cast, settings: Any) -> Ground:
    settings.PRACTICE = settings.KEEPS_MAIL = True
    return make_ground(cast)


def read(client: Client, name: str, *args: str) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def play(client: Client, attempt: Attempt, *lines: str) -> PracticeCall:
    assert client.post(reverse("practice_call_begin", args=[attempt.pk, "first"])).status_code == 303
    call = PracticeCall.objects.get(attempt=attempt)
    for line in lines:
        assert client.post(reverse("practice_call", args=[call.pk]), {"line": line}).status_code == 303
    return call


def test_every_candidate_has_the_same_client_and_none_but_it(ground: Ground, cast: Cast) -> None:
    accounts = Account.objects.filter(attempts__isnull=False)
    assert [(each.name, each.summary) for each in accounts] == [("Ada's Bakery", "A bakery.")] * 2
    points = Parcel.objects.filter(table="points").order_by("pk")
    figures = [[(row["metric"], row["value"], row["happened_at"]) for row in parcel.rows] for parcel in points]
    assert figures[0] == figures[1]
    # 70 by the shares 15 13 14 16 17 13 12 is 10.5 9.1 9.8 11.2 11.9 9.1 8.4: 67 whole ones, and three for the
    # greatest remainders .9, .8 and .5, the fifth, third and first day.
    assert [value for _, value, _ in figures[0][:7]] == [11, 9, 10, 11, 12, 9, 8]
    assert [sum(value for _, value, _ in figures[0][at : at + 7]) for at in (0, 7, 14)] == [70, 75, 61]
    refresh_standing([ground.casss.account_id, ground.devs.account_id], cast.actor("olive"))
    for person, mine in ((ground.cass, ground.casss), (ground.dev, ground.devs)):
        page = read(step_in(person), "portfolio")
        assert mine.account_id in page
        assert ({ground.casss.account_id, ground.devs.account_id} - {mine.account_id}).pop() not in page


def test_a_candidate_comes_in_by_the_link_and_by_no_other(ground: Ground, cast: Cast, client: Client) -> None:
    address = reverse("practice_come_in", args=[link_key(ground.casss)])
    welcome = client.get(address)
    assert "Welcome, Cass Doyle" in welcome.content.decode()
    assert "_auth_user_id" not in client.session  # opening it signs nobody in
    assert client.post(address)["Location"] == reverse("attempt", args=[ground.casss.pk])
    assert client.session["_auth_user_id"] == ground.cass.pk
    assert Client().post(address).status_code == 302  # it lets in again
    assert Client().get(reverse("practice_come_in", args=["made-up"])).status_code == 410
    olive = step_in(cast.olive)
    assert olive.post(reverse("act", args=["attempt.renew_link", ground.casss.pk])).status_code == 303
    assert Client().post(address).status_code == 410  # the link before
    Attempt.objects.filter(pk=ground.devs.pk).update(link_made_at=clock.now() - timedelta(days=14, seconds=1))
    assert Client().post(reverse("practice_come_in", args=[link_key(ground.devs)])).status_code == 410


def test_the_walk_of_a_candidate(ground: Ground) -> None:
    cass = step_in(ground.cass)
    assert cass.get(reverse("practice"))["Location"] == reverse("attempt", args=[ground.casss.pk])
    before = read(cass, "attempt", ground.casss.pk)
    assert "0 of 2" in before
    assert "Pick up the telephone" not in before
    assert cass.post(reverse("practice_call_begin", args=[ground.casss.pk, "first"])).status_code == 422  # not begun
    assert cass.post(reverse("practice_begin", args=[ground.casss.pk])).status_code == 303
    call = play(cass, ground.casss, "What do you want?", "I like your bread")
    chosen = {"chosen": "What do you want in 90 days?", "notes": "Ten more?"}
    assert cass.post(reverse("practice_call", args=[call.pk]), chosen).status_code == 303
    page = read(cass, "practice_call", call.pk)
    spoken = ["Yes? Who is this?", "What do you want?", "That depends.", "I like your bread", "Rye, mostly.",
              "What do you want in 90 days?", "Ten more a day."]  # fmt: skip
    assert [page.index(words) for words in spoken] == sorted(page.index(words) for words in spoken)
    assert "Ten more?" in page  # the notes, kept with the line
    assert cass.post(reverse("practice_call", args=[call.pk]), {"then": "end"}).status_code == 303
    assert "Speak soon." in read(cass, "practice_call", call.pk)
    again = cass.post(reverse("practice_call", args=[call.pk]), {"line": "Hello?"})
    assert again.status_code == 422
    assert "This call has ended." in again.content.decode()
    assert "1 of 2" in read(cass, "attempt", ground.casss.pk)
    actor = Actor.of(ground.cass)
    set_goal(ground.casss.account, title="Ten more loaves", target=Decimal(70), home_run=True, actor=actor)
    assert "Outcomes: 1 of 2" in read(cass, "attempt", ground.casss.pk)
    set_goal(ground.casss.account, title="A second oven", target=Decimal(2), actor=actor)
    assert "2 of 2" in read(cass, "attempt", ground.casss.pk)
    assert cass.post(reverse("practice_hand_in", args=[ground.casss.pk])).status_code == 303
    ground.casss.refresh_from_db()
    assert ground.casss.status == "handed_in"


def test_only_what_the_candidate_did_since_they_began_counts(ground: Ground, cast: Cast, model: Model) -> None:
    def done() -> list[list[int]]:
        ground.casss.refresh_from_db()
        return [[proof.count for proof in each.proofs] for each in tasks_of(ground.casss, model.practice["bakery"])]

    cass, account = Actor.of(ground.cass), ground.casss.account
    set_goal(account, title="Before", target=Decimal(1), home_run=True, actor=cass)
    assert done() == [[0], [0, 0]]
    begin_attempt(ground.casss, actor=cass)
    set_goal(account, title="Somebody else's", target=Decimal(1), home_run=True, actor=cast.actor("olive"))
    assert done() == [[0], [0, 0]]
    goal = set_goal(account, title="Without a target", home_run=True, actor=cass)
    assert done() == [[0], [0, 1]]
    change_goal(goal, target=Decimal(5), actor=cass)  # what is added later counts as it stands now
    assert done() == [[0], [1, 1]]
    drop_goal(goal, reason="wrong", actor=cass)
    assert done() == [[0], [1, 1]]  # the fact stays; what became of it stands beside it


def test_nothing_hidden_is_on_a_candidates_pages(ground: Ground, cast: Cast) -> None:
    cass = step_in(ground.cass)
    cass.post(reverse("practice_begin", args=[ground.casss.pk]))
    call = play(cass, ground.casss, "I like your bread", "Nonsense", "More nonsense", "Still more")
    call.refresh_from_db()
    refresh_standing([ground.casss.account_id], cast.actor("olive"))
    assert (call.ending, call.state["levels"]) == ("gone", {"fondness": 5, "endurance": 0})
    pages = [
        read(cass, "practice_call", call.pk),
        read(cass, "attempt", ground.casss.pk),
        read(cass, "account", ground.casss.account_id),
        read(cass, "account_timeline", ground.casss.account_id),
        read(cass, "today"),
    ]
    assert "My oven. Goodbye." in pages[0]
    assert [words for page in pages for words in HIDDEN if words.lower() in page.lower()] == []
    # The script and the rubric stand in the blueprint, and others on the pages of the company.
    for name in ("blueprint", "people", "team", "ledger", "numbers"):
        assert cass.get(reverse(name)).status_code == 404, name
    assert cass.get(reverse("blueprint_part", args=["practice", "bakery"])).status_code == 404
    found = cass.get(reverse("find"), {"q": "Dev"}).content.decode()
    assert "Dev Patel" not in found
    form = cass.get(reverse("act", args=["goal.set", ground.casss.account_id])).content.decode()
    assert "Cass Doyle" in form
    assert "Dev Patel" not in form  # among those who could own it


def test_a_candidate_reaches_nothing_of_another(ground: Ground) -> None:
    dev, cass = step_in(ground.dev), step_in(ground.cass)
    cass.post(reverse("practice_begin", args=[ground.casss.pk]))
    call = play(cass, ground.casss, "I like your bread")
    for name, args, post in (
        ("attempt", [ground.casss.pk], None),
        ("practice_assess", [ground.casss.pk], None),
        ("practice_result", [ground.casss.pk], None),
        ("practice_begin", [ground.casss.pk], {}),
        ("practice_hand_in", [ground.casss.pk], {}),
        ("practice_call_begin", [ground.casss.pk, "first"], {}),
        ("practice_call", [call.pk], None),
        ("practice_call", [call.pk], {"line": "Hello"}),
        ("account", [ground.casss.account_id], None),
    ):
        url = reverse(name, args=args)
        code = (dev.get(url) if post is None else dev.post(url, post)).status_code
        assert code in (403, 404), (name, code)
    assert dev.get(reverse("practice_compare", args=["bakery"])).status_code == 403
    assert dev.get(reverse("practice_assess", args=[ground.devs.pk])).status_code == 403  # nor judges themselves
    assert PracticeTurn.objects.count() == 1
    # Nobody plays for somebody else, whatever they may reach.
    assert ground.dev.pk not in read(cass, "practice_call", call.pk)


def test_an_assessor_judges_and_the_result_stays(ground: Ground, cast: Cast) -> None:
    cass, olive = step_in(ground.cass), step_in(cast.olive)
    assess = reverse("practice_assess", args=[ground.casss.pk])
    assert olive.post(assess, {"level_listens": "4", "then": "keep"}).status_code == 422  # not begun
    cass.post(reverse("practice_begin", args=[ground.casss.pk]))
    play(cass, ground.casss, "I like your bread", "What do you want?")
    goal = set_goal(
        ground.casss.account, title="Ten more", baseline=Decimal(60), target=Decimal(70), actor=Actor.of(ground.cass)
    )
    cass.post(reverse("practice_hand_in", args=[ground.casss.pk]))
    page = olive.get(assess).content.decode()
    # All of it but a key that nobody reads, and the end of a call that goes on.
    assert [words for words in HIDDEN if words.lower() not in page.lower()] == ["sweet_talk", "goal is known"]
    assert "Fondness, from 2 to 5 over 2 turns" in page
    assert "from 60 to 70" in page  # the evidence of the plan, from the ledger
    assert olive.post(assess, {"level_listens": "4", "note_listens": "Warm", "then": "conclude"}).status_code == 422
    levels = {"level_listens": "4", "note_listens": "Warm", "level_plans": "2", "note_plans": "Late"}
    done = olive.post(assess, levels | {"closing": "Take her", "then": "conclude"})
    assert done["Location"] == reverse("practice_result", args=[ground.casss.pk])
    held = Assessment.objects.get()
    # (3 x 4 + 1 x 2) / 4 = 3.5, which is just enough, and no criterion is below its least.
    assert (held.mean, held.passed, held.assessor, held.is_shared) == (Decimal("3.50"), True, cast.olive, False)
    assert "3.50" in read(olive, "practice_result", ground.casss.pk)
    assert cass.get(reverse("practice_result", args=[ground.casss.pk])).status_code == 404  # not shared
    ground.casss.refresh_from_db()
    with pytest.raises(Refused):
        score_attempt(ground.casss, criterion="listens", level=5, actor=cast.actor("olive"))
    # Of the judgement nothing is on the account, whose timeline the candidate reads.
    facts = LedgerEntry.objects.filter(kind__startswith="assessment.")
    assert [(each.kind, each.account_id) for each in facts] == [
        ("assessment.scored", None), ("assessment.scored", None), ("assessment.concluded", None),
    ]  # fmt: skip
    set_goal(ground.casss.account, title=goal.title, target=Decimal(9), actor=Actor.of(ground.cass))
    assert "after handing in" in olive.get(assess).content.decode()
    side_by_side = read(olive, "practice_compare", "bakery")
    assert "Cass Doyle" in side_by_side
    assert "Dev Patel" not in side_by_side  # has not begun


def test_a_result_that_is_shared_is_read_by_its_candidate(ground: Ground, cast: Cast) -> None:
    cass, olive = step_in(ground.cass), step_in(cast.olive)
    cass.post(reverse("practice_begin", args=[ground.casss.pk]))
    levels = {"level_listens": "1", "note_listens": "Nothing was asked", "level_plans": "5", "share": "on"}
    olive.post(reverse("practice_assess", args=[ground.casss.pk]), levels | {"then": "conclude"})
    # (3 x 1 + 1 x 5) / 4 = 2.
    assert Assessment.objects.get().passed is False
    page = read(cass, "practice_result", ground.casss.pk)
    assert "Nothing was asked" in page
    assert "does not pass" in page


def test_starting_again_gives_a_fresh_client_and_keeps_what_was_done(ground: Ground, cast: Cast) -> None:
    cass = step_in(ground.cass)
    cass.post(reverse("practice_begin", args=[ground.casss.pk]))
    play(cass, ground.casss, "I like your bread")
    fresh = restart_attempt(ground.casss, actor=cast.actor("olive"))
    assert (fresh.number, fresh.status, fresh.person) == (2, "invited", ground.cass)
    assert fresh.account_id != ground.casss.account_id
    assert cass.get(reverse("account", args=[ground.casss.account_id])).status_code == 404
    assert cass.get(reverse("practice"))["Location"] == reverse("attempt", args=[fresh.pk])
    page = read(step_in(cast.olive), "practice_assess", ground.casss.pk)
    assert "I like your bread" in page
    with pytest.raises(Refused) as refused:
        invite_to_practice(scenario="bakery", name="Cass", email="CASS@candidate.example", actor=cast.actor("olive"))
    assert refused.value.code == "invited"


def test_what_was_said_is_a_persons_own(ground: Ground, cast: Cast) -> None:
    cass = step_in(ground.cass)
    cass.post(reverse("practice_begin", args=[ground.casss.pk]))
    play(cass, ground.casss, "I am Cass and I like your bread")
    levels = {"level_listens": "4", "note_listens": "Cass was warm", "level_plans": "2", "then": "conclude"}
    step_in(cast.olive).post(reverse("practice_assess", args=[ground.casss.pk]), levels | {"closing": "Take Cass"})
    kept = export_person(ground.cass, actor=cast.actor("olive"))["practice"]
    assert [each["said"] for each in kept["lines"]] == ["I am Cass and I like your bread"]
    assert [each["note"] for each in kept["scores"]] == ["Cass was warm", ""]
    erase_person(ground.cass, actor=cast.actor("olive"))
    assert set(PracticeTurn.objects.values_list("said", flat=True)) == {""}
    assert set(CriterionScore.objects.values_list("note", flat=True)) == {""}
    held = Assessment.objects.get()
    assert (held.note, held.mean) == ("", Decimal("3.50"))  # the figures stay
    assert not [each for each in LedgerEntry.objects.all() if "Cass" in str(each.data)]


def test_the_band_is_on_every_page_and_no_mail_leaves(ground: Ground, client: Client) -> None:
    assert "nothing here is real" in read(step_in(ground.cass), "today")
    assert "nothing here is real" in client.get("/sign-in/").content.decode()
    assert why_kept() == "Practice keeps its mails: nobody in it is real."


def test_in_a_home_in_earnest_there_is_no_practice(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        invite_to_practice(scenario="bakery", name="Cass", email="cass@candidate.example", actor=cast.actor("olive"))
    assert refused.value.code == "not_practice"
    assert not Person.objects.filter(email="cass@candidate.example").exists()
    olive = step_in(cast.olive)
    page = read(olive, "portfolio")
    assert "nothing here is real" not in page
    assert reverse("practice") not in page
    assert olive.get(reverse("practice")).status_code == 404


def test_whoever_may_practise_next_reads_the_script_nowhere_in_the_blueprint(cast: Cast) -> None:
    """In the real home too: the scenario is on no page of the blueprint, in no file that a colleague is shown."""
    text = "practice:\n  bakery: {label: Bakery}\n"
    BlueprintVersion.objects.update(files={"cast/practice.yaml": text, "cast/company.yaml": "company: {}\n"})
    version = BlueprintVersion.objects.get()
    assert set(files_of(version)) == {"cast/practice.yaml", "cast/company.yaml"}
    assert set(files_of(version, whole=False)) == {"cast/company.yaml"}
    alice = cast.actor("alice")
    assert "practice" not in SECTIONS
    change = Change(
        section="practice",
        key="bakery",
        path="calls.first.answers.goal.says",
        before="Ten",
        after="Twelve",
        kind="changed",
        risks=(),
    )
    lines = changes_by_section([change], alice.model, alice.model)
    assert [(each.label, line.where, line.before, line.after) for each in lines for line in each.lines] == [
        ("Practice", "Ada's Bakery", "", "")
    ]
